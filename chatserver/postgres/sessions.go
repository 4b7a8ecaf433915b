package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres/queries"
)

// CreateSession implements auth.Store.
func (s *Store) CreateSession(ctx context.Context, session auth.NewSession, passwordHash string, note chat.AuditEntry) (bool, error) {
	created, err := s.changeNoted(ctx, note, func(tx pgx.Tx) (bool, error) {
		n, err := s.q.CreateSession(ctx, tx, sessionParams(session, passwordHash))
		return n == 1, err
	})
	return created, wrap("creating a session", err)
}

func sessionParams(n auth.NewSession, passwordHash string) queries.CreateSessionParams {
	return queries.CreateSessionParams{
		ID: n.ID, UserID: n.UserID, DeviceName: n.DeviceName, RefreshHash: n.RefreshHash, TtlSeconds: n.TTL.Seconds(),
		PasswordHash: passwordHash,
	}
}

// Session implements auth.Store.
func (s *Store) Session(ctx context.Context, id uuid.UUID, grace time.Duration) (auth.Session, error) {
	row, err := s.q.SessionForRefresh(ctx, s.pool, queries.SessionForRefreshParams{ID: id, GraceSeconds: grace.Seconds()})
	return auth.Session(row), wrap("looking up a session", err)
}

// Sessions implements auth.Store.
func (s *Store) Sessions(ctx context.Context, user, before uuid.UUID, limit int) ([]auth.SessionInfo, error) {
	rows, err := s.q.Sessions(ctx, s.pool, queries.SessionsParams{UserID: user, Before: before, PageSize: int32(limit)})
	list := make([]auth.SessionInfo, len(rows))
	for i, r := range rows {
		list[i] = auth.SessionInfo{ID: r.ID, DeviceName: r.DeviceName, CreatedAt: r.CreatedAt, LastUsedAt: r.RotatedAt, ExpiresAt: r.ExpiresAt}
	}
	return list, wrap("listing sessions", err)
}

// RotateSession implements auth.Store.
func (s *Store) RotateSession(ctx context.Context, id uuid.UUID, current, next []byte, ttl time.Duration) (bool, error) {
	n, err := s.q.RotateSession(ctx, s.pool, queries.RotateSessionParams{
		ID: id, CurrentHash: current, NextHash: next, TtlSeconds: ttl.Seconds()})
	return n == 1, wrap("rotating a session", err)
}

// RevokeSession implements auth.Store.
func (s *Store) RevokeSession(ctx context.Context, user, id uuid.UUID, note chat.AuditEntry) (bool, error) {
	ended, err := s.changeNoted(ctx, note, func(tx pgx.Tx) (bool, error) {
		n, err := s.q.RevokeSession(ctx, tx, queries.RevokeSessionParams{ID: id, UserID: user})
		return n == 1, err
	})
	return ended, wrap("revoking a session", err)
}

// SessionActive implements auth.Store.
func (s *Store) SessionActive(ctx context.Context, id uuid.UUID) (bool, error) {
	return ask(ctx, s.gathered.sessions, id)
}

// NameSession implements auth.Store.
func (s *Store) NameSession(ctx context.Context, session auth.Identity, device string) error {
	_, err := ask(ctx, s.gathered.names, sessionName{session, device})
	return err
}

// EndedSessions implements auth.Store.
func (s *Store) EndedSessions(ctx context.Context, sessions []auth.Identity) ([]chat.SessionsEnded, error) {
	var arg queries.EndedSessionsParams
	for _, id := range sessions {
		arg.Ids, arg.UserIds = append(arg.Ids, id.SessionID), append(arg.UserIds, id.UserID)
	}
	rows, err := s.q.EndedSessions(ctx, s.pool, arg)
	ended := make([]chat.SessionsEnded, len(rows))
	for i, r := range rows {
		ended[i] = chat.SessionsEnded{UserID: r.UserID, SessionIDs: []uuid.UUID{r.ID}, Reason: chat.SessionRevoked}
		if r.AccountDeleted {
			ended[i].Reason = chat.AccountDeleted
		}
	}
	return ended, wrap("checking sessions", err)
}

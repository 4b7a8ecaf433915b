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

// CreateAccount implements auth.Store.
func (s *Store) CreateAccount(ctx context.Context, user chat.User, passwordHash string, session auth.NewSession) (chat.User, error) {
	var email *string
	if user.Email != "" {
		email = &user.Email
	}
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var err error
		user.CreatedAt, err = s.q.CreateUser(ctx, tx, queries.CreateUserParams{
			ID: user.ID, Username: user.Username, Email: email, DisplayName: user.DisplayName, PasswordHash: passwordHash})
		if err != nil {
			return err
		}
		return s.q.CreateSession(ctx, tx, sessionParams(session))
	})
	switch violated(err) {
	case "users_username_key":
		return chat.User{}, &chat.Error{Code: chat.CodeUsernameTaken}
	case "users_email_key":
		return chat.User{}, &chat.Error{Code: chat.CodeEmailTaken}
	}
	return user, wrap("creating an account", err)
}

// CreateSession implements auth.Store.
func (s *Store) CreateSession(ctx context.Context, session auth.NewSession) error {
	return wrap("creating a session", s.q.CreateSession(ctx, s.pool, sessionParams(session)))
}

func sessionParams(n auth.NewSession) queries.CreateSessionParams {
	return queries.CreateSessionParams{
		ID: n.ID, UserID: n.UserID, DeviceName: n.DeviceName, RefreshHash: n.RefreshHash, TtlSeconds: n.TTL.Seconds()}
}

// Session implements auth.Store.
func (s *Store) Session(ctx context.Context, id uuid.UUID, grace time.Duration) (auth.Session, error) {
	row, err := s.q.SessionForRefresh(ctx, s.pool, queries.SessionForRefreshParams{ID: id, GraceSeconds: grace.Seconds()})
	return auth.Session(row), wrap("looking up a session", err)
}

// RotateSession implements auth.Store.
func (s *Store) RotateSession(ctx context.Context, id uuid.UUID, current, next []byte, ttl time.Duration) (bool, error) {
	n, err := s.q.RotateSession(ctx, s.pool, queries.RotateSessionParams{
		ID: id, CurrentHash: current, NextHash: next, TtlSeconds: ttl.Seconds()})
	return n == 1, wrap("rotating a session", err)
}

// RevokeSession implements auth.Store.
func (s *Store) RevokeSession(ctx context.Context, id uuid.UUID) error {
	_, err := s.q.RevokeSession(ctx, s.pool, id)
	return wrap("revoking a session", err)
}

// SessionActive implements auth.Store.
func (s *Store) SessionActive(ctx context.Context, id uuid.UUID) (bool, error) {
	return ask(ctx, s.gathered.sessions, id)
}

package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres/queries"
)

// prunePiece is how many rows one statement clears away.
const prunePiece = 5000

// note writes an audit entry in a transaction, or on the pool.
func (s *Store) note(ctx context.Context, db queries.DBTX, e chat.AuditEntry) error {
	detail := []byte("{}")
	if len(e.Detail) > 0 {
		var err error
		if detail, err = json.Marshal(e.Detail); err != nil {
			return err
		}
	}
	arg := queries.NoteAuditParams{Action: string(e.Action), ActorID: optional(e.Actor.ID), Target: optional(e.Target), Detail: detail}
	if !e.At.IsZero() {
		arg.At = &e.At
	}
	if e.Actor.IP.IsValid() {
		ip := e.Actor.IP.WithZone("") // inet has none
		arg.Ip = &ip
	}
	return s.q.NoteAudit(ctx, db, arg)
}

// optional is the opposite of value, for ids.
func optional(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

// changeNoted runs a change and its audit entry in one transaction; the entry is
// written only if the change was one.
func (s *Store) changeNoted(ctx context.Context, e chat.AuditEntry, change func(pgx.Tx) (changed bool, err error)) (changed bool, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var err error
		if changed, err = change(tx); err != nil || !changed {
			return err
		}
		return s.note(ctx, tx, e)
	})
	return changed && err == nil, err
}

// NoteAudit implements auth.AuditStore.
func (s *Store) NoteAudit(ctx context.Context, entries []chat.AuditEntry) error {
	return wrap("writing to the audit log", pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		for _, e := range entries {
			if err := s.note(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	}))
}

// PruneAudit implements auth.AuditStore.
func (s *Store) PruneAudit(ctx context.Context, olderThan time.Duration) (bool, error) {
	n, err := s.q.PruneAudit(ctx, s.pool, queries.PruneAuditParams{KeptSeconds: olderThan.Seconds(), Piece: prunePiece})
	return n == prunePiece, wrap("clearing the audit log", err)
}

// PruneSessions implements auth.AuditStore.
func (s *Store) PruneSessions(ctx context.Context, endedBefore time.Duration) (bool, error) {
	n, err := s.q.PruneSessions(ctx, s.pool, queries.PruneSessionsParams{KeptSeconds: endedBefore.Seconds(), Piece: prunePiece})
	return n == prunePiece, wrap("clearing sessions", err)
}

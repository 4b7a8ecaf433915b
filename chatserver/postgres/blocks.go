package postgres

import (
	"bytes"
	"context"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres/queries"
)

// ordered returns a pair of people as the store writes it, the smaller id first.
func ordered(a, b uuid.UUID) (low, high uuid.UUID) {
	if bytes.Compare(a[:], b[:]) > 0 {
		return b, a
	}
	return a, b
}

// Block implements chat.BlockStore.
func (s *Store) Block(ctx context.Context, blocker, blocked uuid.UUID, note chat.AuditEntry) error {
	low, high := ordered(blocker, blocked)
	_, err := s.changeNoted(ctx, note, func(tx pgx.Tx) (bool, error) {
		people, err := s.q.LockForBlock(ctx, tx, []uuid.UUID{low, high})
		if err != nil {
			return false, err
		}
		if len(people) != 2 {
			return false, chat.ErrNotFound
		}
		if err := s.q.LockDirectHead(ctx, tx, queries.LockDirectHeadParams{Low: &low, High: &high}); err != nil {
			return false, err
		}
		n, err := s.q.Block(ctx, tx, queries.BlockParams{BlockerID: blocker, BlockedID: blocked})
		return n == 1, err
	})
	return wrap("blocking a person", err)
}

// Unblock implements chat.BlockStore.
func (s *Store) Unblock(ctx context.Context, blocker, blocked uuid.UUID, note chat.AuditEntry) error {
	_, err := s.changeNoted(ctx, note, func(tx pgx.Tx) (bool, error) {
		n, err := s.q.Unblock(ctx, tx, queries.UnblockParams{BlockerID: blocker, BlockedID: blocked})
		return n == 1, err
	})
	return wrap("lifting a block", err)
}

// Blocked implements chat.BlockStore.
func (s *Store) Blocked(ctx context.Context, blocker uuid.UUID, after string, limit int) ([]chat.User, error) {
	rows, err := s.q.Blocked(ctx, s.pool, queries.BlockedParams{BlockerID: blocker, After: strings.ToLower(after), PageSize: int32(limit)})
	return toOthers(rows), wrap("listing blocks", err)
}

// BlockedEither reports whether one of two people has blocked the other.
func (s *Store) BlockedEither(ctx context.Context, a, b uuid.UUID) (bool, error) {
	low, high := ordered(a, b)
	blocked, err := s.q.BlockedEither(ctx, s.pool, queries.BlockedEitherParams{Low: low, High: high})
	return blocked, wrap("looking up a block", err)
}

// BlockersOf returns those of some people who have blocked a person.
func (s *Store) BlockersOf(ctx context.Context, person uuid.UUID, people []uuid.UUID) ([]uuid.UUID, error) {
	ids, err := s.q.BlockersOf(ctx, s.pool, queries.BlockersOfParams{BlockedID: person, People: people})
	return ids, wrap("looking up blocks", err)
}

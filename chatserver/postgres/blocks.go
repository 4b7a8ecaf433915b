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
	_, err := s.changeNoted(ctx, note, func(tx pgx.Tx) (bool, error) {
		there, err := s.lockPair(ctx, tx, blocker, blocked)
		if err != nil {
			return false, err
		}
		if !there {
			return false, chat.ErrNotFound
		}
		n, err := s.q.Block(ctx, tx, queries.BlockParams{BlockerID: blocker, BlockedID: blocked})
		if err != nil || n == 0 {
			return false, err
		}
		return true, s.letWrite(ctx, tx, blocker, blocked, false)
	})
	return wrap("blocking a person", err)
}

// Unblock implements chat.BlockStore.
func (s *Store) Unblock(ctx context.Context, blocker, blocked uuid.UUID, note chat.AuditEntry) error {
	_, err := s.changeNoted(ctx, note, func(tx pgx.Tx) (bool, error) {
		if there, err := s.lockPair(ctx, tx, blocker, blocked); err != nil || !there {
			return false, err // blocks go with the account
		}
		n, err := s.q.Unblock(ctx, tx, queries.UnblockParams{BlockerID: blocker, BlockedID: blocked})
		if err != nil || n == 0 {
			return false, err
		}
		low, high := ordered(blocker, blocked)
		still, err := s.q.BlockedEither(ctx, tx, queries.BlockedEitherParams{Low: low, High: high})
		if err != nil || still {
			return true, err
		}
		return true, s.letWrite(ctx, tx, blocker, blocked, true)
	})
	return wrap("lifting a block", err)
}

// lockPair keeps two people, and what happens between them, as they are until
// the transaction ends; it reports false when one has no account.
func (s *Store) lockPair(ctx context.Context, tx pgx.Tx, a, b uuid.UUID) (bool, error) {
	low, high := ordered(a, b)
	people, err := s.q.LockForBlock(ctx, tx, []uuid.UUID{low, high})
	if err != nil || len(people) != 2 {
		return false, err
	}
	return true, s.q.LockDirectHead(ctx, tx, queries.LockDirectHeadParams{Low: &low, High: &high})
}

// letWrite lets the two of a direct conversation, if they have one, write or not.
func (s *Store) letWrite(ctx context.Context, tx pgx.Tx, a, b uuid.UUID, may bool) error {
	low, high := ordered(a, b)
	return s.q.LetDirectWrite(ctx, tx, queries.LetDirectWriteParams{MayWrite: may, Low: &low, High: &high})
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

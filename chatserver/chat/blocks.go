package chat

import (
	"context"

	"github.com/google/uuid"
)

// BlockStore keeps who has blocked whom. What takes an audit entry writes it in
// the same transaction, if anything changed.
type BlockStore interface {
	// Block makes one person block another, if they don't yet. Once it returns,
	// nothing more is stored in their direct conversation and none can be opened.
	// ErrNotFound when one of them has no account.
	Block(ctx context.Context, blocker, blocked uuid.UUID, note AuditEntry) error

	// Unblock lifts a block, if there is one.
	Unblock(ctx context.Context, blocker, blocked uuid.UUID, note AuditEntry) error

	// Blocked returns the people whom someone has blocked, ordered by username,
	// from after (exclusive) on.
	Blocked(ctx context.Context, blocker uuid.UUID, after string, limit int) ([]User, error)
}

// Blocks is the service for keeping people away.
type Blocks struct {
	store     BlockStore
	publisher Publisher
}

// NewBlocks returns the service.
func NewBlocks(store BlockStore, publisher Publisher) *Blocks {
	return &Blocks{store: store, publisher: publisher}
}

// List returns a page of the people whom someone has blocked.
func (s *Blocks) List(ctx context.Context, blocker uuid.UUID, after string, limit int) ([]User, error) {
	return s.store.Blocked(ctx, blocker, after, limit)
}

// Block keeps a person away from whoever asks. What was said before stays.
func (s *Blocks) Block(ctx context.Context, by Actor, person uuid.UUID) error {
	if person == by.ID {
		return Problems{{Field: "user_id", Code: "yourself", Detail: "You can't block yourself."}}.Err()
	}
	return s.changed(ctx, by.ID, s.store.Block(ctx, by.ID, person, AuditEntry{Actor: by, Action: AuditBlocked, Target: person}))
}

// Unblock lifts a block; it is no error when there is none.
func (s *Blocks) Unblock(ctx context.Context, by Actor, person uuid.UUID) error {
	return s.changed(ctx, by.ID, s.store.Unblock(ctx, by.ID, person, AuditEntry{Actor: by, Action: AuditUnblocked, Target: person}))
}

// changed tells that others may see more or less of somebody's presence.
func (s *Blocks) changed(ctx context.Context, user uuid.UUID, err error) error {
	if err == nil {
		s.publisher.Publish(ctx, []Event{PresenceChanged{UserIDs: []uuid.UUID{user}}})
	}
	return err
}

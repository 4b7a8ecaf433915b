package chat

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Receipt is how far one member has got with one message.
type Receipt struct {
	UserID      uuid.UUID
	Delivered   bool
	Read        bool      // as far as the viewer may see
	DeliveredAt time.Time // zero: it has not arrived, or that was too long ago to be known
	ReadAt      time.Time // likewise
}

// ReceiptStore knows whom messages have reached.
type ReceiptStore interface {
	// PlaceOf returns where a message is; ErrNotFound for who may not see it.
	PlaceOf(ctx context.Context, viewer, message uuid.UUID) (conversation uuid.UUID, seq int64, err error)

	// CountReceipts counts the members who may see a message, but for its sender,
	// whom it has reached and who have read it, as far as the viewer may see.
	CountReceipts(ctx context.Context, viewer, conversation uuid.UUID, seq int64) (delivered, read int, err error)

	// Receipts returns those members ordered by user id, from after (exclusive) on.
	Receipts(ctx context.Context, viewer, conversation uuid.UUID, seq int64, after uuid.UUID, limit int) ([]Receipt, error)
}

// ReceiptPage is a page of a message's receipts, and the counts of all of them.
type ReceiptPage struct {
	Receipts        []Receipt
	Delivered, Read int
}

// Receipts is the service for what became of messages.
type Receipts struct {
	store   ReceiptStore
	cursors *Cursors
}

// NewReceipts returns the service.
func NewReceipts(store ReceiptStore, cursors *Cursors) *Receipts {
	return &Receipts{store: store, cursors: cursors}
}

// MarkRead moves the viewer's read cursor to a message, and returns when that is stored.
func (s *Receipts) MarkRead(ctx context.Context, viewer, message uuid.UUID) error {
	conversation, seq, err := s.store.PlaceOf(ctx, viewer, message)
	if err != nil {
		return err
	}
	return s.cursors.AdvanceNow(ctx, CursorsMoved{ConversationID: conversation, UserID: viewer, ReadSeq: seq})
}

// List returns a page of a message's receipts.
func (s *Receipts) List(ctx context.Context, viewer, message, after uuid.UUID, limit int) (p ReceiptPage, err error) {
	conversation, seq, err := s.store.PlaceOf(ctx, viewer, message)
	if err != nil {
		return p, err
	}
	if p.Delivered, p.Read, err = s.store.CountReceipts(ctx, viewer, conversation, seq); err != nil {
		return p, err
	}
	p.Receipts, err = s.store.Receipts(ctx, viewer, conversation, seq, after, limit)
	return p, err
}

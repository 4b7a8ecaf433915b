package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres/queries"
)

// PlaceOf implements chat.ReceiptStore.
func (s *Store) PlaceOf(ctx context.Context, viewer, message uuid.UUID) (conversation uuid.UUID, seq int64, err error) {
	r, err := s.q.PlaceOfMessage(ctx, s.pool, queries.PlaceOfMessageParams{ID: message, Viewer: viewer})
	return r.ConversationID, r.Seq, wrap("looking up a message", err)
}

// CountReceipts implements chat.ReceiptStore.
func (s *Store) CountReceipts(ctx context.Context, viewer, conversation uuid.UUID, seq int64) (delivered, read int, err error) {
	r, err := s.q.CountReceipts(ctx, s.pool, queries.CountReceiptsParams{Viewer: viewer, ConversationID: conversation, Seq: seq})
	return int(r.Delivered), int(r.Read), wrap("counting receipts", err)
}

// Receipts implements chat.ReceiptStore.
func (s *Store) Receipts(ctx context.Context, viewer, conversation uuid.UUID, seq int64, after uuid.UUID, limit int) ([]chat.Receipt, error) {
	rows, err := s.q.Receipts(ctx, s.pool, queries.ReceiptsParams{
		Viewer: viewer, ConversationID: conversation, Seq: seq, After: after, PageSize: int32(limit)})
	receipts := make([]chat.Receipt, len(rows))
	for i, r := range rows {
		receipts[i] = chat.Receipt{
			UserID: r.UserID, Delivered: r.Delivered, Read: r.Read, DeliveredAt: known(r.DeliveredAt), ReadAt: known(r.ReadAt),
		}
	}
	return receipts, wrap("listing receipts", err)
}

// known returns the zero time for the epoch.
func known(t time.Time) time.Time {
	if t.Unix() == 0 {
		return time.Time{}
	}
	return t
}

// WhoMayType implements chat.TypistStore.
func (s *Store) WhoMayType(ctx context.Context, typists []chat.Typist) ([]chat.Typist, error) {
	var arg queries.TypistsWhoMayParams
	for _, t := range typists {
		arg.ConversationIds, arg.UserIds = append(arg.ConversationIds, t.ConversationID), append(arg.UserIds, t.UserID)
	}
	rows, err := s.q.TypistsWhoMay(ctx, s.pool, arg)
	may := make([]chat.Typist, len(rows))
	for i, r := range rows {
		may[i] = chat.Typist(r)
	}
	return may, wrap("looking up who may write", err)
}

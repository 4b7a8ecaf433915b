package chat

import (
	"context"

	"github.com/google/uuid"
)

// Bounds of one page of a sync.
const (
	SyncKnown         = 200  // conversations a client may say it knows
	SyncConversations = 50   // in one page
	syncMessages      = 100  // of one conversation the client knows
	syncMessagesNew   = 20   // of one conversation the client does not know
	syncMessagesTotal = 1000 // in one page, if it has more than one conversation
)

// SyncRequest is what a client knows, and how far it has come in catching up.
type SyncRequest struct {
	Known map[uuid.UUID]int64 // conversation → last seq held
	After *ListPosition       // nil: from the beginning
}

// SyncPage is one step of catching up.
type SyncPage struct {
	Conversations []Conversation
	Messages      []Message   // ascending by seq in each conversation, contiguous to its LastSeq
	Removed       []uuid.UUID // known conversations that the viewer is not in
	Next          *ListPosition
}

// HistoryTails is a MessageStore's way to read the ends of many conversations at once.
type HistoryTails interface {
	// Tails returns, for each span, the newest Limit messages with seq > After
	// and seq <= Through, ascending by seq in each conversation.
	Tails(ctx context.Context, spans []TailSpan) ([]Message, error)
}

// TailSpan is a piece at the end of a conversation.
type TailSpan struct {
	ConversationID uuid.UUID
	After, Through int64
	Limit          int
}

// Syncer is the service for catching up. It reads only the store, so it is
// right for a client that was away for a minute or for a year.
type Syncer struct {
	conversations ConversationStore
	tails         HistoryTails
}

// NewSyncer returns the service.
func NewSyncer(conversations ConversationStore, tails HistoryTails) *Syncer {
	return &Syncer{conversations: conversations, tails: tails}
}

// Page returns the next page: the viewer's conversations, the most recently
// active first, each with what the client lacks of its end.
func (s *Syncer) Page(ctx context.Context, viewer uuid.UUID, r SyncRequest) (SyncPage, error) {
	var page SyncPage
	views, err := s.conversations.Views(ctx, viewer, r.After, SyncConversations)
	if err != nil {
		return page, err
	}
	more := len(views) == SyncConversations
	var spans []TailSpan
	total := 0
	for i, c := range views {
		span := TailSpan{ConversationID: c.ID, After: c.MyJoinedSeq, Through: c.LastSeq, Limit: syncMessagesNew}
		if known, ok := r.Known[c.ID]; ok {
			span.After, span.Limit = max(known, c.MyJoinedSeq), syncMessages
		}
		n := int(min(int64(span.Limit), c.LastSeq-span.After))
		if n <= 0 {
			continue
		}
		if total += n; i > 0 && total > syncMessagesTotal {
			views, more = views[:i], true
			break
		}
		spans = append(spans, span)
	}
	if more {
		last := views[len(views)-1].Position()
		page.Next = &last
	}
	page.Conversations = views
	if len(spans) > 0 {
		if page.Messages, err = s.tails.Tails(ctx, spans); err != nil {
			return page, err
		}
	}
	if r.After == nil {
		page.Removed, err = s.removed(ctx, viewer, r.Known, views)
	}
	return page, err
}

// removed returns which of the known conversations the viewer is not in; those
// on the page need not be asked for.
func (s *Syncer) removed(ctx context.Context, viewer uuid.UUID, known map[uuid.UUID]int64, page []Conversation) ([]uuid.UUID, error) {
	there := make(map[uuid.UUID]bool, len(page))
	for _, c := range page {
		there[c.ID] = true
	}
	var doubtful []uuid.UUID
	for id := range known {
		if !there[id] {
			doubtful = append(doubtful, id)
		}
	}
	if len(doubtful) == 0 {
		return nil, nil
	}
	views, err := s.conversations.ViewsByID(ctx, viewer, doubtful)
	if err != nil {
		return nil, err
	}
	for _, v := range views {
		there[v.ID] = true
	}
	var gone []uuid.UUID
	for _, id := range doubtful {
		if !there[id] {
			gone = append(gone, id)
		}
	}
	return gone, nil
}

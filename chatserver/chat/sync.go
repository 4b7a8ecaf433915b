package chat

import (
	"bytes"
	"context"
	"slices"
	"time"

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

// syncReads bounds the rows that one page looks at, in pages of SyncConversations:
// those in which nothing is new to the client are passed over.
const syncReads = 20

// SyncRequest is what a client knows, and how far it has come in catching up.
type SyncRequest struct {
	Known    map[uuid.UUID]int64  // conversation → last seq held
	Versions map[uuid.UUID]string // conversation → Version held; left out: not known
	After    *SyncPosition        // nil: from the beginning
}

// SyncPosition is how far a client has come in catching up.
type SyncPosition struct {
	ActivityPosition
	Began time.Time // when the most recently active conversation had been active as the first page was made
	Again bool      // the walk has come to its end; what became active meanwhile is next
}

// after is the place in the list to go on from; nil: from its beginning.
func (p *SyncPosition) after() *ActivityPosition {
	if p.ID == uuid.Nil {
		return nil
	}
	return &p.ActivityPosition
}

// syncOverlap is longer than any statement takes: a message that was not there
// when the first page was made can't be older than the newest by more than this.
const syncOverlap = 10 * time.Second

// SyncPage is one step of catching up.
type SyncPage struct {
	Conversations []Conversation // in which anything is new to the client
	Messages      []Message      // ascending by seq in each conversation, contiguous to its LastSeq
	Removed       []uuid.UUID    // known conversations that the viewer is not in
	Next          *SyncPosition
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

// PlaceReader tells who belongs where; see MembershipStore.
type PlaceReader interface {
	PlacesOf(ctx context.Context, user uuid.UUID, conversations []uuid.UUID) (map[uuid.UUID]Place, error)
}

// Syncer is the service for catching up. It reads only the store, so it is
// right for a client that was away for a minute or for a year.
type Syncer struct {
	conversations ConversationStore
	tails         HistoryTails
	places        PlaceReader
}

// NewSyncer returns the service.
func NewSyncer(conversations ConversationStore, tails HistoryTails, places PlaceReader) *Syncer {
	return &Syncer{conversations: conversations, tails: tails, places: places}
}

// Page returns the next page: those of the viewer's conversations in which
// anything is new to the client, the most recently active first, each with what
// the client lacks of its end.
//
// The walk goes back in time, so a conversation that becomes active meanwhile
// moves out of its way. Therefore a walk of more than one page ends with those
// that were active since it began; some of them may come a second time.
func (s *Syncer) Page(ctx context.Context, viewer uuid.UUID, r SyncRequest) (SyncPage, error) {
	p := syncPage{request: r, listed: map[uuid.UUID]bool{}}
	var at SyncPosition
	if r.After != nil {
		at = *r.After
	}
	var err error
	if !at.Again {
		err = s.walk(ctx, viewer, &p, at)
	}
	if ended := p.page.Next == nil; err == nil && ended && !at.Began.IsZero() {
		err = s.revisit(ctx, viewer, &p, at)
	}
	if err == nil && len(p.spans) > 0 {
		p.page.Messages, err = s.tails.Tails(ctx, p.spans)
	}
	if err == nil && r.After == nil && len(r.Known) > 0 {
		p.page.Removed, err = s.removed(ctx, viewer, r.Known, p.listed)
	}
	return p.page, err
}

// walk adds conversations to a page from a position on, back in time. It leaves
// in Next where to go on; nil: this was the end.
func (s *Syncer) walk(ctx context.Context, viewer uuid.UUID, p *syncPage, at SyncPosition) error {
	for range syncReads {
		views, err := s.conversations.Views(ctx, viewer, at.after(), SyncConversations)
		if err != nil {
			return err
		}
		if at.Began.IsZero() && len(views) > 0 {
			at.Began = views[0].UpdatedAt
		}
		for _, c := range views {
			if !p.add(c) {
				p.page.Next = &at
				return nil
			}
			at.ActivityPosition = c.ByActivity()
		}
		if len(views) < SyncConversations {
			return nil
		}
		if len(p.page.Conversations) == SyncConversations {
			break
		}
	}
	p.page.Next = &at
	return nil
}

// revisit adds what was active since the walk began, forward in time: what
// becomes active once more is met again, later.
func (s *Syncer) revisit(ctx context.Context, viewer uuid.UUID, p *syncPage, at SyncPosition) error {
	since := ActivityPosition{UpdatedAt: at.Began.Add(-syncOverlap)}
	if at.Again {
		since = at.ActivityPosition
	}
	active, err := s.activeSince(ctx, viewer, since)
	if err != nil {
		return err
	}
	at.ActivityPosition, at.Again = since, true
	for _, c := range slices.Backward(active) {
		if !p.add(c) {
			p.page.Next = &at
			return nil
		}
		at.ActivityPosition = c.ByActivity()
	}
	return nil
}

// activeSince returns the conversations that were active after a position, the
// latest first.
func (s *Syncer) activeSince(ctx context.Context, viewer uuid.UUID, since ActivityPosition) ([]Conversation, error) {
	var active []Conversation
	var after *ActivityPosition
	for range syncReads {
		views, err := s.conversations.Views(ctx, viewer, after, SyncConversations)
		if err != nil {
			return nil, err
		}
		for _, c := range views {
			at := c.ByActivity()
			if !at.later(since) {
				return active, nil
			}
			active, after = append(active, c), &at
		}
		if len(views) < SyncConversations {
			break
		}
	}
	return active, nil
}

// later reports whether p comes before q in the list.
func (p ActivityPosition) later(q ActivityPosition) bool {
	if !p.UpdatedAt.Equal(q.UpdatedAt) {
		return p.UpdatedAt.After(q.UpdatedAt)
	}
	return bytes.Compare(p.ID[:], q.ID[:]) > 0
}

// syncPage is a page that is being filled.
type syncPage struct {
	request SyncRequest
	page    SyncPage
	listed  map[uuid.UUID]bool
	spans   []TailSpan
	total   int // messages
}

// add puts a conversation on the page, if anything in it is new to the client;
// false when there is no room for it.
func (p *syncPage) add(c Conversation) bool {
	if p.listed[c.ID] {
		return true
	}
	span := TailSpan{ConversationID: c.ID, After: c.MyJoinedSeq, Through: c.LastSeq, Limit: syncMessagesNew}
	known, isKnown := p.request.Known[c.ID]
	if isKnown {
		span.After, span.Limit = max(known, c.MyJoinedSeq), syncMessages
	}
	n := int(min(int64(span.Limit), c.LastSeq-span.After))
	if version, ok := p.request.Versions[c.ID]; isKnown && ok && n <= 0 && version == c.Version() {
		return true
	}
	if first := len(p.page.Conversations) == 0; !first && (len(p.page.Conversations) == SyncConversations || n > 0 && p.total+n > syncMessagesTotal) {
		return false
	}
	p.listed[c.ID] = true
	p.page.Conversations = append(p.page.Conversations, c)
	if n > 0 {
		p.total += n
		p.spans = append(p.spans, span)
	}
	return true
}

// removed returns which of the known conversations the viewer is not in; those
// that are listed need not be asked for.
func (s *Syncer) removed(ctx context.Context, viewer uuid.UUID, known map[uuid.UUID]int64, listed map[uuid.UUID]bool) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	for id := range known {
		if !listed[id] {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	places, err := s.places.PlacesOf(ctx, viewer, ids)
	if err != nil {
		return nil, err
	}
	var gone []uuid.UUID
	for _, id := range ids {
		if _, there := places[id]; !there {
			gone = append(gone, id)
		}
	}
	return gone, nil
}

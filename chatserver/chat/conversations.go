package chat

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// ConversationStore keeps conversations and who belongs to them.
type ConversationStore interface {
	MembershipReader

	// OpenDirect returns the id of the 1:1 conversation of two different people,
	// making it, under the given id, when there is none. ErrNotFound when one of
	// them has no account, blocked when one has blocked the other.
	OpenDirect(ctx context.Context, id, opener, peer uuid.UUID) (conversationID uuid.UUID, created bool, err error)

	// Views returns the conversations of a viewer, the most recently active
	// first, from a position on.
	Views(ctx context.Context, viewer uuid.UUID, after *ActivityPosition, limit int) ([]Conversation, error)

	// List returns a page of the viewer's list.
	List(ctx context.Context, viewer uuid.UUID, q ListQuery) ([]Conversation, error)

	// ViewsByID returns those of the conversations that the viewer is a member of, in no order.
	ViewsByID(ctx context.Context, viewer uuid.UUID, ids []uuid.UUID) ([]Conversation, error)

	// SetSettings replaces a member's settings of a conversation; ErrNotFound when
	// the user is not a member.
	SetSettings(ctx context.Context, conversationID, userID uuid.UUID, settings Settings) error

	// Members returns members that a query finds, as one of them sees them.
	Members(ctx context.Context, viewer, conversationID uuid.UUID, q MemberQuery) ([]Member, error)

	// MembersByID returns those of some people who are members, as one of them sees
	// them, ordered by user id.
	MembersByID(ctx context.Context, viewer, conversationID uuid.UUID, ids []uuid.UUID) ([]Member, error)
}

// MemberQuery selects a page of a conversation's members, ordered by user id.
type MemberQuery struct {
	// Search, unless empty, is what a username or a word of a display name begins with.
	Search string
	After  uuid.UUID // exclusive
	Limit  int
}

// Conversations is the service for conversations and their members.
type Conversations struct {
	store     ConversationStore
	cursors   *Cursors
	publisher Publisher
}

// NewConversations returns the service.
func NewConversations(store ConversationStore, cursors *Cursors, publisher Publisher) *Conversations {
	return &Conversations{store: store, cursors: cursors, publisher: publisher}
}

// OpenDirect returns the 1:1 conversation of opener and peer, and whether it is new.
func (s *Conversations) OpenDirect(ctx context.Context, opener, peer uuid.UUID) (Conversation, bool, error) {
	var p Problems
	p.CheckID("user_id", peer)
	if peer == opener {
		p.Add("user_id", "yourself", "A conversation needs another person.")
	}
	if err := p.Err(); err != nil {
		return Conversation{}, false, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Conversation{}, false, err
	}
	id, created, err := s.store.OpenDirect(ctx, id, opener, peer)
	if err != nil {
		return Conversation{}, false, err
	}
	if created {
		s.publisher.Publish(ctx, []Event{ConversationChanged{ConversationID: id, UserIDs: []uuid.UUID{opener, peer}}})
	}
	view, err := s.Get(ctx, opener, id)
	return view, created, err
}

// Get returns one conversation as the viewer sees it; ErrNotFound when they
// don't belong to it.
func (s *Conversations) Get(ctx context.Context, viewer, id uuid.UUID) (Conversation, error) {
	views, err := s.store.ViewsByID(ctx, viewer, []uuid.UUID{id})
	if err != nil {
		return Conversation{}, err
	}
	if len(views) == 0 {
		return Conversation{}, ErrNotFound
	}
	return views[0], nil
}

// List returns a page of the viewer's conversations.
func (s *Conversations) List(ctx context.Context, viewer uuid.UUID, q ListQuery) ([]Conversation, error) {
	return s.store.List(ctx, viewer, q)
}

// SetSettings changes how the viewer wants a conversation to behave, and shows
// it to their devices and to nobody else.
func (s *Conversations) SetSettings(ctx context.Context, viewer, id uuid.UUID, n NewSettings) (Conversation, error) {
	settings, err := n.check(time.Now())
	if err != nil {
		return Conversation{}, err
	}
	if err := s.store.SetSettings(ctx, id, viewer, settings); err != nil {
		return Conversation{}, err
	}
	s.publisher.Publish(ctx, []Event{ConversationChanged{ConversationID: id, UserIDs: []uuid.UUID{viewer}}})
	return s.Get(ctx, viewer, id)
}

// Members returns a page of a conversation's members to one of them.
func (s *Conversations) Members(ctx context.Context, viewer, id uuid.UUID, q MemberQuery) ([]Member, error) {
	if _, err := s.store.JoinedSeq(ctx, id, viewer); err != nil {
		return nil, err
	}
	return s.store.Members(ctx, viewer, id, q)
}

// MarkRead moves the viewer's read cursor and returns when that is stored.
func (s *Conversations) MarkRead(ctx context.Context, viewer, id uuid.UUID, seq int64) error {
	var p Problems
	if seq < 1 {
		p.Add("seq", "too_small", "A seq is at least 1.")
	}
	if err := p.Err(); err != nil {
		return err
	}
	if _, err := s.store.JoinedSeq(ctx, id, viewer); err != nil {
		return err
	}
	return s.cursors.AdvanceNow(ctx, CursorsMoved{ConversationID: id, UserID: viewer, ReadSeq: seq})
}

// Package chattest is a model of what chat asks of its stores, kept in memory.
// The domain's tests run on it, and the tests of the real store compare with it.
package chattest

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// Store is a model of chat's stores. Its clock moves one millisecond with each
// batch, so that orders by time are plain to see. It may be used by many.
type Store struct {
	mu            sync.Mutex
	now           time.Time
	conversations map[uuid.UUID]*conversation
	sent          map[attempt]chat.Message
}

// attempt is what makes two sends the same one.
type attempt struct{ sender, clientMsg uuid.UUID }

type conversation struct {
	id, createdBy      uuid.UUID
	kind               chat.Kind
	createdAt, touched time.Time
	log                []chat.Message
	members            map[uuid.UUID]*membership
}

type membership struct {
	role                    chat.Role
	joined, delivered, read int64
	settings                chat.Settings
	archivedSeq             int64 // where the conversation ended when the settings were made
}

func newMembership(head int64) *membership {
	return &membership{role: chat.RoleMember, joined: head, delivered: head, read: head, settings: chat.Settings{Notifications: chat.NotifyAll}}
}

var (
	_ chat.MessageStore      = (*Store)(nil)
	_ chat.ConversationStore = (*Store)(nil)
	_ chat.CursorStore       = (*Store)(nil)
	_ chat.HistoryTails      = (*Store)(nil)
	_ chat.PlaceReader       = (*Store)(nil)
)

// NewStore returns an empty Store.
func NewStore() *Store {
	return &Store{
		now:           time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		conversations: map[uuid.UUID]*conversation{}, sent: map[attempt]chat.Message{},
	}
}

// Conversation makes a conversation of some people under an id.
func (s *Store) Conversation(id uuid.UUID, people ...uuid.UUID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.tick()
	c := &conversation{id: id, kind: chat.KindDirect, createdBy: people[0], createdAt: now, touched: now, members: map[uuid.UUID]*membership{}}
	for _, p := range people {
		c.members[p] = newMembership(0)
	}
	s.conversations[id] = c
}

// Group makes a group of some people, of whom the first owns it.
func (s *Store) Group(id uuid.UUID, people ...uuid.UUID) {
	s.Conversation(id, people...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conversations[id].kind = chat.KindGroup
	s.conversations[id].members[people[0]].role = chat.RoleOwner
}

// SetRole gives a member a role.
func (s *Store) SetRole(id, person uuid.UUID, role chat.Role) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conversations[id].members[person].role = role
}

// Join adds a person who sees nothing of what was said before.
func (s *Store) Join(id, person uuid.UUID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.conversations[id]
	c.members[person] = newMembership(int64(len(c.log)))
}

// Note adds a message of the system.
func (s *Store) Note(id, message uuid.UUID) {
	s.Notice(id, chat.Message{ID: message, Event: []byte("{}")})
}

// Notice adds a message of the system that tells of something.
func (s *Store) Notice(id uuid.UUID, m chat.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, now := s.conversations[id], s.tick()
	m.ConversationID, m.Seq, m.Type, m.CreatedAt = id, int64(len(c.log))+1, chat.MessageSystem, now
	c.log, c.touched = append(c.log, m), now
}

// Leave takes a person out.
func (s *Store) Leave(id, person uuid.UUID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conversations[id].members, person)
}

// Log returns all messages of a conversation.
func (s *Store) Log(id uuid.UUID) []chat.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.conversations[id]; c != nil {
		return slices.Clone(c.log)
	}
	return nil
}

// Pass moves the clock.
func (s *Store) Pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *Store) tick() time.Time {
	s.now = s.now.Add(time.Millisecond)
	return s.now
}

// Append implements chat.MessageStore.
func (s *Store) Append(_ context.Context, drafts []chat.Draft) ([]chat.AppendResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.tick()
	results := make([]chat.AppendResult, len(drafts))
	for i, d := range drafts {
		results[i].Stored, results[i].Err = s.append(d, now)
	}
	return results, nil
}

func (s *Store) append(d chat.Draft, now time.Time) (chat.Stored, error) {
	if m, ok := s.sent[attempt{d.SenderID, d.ClientMsgID}]; ok {
		if m.ConversationID != d.ConversationID || m.Content != d.Content {
			return chat.Stored{}, &chat.Error{Code: chat.CodeIdempotencyMismatch}
		}
		return chat.Stored{MessageID: m.ID, Seq: m.Seq, CreatedAt: m.CreatedAt, Duplicate: true}, nil
	}
	c := s.conversations[d.ConversationID]
	if c == nil || c.members[d.SenderID] == nil {
		return chat.Stored{}, chat.ErrNotFound
	}
	if d.ReplyTo != uuid.Nil && !slices.ContainsFunc(c.log, func(m chat.Message) bool { return m.ID == d.ReplyTo }) {
		return chat.Stored{}, &chat.Error{Code: chat.CodeValidationFailed}
	}
	m := chat.Message{
		ID: d.ID, ConversationID: d.ConversationID, Seq: int64(len(c.log)) + 1, SenderID: d.SenderID, ClientMsgID: d.ClientMsgID,
		Type: chat.MessageText, Content: d.Content, ReplyTo: d.ReplyTo, CreatedAt: now,
	}
	c.log, c.touched = append(c.log, m), now
	s.sent[attempt{d.SenderID, d.ClientMsgID}] = m
	return chat.Stored{MessageID: m.ID, Seq: m.Seq, CreatedAt: now}, nil
}

// History implements chat.MessageStore.
func (s *Store) History(_ context.Context, id uuid.UUID, r chat.HistoryRange) ([]chat.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.conversations[id]
	if c == nil {
		return nil, nil
	}
	found := []chat.Message{}
	for _, m := range c.log {
		if m.Seq > r.After && (r.Before == 0 || m.Seq < r.Before) {
			found = append(found, m)
		}
	}
	n := min(len(found), r.Limit)
	if r.Newest {
		return found[len(found)-n:], nil
	}
	return found[:n], nil
}

// Tails implements chat.HistoryTails.
func (s *Store) Tails(ctx context.Context, spans []chat.TailSpan) ([]chat.Message, error) {
	spans = slices.Clone(spans)
	slices.SortFunc(spans, func(a, b chat.TailSpan) int { return bytes.Compare(a.ConversationID[:], b.ConversationID[:]) })
	var all []chat.Message
	for _, span := range spans {
		part, err := s.History(ctx, span.ConversationID, chat.HistoryRange{After: span.After, Before: span.Through + 1, Newest: true, Limit: span.Limit})
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
	}
	return all, nil
}

// JoinedSeq implements chat.MembershipReader.
func (s *Store) JoinedSeq(_ context.Context, id, user uuid.UUID) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.conversations[id]; c != nil {
		if m := c.members[user]; m != nil {
			return m.joined, nil
		}
	}
	return 0, chat.ErrNotFound
}

// VisibleSpan implements chat.MembershipReader.
func (s *Store) VisibleSpan(ctx context.Context, id, user uuid.UUID) (after, through int64, err error) {
	after, err = s.JoinedSeq(ctx, id, user)
	return after, int64(len(s.Log(id))), err
}

// PlacesOf implements chat.PlaceReader.
func (s *Store) PlacesOf(_ context.Context, user uuid.UUID, ids []uuid.UUID) (map[uuid.UUID]chat.Place, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	places := map[uuid.UUID]chat.Place{}
	for _, id := range ids {
		if c := s.conversations[id]; c != nil && c.members[user] != nil {
			places[id] = chat.Place{JoinedSeq: c.members[user].joined, DeliveredSeq: c.members[user].delivered, LastSeq: int64(len(c.log))}
		}
	}
	return places, nil
}

// AdvanceCursors implements chat.CursorStore.
func (s *Store) AdvanceCursors(_ context.Context, moves []chat.CursorsMoved) ([]chat.CursorsMoved, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var moved []chat.CursorsMoved
	for _, move := range moves {
		c := s.conversations[move.ConversationID]
		if c == nil || c.members[move.UserID] == nil {
			continue
		}
		m, head := c.members[move.UserID], int64(len(c.log))
		before := *m
		m.delivered = max(m.delivered, min(move.DeliveredSeq, head))
		m.read = max(m.read, min(move.ReadSeq, head))
		if *m != before {
			moved = append(moved, chat.CursorsMoved{
				ConversationID: move.ConversationID, UserID: move.UserID, DeliveredSeq: m.delivered, ReadSeq: m.read,
				DeliveredMoved: m.delivered > before.delivered,
			})
		}
	}
	return moved, nil
}

package chattest

import (
	"bytes"
	"context"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// OpenDirect implements chat.ConversationStore.
func (s *Store) OpenDirect(_ context.Context, id, opener, peer uuid.UUID) (uuid.UUID, bool, error) {
	s.mu.Lock()
	for known, c := range s.conversations {
		if c.kind == chat.KindDirect && len(c.members) == 2 && c.members[opener] != nil && c.members[peer] != nil {
			s.mu.Unlock()
			return known, false, nil
		}
	}
	s.mu.Unlock()
	s.Conversation(id, opener, peer)
	return id, true, nil
}

// Views implements chat.ConversationStore.
func (s *Store) Views(_ context.Context, viewer uuid.UUID, after *chat.ActivityPosition, limit int) ([]chat.Conversation, error) {
	views := s.views(viewer)
	slices.SortFunc(views, func(a, b chat.Conversation) int { return compareActivity(b.ByActivity(), a.ByActivity()) })
	if after != nil {
		views = slices.DeleteFunc(views, func(c chat.Conversation) bool { return compareActivity(c.ByActivity(), *after) >= 0 })
	}
	return views[:min(len(views), limit)], nil
}

// List implements chat.ConversationStore. It searches nothing, since people
// have no names here.
func (s *Store) List(_ context.Context, viewer uuid.UUID, q chat.ListQuery) ([]chat.Conversation, error) {
	views := slices.DeleteFunc(s.views(viewer), func(c chat.Conversation) bool {
		return c.Settings.Archived != q.Filter.Archived || q.Filter.Unread && c.UnreadCount == 0 ||
			q.Filter.Kind() != "" && c.Kind != q.Filter.Kind() ||
			q.After != nil && comparePositions(c.Position(), *q.After) >= 0
	})
	slices.SortFunc(views, func(a, b chat.Conversation) int { return comparePositions(b.Position(), a.Position()) })
	return views[:min(len(views), q.Limit)], nil
}

// views returns all conversations of a viewer, in no order.
func (s *Store) views(viewer uuid.UUID) []chat.Conversation {
	s.mu.Lock()
	defer s.mu.Unlock()
	views := []chat.Conversation{}
	for _, c := range s.conversations {
		if c.members[viewer] != nil {
			views = append(views, c.view(viewer, s.now))
		}
	}
	return views
}

func compareActivity(a, b chat.ActivityPosition) int {
	if c := a.UpdatedAt.Compare(b.UpdatedAt); c != 0 {
		return c
	}
	return bytes.Compare(a.ID[:], b.ID[:])
}

func comparePositions(a, b chat.ListPosition) int {
	switch {
	case a.Pinned == b.Pinned:
		return compareActivity(chat.ActivityPosition{UpdatedAt: a.UpdatedAt, ID: a.ID}, chat.ActivityPosition{UpdatedAt: b.UpdatedAt, ID: b.ID})
	case a.Pinned:
		return 1
	default:
		return -1
	}
}

// SetSettings implements chat.ConversationStore.
func (s *Store) SetSettings(_ context.Context, id, user uuid.UUID, settings chat.Settings) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.conversations[id]
	if c == nil || c.members[user] == nil {
		return chat.ErrNotFound
	}
	c.members[user].settings, c.members[user].archivedSeq = settings, int64(len(c.log))
	return nil
}

// ViewsByID implements chat.ConversationStore.
func (s *Store) ViewsByID(_ context.Context, viewer uuid.UUID, ids []uuid.UUID) ([]chat.Conversation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var views []chat.Conversation
	for _, id := range ids {
		if c := s.conversations[id]; c != nil && c.members[viewer] != nil {
			views = append(views, c.view(viewer, s.now))
		}
	}
	return views, nil
}

// MembersByID implements chat.ConversationStore.
func (s *Store) MembersByID(ctx context.Context, viewer, id uuid.UUID, people []uuid.UUID) ([]chat.Member, error) {
	members, err := s.Members(ctx, viewer, id, chat.MemberQuery{Limit: math.MaxInt})
	return slices.DeleteFunc(members, func(m chat.Member) bool { return !slices.Contains(people, m.User.ID) }), err
}

// Members implements chat.ConversationStore. It searches nothing.
func (s *Store) Members(_ context.Context, _, id uuid.UUID, q chat.MemberQuery) ([]chat.Member, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	members := []chat.Member{}
	for user, m := range s.conversations[id].members {
		if bytes.Compare(user[:], q.After[:]) > 0 {
			members = append(members, chat.Member{User: chat.User{ID: user}, Role: m.role, DeliveredSeq: m.delivered, ReadSeq: m.read})
		}
	}
	slices.SortFunc(members, func(a, b chat.Member) int { return bytes.Compare(a.User.ID[:], b.User.ID[:]) })
	return members[:min(len(members), q.Limit)], nil
}

func (c *conversation) view(viewer uuid.UUID, now time.Time) chat.Conversation {
	me, head := c.members[viewer], int64(len(c.log))
	view := chat.Conversation{
		ID: c.id, Kind: c.kind, CreatedBy: c.createdBy, CreatedAt: c.createdAt, UpdatedAt: c.touched,
		MemberCount: len(c.members), LastSeq: head, MyRole: me.role,
		MyJoinedSeq: me.joined, MyReadSeq: me.read, MyDeliveredSeq: me.delivered, Settings: me.settings,
	}
	if head > me.joined {
		last := c.log[head-1]
		view.LastMessage = &last
	}
	quiet := me.settings.Notifications == chat.NotifyNone || me.settings.MutedUntil.After(now)
	for _, m := range c.log {
		switch {
		case m.SenderID == uuid.Nil:
			continue
		case m.SenderID == viewer:
			view.UnreadCount, view.FirstUnreadSeq = 0, 0
		case m.Seq > max(me.read, me.joined):
			if view.UnreadCount++; view.FirstUnreadSeq == 0 {
				view.FirstUnreadSeq = m.Seq
			}
		}
		if m.Seq > me.archivedSeq && !quiet {
			view.Settings.Archived = false
		}
	}
	for id, m := range c.members {
		if id != viewer && c.kind == chat.KindDirect {
			view.Peer, view.PeerReadSeq, view.PeerDeliveredSeq = &chat.User{ID: id}, m.read, m.delivered
		}
	}
	return view
}

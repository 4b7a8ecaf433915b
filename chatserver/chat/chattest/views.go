package chattest

import (
	"bytes"
	"context"
	"slices"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// OpenDirect implements chat.ConversationStore.
func (s *Store) OpenDirect(_ context.Context, id, opener, peer uuid.UUID) (uuid.UUID, bool, error) {
	s.mu.Lock()
	for known, c := range s.conversations {
		if len(c.members) == 2 && c.members[opener] != nil && c.members[peer] != nil {
			s.mu.Unlock()
			return known, false, nil
		}
	}
	s.mu.Unlock()
	s.Conversation(id, opener, peer)
	return id, true, nil
}

// Views implements chat.ConversationStore.
func (s *Store) Views(_ context.Context, viewer uuid.UUID, after *chat.ListPosition, limit int) ([]chat.Conversation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	views := []chat.Conversation{}
	for _, c := range s.conversations {
		if c.members[viewer] != nil {
			views = append(views, c.view(viewer))
		}
	}
	slices.SortFunc(views, func(a, b chat.Conversation) int { return -comparePositions(a.Position(), b.Position()) })
	if after != nil {
		views = slices.DeleteFunc(views, func(c chat.Conversation) bool { return comparePositions(c.Position(), *after) >= 0 })
	}
	return views[:min(len(views), limit)], nil
}

func comparePositions(a, b chat.ListPosition) int {
	if c := a.UpdatedAt.Compare(b.UpdatedAt); c != 0 {
		return c
	}
	return bytes.Compare(a.ID[:], b.ID[:])
}

// ViewsByID implements chat.ConversationStore.
func (s *Store) ViewsByID(_ context.Context, viewer uuid.UUID, ids []uuid.UUID) ([]chat.Conversation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var views []chat.Conversation
	for _, id := range ids {
		if c := s.conversations[id]; c != nil && c.members[viewer] != nil {
			views = append(views, c.view(viewer))
		}
	}
	return views, nil
}

// Members implements chat.ConversationStore.
func (s *Store) Members(_ context.Context, _, id, after uuid.UUID, limit int) ([]chat.Member, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	members := []chat.Member{}
	for user, m := range s.conversations[id].members {
		if bytes.Compare(user[:], after[:]) > 0 {
			members = append(members, chat.Member{User: chat.User{ID: user}, Role: chat.RoleMember, DeliveredSeq: m.delivered, ReadSeq: m.read})
		}
	}
	slices.SortFunc(members, func(a, b chat.Member) int { return bytes.Compare(a.User.ID[:], b.User.ID[:]) })
	return members[:min(len(members), limit)], nil
}

func (c *conversation) view(viewer uuid.UUID) chat.Conversation {
	me, head := c.members[viewer], int64(len(c.log))
	view := chat.Conversation{
		ID: c.id, Kind: chat.KindDirect, CreatedBy: c.createdBy, CreatedAt: c.createdAt, UpdatedAt: c.touched,
		MemberCount: len(c.members), LastSeq: head, MyRole: chat.RoleMember,
		MyJoinedSeq: me.joined, MyReadSeq: me.read, MyDeliveredSeq: me.delivered,
		Settings: chat.Settings{Notifications: chat.NotifyAll},
	}
	if head > me.joined {
		last := c.log[head-1]
		view.LastMessage = &last
		if last.SenderID != viewer {
			view.UnreadCount = max(0, head-max(me.read, me.joined))
		}
	}
	for id, m := range c.members {
		if id != viewer {
			view.Peer, view.PeerReadSeq, view.PeerDeliveredSeq = &chat.User{ID: id}, m.read, m.delivered
		}
	}
	return view
}

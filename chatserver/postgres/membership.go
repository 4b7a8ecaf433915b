package postgres

import (
	"context"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres/queries"
)

// MembersOf implements chat.MembershipStore.
func (s *Store) MembersOf(ctx context.Context, conversations []uuid.UUID, limit int) (map[uuid.UUID][]uuid.UUID, error) {
	rows, err := s.q.MembersOf(ctx, s.pool, queries.MembersOfParams{ConversationIds: conversations, MaxMembers: int32(limit)})
	members := make(map[uuid.UUID][]uuid.UUID, len(conversations))
	for _, r := range rows {
		members[r.ConversationID] = append(members[r.ConversationID], r.UserID)
	}
	return members, wrap("listing the members of conversations", err)
}

// PlacesOf implements chat.MembershipStore.
func (s *Store) PlacesOf(ctx context.Context, user uuid.UUID, conversations []uuid.UUID) (map[uuid.UUID]chat.Place, error) {
	rows, err := s.q.PlacesOf(ctx, s.pool, queries.PlacesOfParams{UserID: user, ConversationIds: conversations})
	places := make(map[uuid.UUID]chat.Place, len(rows))
	for _, r := range rows {
		places[r.ConversationID] = chat.Place{JoinedSeq: r.JoinedSeq, DeliveredSeq: r.DeliveredSeq}
	}
	return places, wrap("looking up a person's places", err)
}

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

// placesQuestion is one person's PlacesOf.
type placesQuestion struct {
	user          uuid.UUID
	conversations []uuid.UUID
}

// PlacesOf implements chat.MembershipStore.
func (s *Store) PlacesOf(ctx context.Context, user uuid.UUID, conversations []uuid.UUID) (map[uuid.UUID]chat.Place, error) {
	return ask(ctx, s.gathered.places, placesQuestion{user, conversations})
}

// placesOf answers several questions at once. Two of one person may be among them.
func (s *Store) placesOf(ctx context.Context, asked []placesQuestion) ([]map[uuid.UUID]chat.Place, error) {
	var arg queries.PlacesOfParams
	for _, q := range asked {
		for _, id := range q.conversations {
			arg.UserIds, arg.ConversationIds = append(arg.UserIds, q.user), append(arg.ConversationIds, id)
		}
	}
	rows, err := s.q.PlacesOf(ctx, s.pool, arg)
	if err != nil {
		return nil, wrap("looking up places in conversations", err)
	}
	found := make(map[[2]uuid.UUID]chat.Place, len(rows))
	for _, r := range rows {
		found[[2]uuid.UUID{r.UserID, r.ConversationID}] = chat.Place{JoinedSeq: r.JoinedSeq, DeliveredSeq: r.DeliveredSeq, LastSeq: r.LastSeq}
	}
	answers := make([]map[uuid.UUID]chat.Place, len(asked))
	for i, q := range asked {
		answers[i] = make(map[uuid.UUID]chat.Place, len(q.conversations))
		for _, id := range q.conversations {
			if place, ok := found[[2]uuid.UUID{q.user, id}]; ok {
				answers[i][id] = place
			}
		}
	}
	return answers, nil
}

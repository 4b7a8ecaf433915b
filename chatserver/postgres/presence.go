package postgres

import (
	"context"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres/queries"
)

// VisiblePresence implements chat.PresenceStore.
func (s *Store) VisiblePresence(ctx context.Context, pairs []chat.PresencePair) ([]chat.PresenceView, error) {
	arg := queries.VisiblePresenceParams{ViewerIds: make([]uuid.UUID, len(pairs)), UserIds: make([]uuid.UUID, len(pairs))}
	for i, p := range pairs {
		arg.ViewerIds[i], arg.UserIds[i] = p.ViewerID, p.UserID
	}
	rows, err := s.q.VisiblePresence(ctx, s.pool, arg)
	views := make([]chat.PresenceView, len(rows))
	for i, r := range rows {
		views[i] = chat.PresenceView{
			PresencePair: chat.PresencePair{ViewerID: r.ViewerID, UserID: r.UserID}, SharesLastSeen: r.SharesLastSeen, LastSeen: value(r.SeenAt),
		}
	}
	return views, wrap("looking up who may see whom", err)
}

// SaveLastSeen implements chat.LastSeenStore.
func (s *Store) SaveLastSeen(ctx context.Context, seen []chat.LastSeen) error {
	var arg queries.SaveLastSeenParams
	for _, l := range seen {
		arg.UserIds = append(arg.UserIds, l.UserID)
		arg.SeenAts = append(arg.SeenAts, l.At)
	}
	return wrap("saving who was seen", s.q.SaveLastSeen(ctx, s.pool, arg))
}

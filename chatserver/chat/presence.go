package chat

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// PresenceStatus tells whether a person is there.
type PresenceStatus string

// The statuses. Unknown is also what people get of those who are none of their business.
const (
	PresenceOnline  PresenceStatus = "online"
	PresenceOffline PresenceStatus = "offline"
	PresenceUnknown PresenceStatus = "unknown"
)

// MaxPresenceQuery bounds the people that one question about presence names.
const MaxPresenceQuery = 200

// Presence is what one person may know of another's whereabouts.
type Presence struct {
	UserID   uuid.UUID
	Status   PresenceStatus
	LastSeen time.Time // of who is offline; zero when it is not known or not shared
}

// Equal reports whether both say the same.
func (p Presence) Equal(q Presence) bool {
	return p.UserID == q.UserID && p.Status == q.Status && p.LastSeen.Equal(q.LastSeen)
}

// PresencePair is a viewer and the person looked at.
type PresencePair struct{ ViewerID, UserID uuid.UUID }

// PresenceView is a pair in which the viewer may see the other's presence.
type PresenceView struct {
	PresencePair
	SharesLastSeen bool      // both of them show theirs
	LastSeen       time.Time // zero: never saved
}

// PresenceStore knows who may see whom.
type PresenceStore interface {
	// VisiblePresence returns those of the pairs in which the viewer may see the
	// other's presence, in no order.
	VisiblePresence(ctx context.Context, pairs []PresencePair) ([]PresenceView, error)
}

// Sighting is what the board knows of a person.
type Sighting struct {
	Online    bool      // connected to some node, or gone for less than the grace time
	Connected bool      // connected to some node
	SeenAt    time.Time // if not online: when a node that vanished last vouched for them; zero: there was none
}

// PresenceReader tells who is there.
type PresenceReader interface {
	// Look returns a sighting of each person, in the same order.
	Look(ctx context.Context, people []uuid.UUID) ([]Sighting, error)
}

// Presences is the service that tells people who is there.
type Presences struct {
	board PresenceReader
	store PresenceStore
}

// NewPresences returns the service.
func NewPresences(board PresenceReader, store PresenceStore) *Presences {
	return &Presences{board: board, store: store}
}

// CheckPresenceQuery tells what is wrong with the ids of a question about presence.
func CheckPresenceQuery(ids []uuid.UUID) error {
	var p Problems
	switch {
	case len(ids) == 0:
		p.Add("user_ids", "required", "Say whose presence you ask for.")
	case len(ids) > MaxPresenceQuery:
		p.Add("user_ids", "too_long", "At most 200 people.")
	}
	return p.Err()
}

// Query returns the presence of people as a viewer may see it, in the order of the ids.
func (s *Presences) Query(ctx context.Context, viewer uuid.UUID, ids []uuid.UUID) ([]Presence, error) {
	if err := CheckPresenceQuery(ids); err != nil {
		return nil, err
	}
	pairs := make([]PresencePair, len(ids))
	for i, id := range ids {
		pairs[i] = PresencePair{viewer, id}
	}
	return s.Look(ctx, pairs)
}

// Look returns, for each pair, the presence of the other as the viewer may see
// it: unknown when it is none of their business, or when the board can't tell.
//
// The board is asked first: it lets people go when the store has their last_seen,
// so of whom the board knows nothing the store knows all.
func (s *Presences) Look(ctx context.Context, pairs []PresencePair) ([]Presence, error) {
	var people []uuid.UUID
	asked := make(map[uuid.UUID]int, len(pairs))
	for _, pair := range pairs {
		if _, twice := asked[pair.UserID]; !twice {
			asked[pair.UserID] = len(people)
			people = append(people, pair.UserID)
		}
	}
	sightings, boardErr := s.board.Look(ctx, people)
	views, err := s.store.VisiblePresence(ctx, pairs)
	if err != nil {
		return nil, err
	}
	visible := make(map[PresencePair]PresenceView, len(views))
	for _, v := range views {
		visible[v.PresencePair] = v
	}
	list := make([]Presence, len(pairs))
	for i, pair := range pairs {
		list[i] = Presence{UserID: pair.UserID, Status: PresenceUnknown}
		if v, ok := visible[pair]; ok && boardErr == nil {
			list[i] = v.presence(sightings[asked[pair.UserID]])
		}
	}
	return list, nil
}

func (v PresenceView) presence(s Sighting) Presence {
	if s.Online {
		return Presence{UserID: v.UserID, Status: PresenceOnline}
	}
	p := Presence{UserID: v.UserID, Status: PresenceOffline}
	if v.SharesLastSeen {
		p.LastSeen = v.LastSeen
		if s.SeenAt.After(p.LastSeen) {
			p.LastSeen = s.SeenAt
		}
	}
	return p
}

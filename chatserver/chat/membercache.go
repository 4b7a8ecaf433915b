package chat

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
)

const (
	memberCacheAge   = time.Minute // a list that nobody made us forget is looked up again
	memberCacheRooms = 10_000
	memberCacheIDs   = 200_000 // about 3 MB; beyond, the cache starts anew
)

// memberCache remembers who belongs to the conversations that are written to.
// What it says may be a little old: use it only where a mistake costs nothing but time.
type memberCache struct {
	store MembershipStore
	max   int // members of a conversation; of a larger one none are told

	mu    sync.Mutex
	rooms map[uuid.UUID]memberList
	ids   int
}

type memberList struct {
	people []uuid.UUID
	at     time.Time
}

func newMemberCache(store MembershipStore, limit int) *memberCache {
	return &memberCache{store: store, max: limit, rooms: map[uuid.UUID]memberList{}}
}

// forget drops a conversation.
func (c *memberCache) forget(room uuid.UUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(room)
}

func (c *memberCache) drop(room uuid.UUID) {
	c.ids -= len(c.rooms[room].people)
	delete(c.rooms, room)
}

// of returns the members of conversations, given as keys.
func (c *memberCache) of(ctx context.Context, rooms map[uuid.UUID]struct{}) (map[uuid.UUID][]uuid.UUID, error) {
	members := make(map[uuid.UUID][]uuid.UUID, len(rooms))
	var unknown []uuid.UUID
	now := time.Now()
	c.mu.Lock()
	for room := range rooms {
		if list, ok := c.rooms[room]; ok && now.Sub(list.at) < memberCacheAge {
			members[room] = list.people
		} else {
			unknown = append(unknown, room)
		}
	}
	c.mu.Unlock()
	if len(unknown) == 0 {
		return members, nil
	}
	found, err := c.store.MembersOf(ctx, unknown, c.max+1)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, room := range unknown {
		people := found[room]
		if len(people) > c.max {
			people = nil
		}
		members[room] = people
		c.drop(room)
		if len(c.rooms) >= memberCacheRooms || c.ids+len(people) > memberCacheIDs {
			clear(c.rooms)
			c.ids = 0
		}
		c.rooms[room] = memberList{people, now}
		c.ids += len(people)
	}
	return members, nil
}

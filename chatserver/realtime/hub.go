package realtime

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// Log is what the hub asks the store for.
type Log interface {
	// PlacesIn returns the conversations that a user belongs to.
	PlacesIn(ctx context.Context, user uuid.UUID) (map[uuid.UUID]chat.Place, error)
	// PlacesOf returns those of the conversations that a user belongs to.
	PlacesOf(ctx context.Context, user uuid.UUID, ids []uuid.UUID) (map[uuid.UUID]chat.Place, error)
	// Privacy returns what a person lets others see.
	Privacy(ctx context.Context, user uuid.UUID) (chat.Privacy, error)
	// Lately returns what has happened within the last while.
	Lately(ctx context.Context, while time.Duration) (chat.Lately, error)
	// History returns messages of a conversation in ascending seq.
	History(ctx context.Context, conversation uuid.UUID, r chat.HistoryRange) ([]chat.Message, error)
}

const hubShards = 64

// Hub knows the sessions of this node: by person, and by the conversations they
// see. It hands each conversation's messages to its sessions in seq order.
// No I/O happens under its locks.
type Hub struct {
	log     Log
	metrics *Metrics

	mu       sync.RWMutex
	users    map[uuid.UUID][]*Session
	receipts map[uuid.UUID]time.Time // conversations in whose rooms receipts gather, and until when

	shards [hubShards]hubShard

	// departed, if not nil, is told of sessions whose person has left a conversation.
	// It is set before anything is delivered.
	departed func([]*Session)
}

type hubShard struct {
	mu    sync.Mutex
	rooms map[uuid.UUID]*room
}

// tidy lets a room go that nobody needs. Call it with the lock held.
func (s *hubShard) tidy(r *room) {
	if r.unused() && s.rooms[r.id] == r {
		delete(s.rooms, r.id)
	}
}

// NewHub returns an empty Hub.
func NewHub(log Log, metrics *Metrics) *Hub {
	h := &Hub{log: log, metrics: metrics, users: map[uuid.UUID][]*Session{}, receipts: map[uuid.UUID]time.Time{}}
	for i := range h.shards {
		h.shards[i].rooms = map[uuid.UUID]*room{}
	}
	return h
}

func (h *Hub) shard(conversation uuid.UUID) *hubShard {
	return &h.shards[conversation[15]%hubShards] // the last bytes of a UUIDv7 are random
}

// join makes a session's person reachable here. The person is registered
// before their conversations are read, so that a conversation they are added to
// meanwhile is not missed.
func (h *Hub) join(ctx context.Context, s *Session) error {
	h.mu.Lock()
	h.users[s.user] = append(h.users[s.user], s)
	h.mu.Unlock()
	h.metrics.connections.Inc()

	err := h.settle(ctx, s)
	if err != nil {
		h.leave(s)
	}
	return err
}

// settle puts a session into the rooms of its person's conversations.
func (h *Hub) settle(ctx context.Context, s *Session) error {
	privacy, err := h.log.Privacy(ctx, s.user)
	if err != nil {
		return err
	}
	s.learnPrivacy(privacy)
	places, err := h.log.PlacesIn(ctx, s.user)
	if err != nil {
		return err
	}
	return h.enter(ctx, s, places)
}

// leave takes a session out; it may be called more than once.
func (h *Hub) leave(s *Session) {
	if !h.removeUserSession(s) {
		return
	}
	h.metrics.connections.Dec()
	for _, id := range s.leaveRooms() {
		shard := h.shard(id)
		shard.mu.Lock()
		if r := shard.rooms[id]; r != nil {
			r.remove(s)
			shard.tidy(r)
		}
		shard.mu.Unlock()
	}
}

func (h *Hub) removeUserSession(s *Session) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := h.users[s.user]
	for i, other := range list {
		if other == s {
			if len(list) == 1 {
				delete(h.users, s.user)
			} else {
				h.users[s.user] = append(append([]*Session{}, list[:i]...), list[i+1:]...)
			}
			return true
		}
	}
	return false
}

// withRoom runs f with the room of a conversation, if this node has one.
func (h *Hub) withRoom(conversation uuid.UUID, f func(*room)) {
	shard := h.shard(conversation)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if r := shard.rooms[conversation]; r != nil {
		f(r)
	}
}

// withCork is withRoom in which frames leave by a cork.
func (h *Hub) withCork(c *corked, conversation uuid.UUID, f func(*room)) {
	h.withRoom(conversation, func(r *room) {
		r.cork = c
		f(r)
		r.cork = nil
	})
}

// deliverMessage hands a message frame to a conversation's sessions but for the
// connection it came from, in its turn; leaving are those for whom the
// conversation ends with it. The caller uncorks.
func (h *Hub) deliverMessage(c *corked, conversation uuid.UUID, seq int64, payload []byte, from uuid.UUID, leaving ...uuid.UUID) {
	m := pendingMessage{ref: messageRef{conversation, seq}, payload: payload, from: from, learned: time.Now(), leaving: leaving}
	h.withCork(c, conversation, func(r *room) {
		h.metrics.delivered.Add(float64(r.message(m)))
		h.shard(conversation).tidy(r)
	})
	if len(leaving) > 0 && h.departed != nil {
		for _, user := range leaving {
			h.departed(h.sessionsOf(user))
		}
	}
}

// sessionsOf returns the sessions of a person on this node.
func (h *Hub) sessionsOf(user uuid.UUID) []*Session {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return append([]*Session{}, h.users[user]...)
}

package realtime

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// Log is what the hub asks the store for.
type Log interface {
	// ConversationIDs returns the conversations that a user belongs to.
	ConversationIDs(ctx context.Context, user uuid.UUID) ([]uuid.UUID, error)
	// Heads returns the last seq of each of the conversations.
	Heads(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]int64, error)
	// TouchedHeads returns the last seq of each conversation written to in the
	// last few seconds.
	TouchedHeads(ctx context.Context) (map[uuid.UUID]int64, error)
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

	mu    sync.RWMutex
	users map[uuid.UUID][]*Session

	shards [hubShards]hubShard
}

type hubShard struct {
	mu    sync.Mutex
	rooms map[uuid.UUID]*room
}

// NewHub returns an empty Hub.
func NewHub(log Log, metrics *Metrics) *Hub {
	h := &Hub{log: log, metrics: metrics, users: map[uuid.UUID][]*Session{}}
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

	ids, err := h.log.ConversationIDs(ctx, s.user)
	if err == nil {
		err = h.enter(ctx, []*Session{s}, ids)
	}
	if err != nil {
		h.leave(s)
	}
	return err
}

// enter puts sessions of one person into the rooms of conversations. A room
// that is new on this node first learns where its conversation stands; what
// arrives in between waits in it. Whoever enters a room that has not started
// sees to its start, since the one who made it may fail.
func (h *Hub) enter(ctx context.Context, sessions []*Session, ids []uuid.UUID) error {
	var fresh []uuid.UUID
	for _, id := range ids {
		if h.addToRoom(sessions, id) {
			fresh = append(fresh, id)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	heads, err := h.log.Heads(ctx, fresh)
	if err != nil {
		return err
	}
	for _, id := range fresh {
		h.withRoom(id, func(r *room) { r.start(heads[id]) })
	}
	return nil
}

// addToRoom puts sessions into a room, made if need be, and reports whether it
// has still to start. A session that has left is not put anywhere.
func (h *Hub) addToRoom(sessions []*Session, id uuid.UUID) (fresh bool) {
	shard := h.shard(id)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	r := shard.rooms[id]
	if r == nil {
		r = newRoom()
	}
	for _, s := range sessions {
		if s.noteRoom(id) {
			r.add(s)
		}
	}
	if r.empty() {
		return false
	}
	shard.rooms[id] = r
	return r.last == notStarted
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
		if r := shard.rooms[id]; r != nil && r.remove(s) && r.empty() {
			delete(shard.rooms, id)
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

// deliverMessage hands a message frame to a conversation's sessions but for the
// connection it came from, in its turn.
func (h *Hub) deliverMessage(conversation uuid.UUID, seq int64, payload []byte, from uuid.UUID) {
	h.withRoom(conversation, func(r *room) {
		h.metrics.delivered.Add(float64(r.message(pendingMessage{ref: messageRef{conversation, seq}, payload: payload, from: from})))
	})
}

// deliverAll hands any other frame to a conversation's sessions.
func (h *Hub) deliverAll(conversation uuid.UUID, payload []byte) {
	h.withRoom(conversation, func(r *room) {
		f := shared(payload, messageRef{})
		for _, s := range r.sessions {
			s.deliver(f)
		}
	})
}

// sessionsOf returns the sessions of a person on this node.
func (h *Hub) sessionsOf(user uuid.UUID) []*Session {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return append([]*Session{}, h.users[user]...)
}

package realtime

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// room is one conversation on one node: the sessions that see it, and how far
// they have been told. Its hub shard's lock guards it.
//
// Messages leave a room in seq order, each once. Events of one conversation can
// overtake each other between nodes; a message that is early waits for those
// before it, which arrive in a moment or are fetched by the healer.
type room struct {
	sessions []*Session
	last     int64 // every message up to here has been delivered; notStarted: not known yet
	early    map[int64]pendingMessage
	gapSince time.Time // when a message first had to wait; zero: none does
	typing   typingPace
}

// pendingMessage is a message frame that is not shared yet.
type pendingMessage struct {
	ref     messageRef
	payload []byte
	from    uuid.UUID // the connection that sent it
	learned time.Time
}

const notStarted = -1

func newRoom() *room { return &room{last: notStarted} }

func (r *room) has(s *Session) bool { return slices.Contains(r.sessions, s) }

func (r *room) add(s *Session) {
	if !r.has(s) {
		r.sessions = append(r.sessions, s)
	}
}

func (r *room) remove(s *Session) bool {
	i := slices.Index(r.sessions, s)
	if i < 0 {
		return false
	}
	r.sessions = slices.Delete(r.sessions, i, i+1)
	return true
}

func (r *room) empty() bool { return len(r.sessions) == 0 }

// start tells a new room where its conversation stands.
func (r *room) start(head int64) {
	if r.last == notStarted {
		r.last = head
		r.drain()
	}
}

// message takes a message and delivers what is now due; it returns the number
// of deliveries.
func (r *room) message(m pendingMessage) int {
	switch {
	case r.last != notStarted && m.ref.seq <= r.last:
		return 0 // delivered before
	case r.last == notStarted || m.ref.seq > r.last+1:
		if r.early == nil {
			r.early = map[int64]pendingMessage{}
		}
		r.early[m.ref.seq] = m
		if r.gapSince.IsZero() {
			r.gapSince = time.Now()
		}
		return 0
	}
	return r.deliver(m) + r.drain()
}

// drain delivers the early messages that are due.
func (r *room) drain() int {
	n := 0
	for seq := range r.early {
		if seq <= r.last {
			delete(r.early, seq)
		}
	}
	for {
		m, ok := r.early[r.last+1]
		if !ok {
			break
		}
		delete(r.early, m.ref.seq)
		n += r.deliver(m)
	}
	if len(r.early) == 0 {
		r.early, r.gapSince = nil, time.Time{}
	}
	return n
}

func (r *room) deliver(m pendingMessage) int {
	r.last = m.ref.seq
	f := shared(m.payload, m.ref)
	f.learned = m.learned
	n := 0
	for _, s := range r.sessions {
		if s.id != m.from {
			s.deliver(f)
			n++
		}
	}
	return n
}

package realtime

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// room is one conversation on one node: the sessions that see it, and how far
// they have been told. Its hub shard's lock guards it.
//
// Messages leave a room in seq order, each once. Events of one conversation can
// overtake each other between nodes; a message that is early waits for those
// before it, which arrive in a moment or are fetched by the healer.
type room struct {
	id       uuid.UUID
	sessions []*Session
	entering int   // entrances that wait for the store: the room is kept for them
	last     int64 // every message up to here has been delivered; notStarted: not known yet
	early    map[int64]pendingMessage
	gapSince time.Time // when a message first had to wait; zero: none does

	// departed is the seq of the newest message here after which somebody was gone.
	// What the store knew before it does not let anybody in.
	departed int64
	// ahead has sessions let in by a newer state of the store than the room has come
	// to, until it has: messages from before they joined, and of a removal before
	// they came back, do not concern them.
	ahead map[*Session]chat.Place

	cork *corked // by which frames leave while it is set, for as long as the lock is held

	receipts map[uuid.UUID]receipt // that gather, by member
	typing   typingPace
}

// pendingMessage is a message frame that is not shared yet.
type pendingMessage struct {
	ref     messageRef
	payload []byte
	from    uuid.UUID // the connection that sent it
	learned time.Time
	leaving []uuid.UUID // for whom the conversation ends with it
}

const notStarted = -1

func newRoom(id uuid.UUID) *room { return &room{id: id, last: notStarted} }

func (r *room) has(s *Session) bool { return slices.Contains(r.sessions, s) }

// admit lets a session in whose person had a place in the conversation when that
// stood at place.LastSeq; false when somebody has left since, maybe that person.
func (r *room) admit(s *Session, place chat.Place) bool {
	if place.LastSeq < r.departed {
		return false
	}
	if !r.has(s) {
		if !s.noteRoom(r.id) {
			return true // it has left; nothing to be done
		}
		r.sessions = append(r.sessions, s)
	}
	if place.LastSeq > r.last {
		if r.ahead == nil {
			r.ahead = map[*Session]chat.Place{}
		}
		r.ahead[s] = place
	}
	return true
}

func (r *room) remove(s *Session) bool {
	i := slices.Index(r.sessions, s)
	if i < 0 {
		return false
	}
	r.sessions = slices.Delete(r.sessions, i, i+1)
	delete(r.ahead, s)
	return true
}

// unused reports whether nobody needs the room.
func (r *room) unused() bool { return len(r.sessions) == 0 && r.entering == 0 }

// start tells a new room where its conversation stands.
func (r *room) start(head int64) {
	if r.last == notStarted {
		r.last = head
		r.drain()
		r.catchUp()
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
		if s.id != m.from && (r.ahead == nil || m.ref.seq > r.ahead[s].JoinedSeq) {
			s.deliverCorked(f, r.cork)
			n++
		}
	}
	if len(m.leaving) > 0 {
		r.depart(m)
	}
	if r.ahead != nil {
		r.catchUp()
	}
	return n
}

// depart ends the conversation, right after a message, for those who left with
// it: nothing that comes later reaches them.
func (r *room) depart(m pendingMessage) {
	r.departed = m.ref.seq
	gone := removedFrame(m.ref)
	r.sessions = slices.DeleteFunc(r.sessions, func(s *Session) bool {
		if !slices.Contains(m.leaving, s.user) || r.ahead[s].LastSeq >= m.ref.seq { // they are back
			return false
		}
		delete(r.ahead, s)
		s.forgetRoom(r.id)
		s.deliverCorked(gone, r.cork)
		return true
	})
}

// catchUp forgets of the sessions that were ahead those that are not any more.
func (r *room) catchUp() {
	for s, place := range r.ahead {
		if place.LastSeq <= r.last {
			delete(r.ahead, s)
		}
	}
	if len(r.ahead) == 0 {
		r.ahead = nil
	}
}

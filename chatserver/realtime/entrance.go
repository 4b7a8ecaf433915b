package realtime

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// Who is let into a room is decided by what the store says of one moment: that
// somebody is a member while the conversation stands at a seq. A room delivers
// in the order of seqs and lets go who leaves as it comes to the message that
// says so; a state of the store from before that message does not let them in
// again. So nobody sees what was said after they were removed, in whatever order
// events arrive and answers come.

// maxEntranceTries bounds how often somebody tries to enter a conversation that
// others leave at the same moments.
const maxEntranceTries = 8

var errRestless = errors.New("people leave the conversation faster than others can enter it")

// enter puts a session into the rooms of its person's conversations, whose places
// there were read before. A room that has not started, and one that somebody has
// left since, are entered by what the store says now: messages that arrive
// meanwhile wait in the room.
func (h *Hub) enter(ctx context.Context, s *Session, places map[uuid.UUID]chat.Place) error {
	var waiting []uuid.UUID
	for id, place := range places {
		if !h.enterRoom(s, id, place) {
			waiting = append(waiting, id)
		}
	}
	for range maxEntranceTries {
		if len(waiting) == 0 {
			return nil
		}
		now, err := h.log.PlacesOf(ctx, s.user, waiting)
		if err != nil {
			h.giveUp(waiting)
			return err
		}
		waiting = slices.DeleteFunc(waiting, func(id uuid.UUID) bool {
			place, member := now[id]
			return !member && h.giveUp([]uuid.UUID{id}) || member && h.arrive(id, s, place)
		})
	}
	if len(waiting) > 0 {
		h.giveUp(waiting)
		return errRestless
	}
	return nil
}

// enterRoom lets a session in at once, if the room has started and nobody has left
// it since its place was read. Otherwise it announces the session: arrive or
// giveUp must follow.
func (h *Hub) enterRoom(s *Session, id uuid.UUID, place chat.Place) bool {
	shard := h.shard(id)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if r := shard.rooms[id]; r != nil && r.last != notStarted && r.admit(s, place) {
		return true
	}
	shard.announce(id)
	return false
}

// announce keeps a room, made if need be, for one who is about to enter.
func (s *hubShard) announce(id uuid.UUID) {
	r := s.rooms[id]
	if r == nil {
		r = newRoom(id)
		s.rooms[id] = r
	}
	r.entering++
}

// arrive lets an announced session in whose person had a place when the store was
// asked after the announcement. False when it has to be asked again.
func (h *Hub) arrive(id uuid.UUID, s *Session, place chat.Place) (in bool) {
	h.withRoom(id, func(r *room) {
		if in = r.admit(s, place); in {
			r.start(place.LastSeq) // with s in it: what waits here may be for them
			r.entering--
			h.shard(id).tidy(r)
		}
	})
	return in
}

// giveUp takes back announcements.
func (h *Hub) giveUp(ids []uuid.UUID) bool {
	for _, id := range ids {
		h.withRoom(id, func(r *room) {
			r.entering--
			h.shard(id).tidy(r)
		})
	}
	return true
}

// closeRoom ends a conversation that was deleted.
func (h *Hub) closeRoom(id uuid.UUID) {
	gone := removedFrame(messageRef{id, math.MaxInt64}) // no sync shows more of it
	h.withRoom(id, func(r *room) {
		for _, s := range r.sessions {
			s.forgetRoom(id)
			s.deliver(gone)
		}
		r.sessions, r.ahead, r.departed = nil, nil, math.MaxInt64
		h.shard(id).tidy(r)
	})
}

// lacking returns those of some people who are connected here and are not, with
// all of their connections, in a conversation's room.
func (h *Hub) lacking(conversation uuid.UUID, people []uuid.UUID) (list []uuid.UUID) {
	for _, user := range people {
		sessions := h.sessionsOf(user)
		if len(sessions) == 0 {
			continue
		}
		in := false
		h.withRoom(conversation, func(r *room) { in = !slices.ContainsFunc(sessions, func(s *Session) bool { return !r.has(s) }) })
		if !in {
			list = append(list, user)
		}
	}
	return list
}

// people returns who of a conversation is connected here, each once.
func (h *Hub) people(conversation uuid.UUID) (list []uuid.UUID) {
	h.withRoom(conversation, func(r *room) {
		seen := make(map[uuid.UUID]struct{}, len(r.sessions))
		for _, s := range r.sessions {
			if _, twice := seen[s.user]; !twice {
				seen[s.user] = struct{}{}
				list = append(list, s.user)
			}
		}
	})
	return list
}

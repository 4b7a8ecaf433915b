package history

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

// Movement is what a message of the system tells of who is in its conversation.
// Whom it lets in sees the conversation from that message on, whom it takes out
// up to and including it. (Groups that show their history to who comes later are
// not looked at here.)
type Movement struct{ Came, Went []uuid.UUID }

// MovementOf reads the event of a system message; of others it is nil.
func MovementOf(event []byte) (m Movement) {
	var e wire.SystemEvent
	if json.Unmarshal(event, &e) != nil {
		return m
	}
	var actor []uuid.UUID
	if e.ActorID != nil {
		actor = []uuid.UUID{*e.ActorID}
	}
	switch e.Kind {
	case "member.added":
		m.Came = e.UserIds
	case "member.joined":
		m.Came = actor
	case "member.removed":
		m.Went = e.UserIds
	case "member.left":
		m.Went = actor
	}
	return m
}

// member is a person in a conversation.
type member struct{ conversation, user uuid.UUID }

// span is a time for which somebody is in a conversation: they see what has a
// seq greater than after, up to through.
type span struct{ after, through int64 }

const onAndOn = math.MaxInt64

// beginners is the seq of the message that names those with whom a group was made
// (the first of them, when they are very many).
const beginners = 2

// spans are the times of those who came or went, by the messages that are stored.
// Whom none of them names was always there.
type spans map[member][]span

func (h History) spans() spans {
	s := spans{}
	h.eachStored(func(id uuid.UUID, m StoredMessage) {
		for _, user := range m.Moved.Went {
			who := member{id, user}
			times := s.of(who)
			times[len(times)-1].through = min(times[len(times)-1].through, m.Seq)
			s[who] = times
		}
		for _, user := range m.Moved.Came {
			who, after := member{id, user}, m.Seq-1
			if m.Seq == beginners {
				after = 0
			}
			s[who] = append(s[who], span{after, onAndOn})
		}
	})
	return s
}

func (s spans) of(who member) []span {
	if times, moved := s[who]; moved {
		return times
	}
	return []span{{0, onAndOn}}
}

// open reports whether somebody is a member in the end.
func (s spans) open(who member) bool {
	times := s.of(who)
	return times[len(times)-1].through == onAndOn
}

// sees reports whether a message was said while somebody was a member.
func (s spans) sees(who member, seq int64) bool {
	for _, t := range s.of(who) {
		if seq > t.after && seq <= t.through {
			return true
		}
	}
	return false
}

// beginsAfter reports whether somebody was let in right after a seq.
func (s spans) beginsAfter(who member, seq int64) bool {
	for _, t := range s.of(who) {
		if t.after == seq {
			return true
		}
	}
	return false
}

// shownToMembers is I6: nobody gets what was said while they were not a member.
func (h History) shownToMembers() (found []Finding) {
	spans := h.spans()
	for _, e := range h.Events {
		if (e.Kind == Applied || e.Kind == Dropped) && !spans.sees(member{e.Conversation, e.User}, e.Seq) {
			found = append(found, Finding{Leaked, fmt.Sprintf("%s got seq %d of conversation %s, in which its person was not then", e.Client, e.Seq, e.Conversation)})
		}
	}
	return found
}

// turnedAway looks at messages refused because their sender was no member: only
// who was once out can have met that.
func (h History) turnedAway() (found []Finding) {
	spans := h.spans()
	for _, e := range h.Events {
		if times := spans.of(member{e.Conversation, e.User}); e.Kind == TurnedAway && len(times) == 1 && times[0].through == onAndOn {
			found = append(found, Finding{Lost, fmt.Sprintf("%s could not write in conversation %s, though nobody had taken it out", e.Client, e.Conversation)})
		}
	}
	return found
}

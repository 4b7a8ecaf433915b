package realtime

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"uim.dev/uim/chatserver/chat"
)

func removal(seq int64, who ...uuid.UUID) chat.Message {
	return notice(place, seq, chat.SystemEvent{Kind: chat.MemberRemoved, ActorID: ann, UserIDs: who})
}

// types returns the types of the frames queued for a session, in order.
func (s *Session) types(t *testing.T) (list []string) {
	t.Helper()
	for _, f := range s.queued() {
		list = append(list, typeOf(t, f.payload))
	}
	return list
}

// crowd is a ledger in which some people are in place.
func crowd(people ...uuid.UUID) *ledger {
	l := newLedger()
	for _, p := range people {
		l.members[p] = []uuid.UUID{place}
	}
	return l
}

func TestWhoIsRemovedHearsThatAndNothingAfterOnEveryNode(t *testing.T) {
	t.Parallel()
	w := &wires{}
	here, there := newNode(t, w), newNode(t, w)
	heard := map[*Session]*node{}
	for _, n := range []*node{here, there} {
		n.ledger.members[bob] = []uuid.UUID{place}
		s := listener(bob)
		join(t, n.hub, s)
		heard[s] = n
	}
	stays := listener(ann)
	join(t, there.hub, stays)
	here.Publish(t.Context(), []chat.Event{chat.MessageSent{Message: removal(1, bob)}, chat.MessageSent{Message: message(place, 2)}})
	here.Publish(t.Context(), []chat.Event{chat.CursorsMoved{ConversationID: place, UserID: ann, DeliveredSeq: 2}})
	for s := range heard {
		if got := s.types(t); !slices.Equal(got, []string{"message.new", "conversation.removed"}) {
			t.Errorf("who was removed got %v", got)
		}
	}
	if got := stays.types(t); !slices.Equal(got, []string{"message.new", "message.new", "receipt"}) {
		t.Errorf("who stays got %v", got)
	}
	if there.hub.rooms() != 1 || here.hub.rooms() != 0 {
		t.Errorf("%d and %d rooms are left", here.hub.rooms(), there.hub.rooms())
	}
}

// In whatever order the messages of a removal and of what follows come, also by
// way of the healer alone: who is removed hears what comes before, and no more.
func TestARemovalHoldsInWhateverOrderEventsCome(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		const last = 8
		l := crowd(ann, bob)
		h := NewHub(l, newMetrics())
		goes, stays := listener(bob), listener(ann)
		for _, s := range []*Session{goes, stays} {
			if err := h.join(t.Context(), s); err != nil {
				rt.Fatal(err)
			}
		}
		gone := rapid.Int64Range(1, last).Draw(rt, "removed at")
		for _, seq := range rapid.Permutation(span(1, last)).Draw(rt, "order") {
			if seq == gone {
				h.deliverMessage(nil, place, seq, messageFrame(removal(seq, bob)), uuid.Nil, bob)
			} else {
				tell(h, place, seq)
			}
		}
		want := append(span(1, gone), gone) // the last frame ends the conversation
		if !slices.Equal(goes.heard(), want) || !slices.Equal(stays.heard(), span(1, last)) {
			rt.Fatalf("removed at %d: heard %v, who stays %v", gone, goes.heard(), stays.heard())
		}
	})
}

// What the store said before somebody was removed does not let them in again.
func TestAnAnswerFromBeforeARemovalLetsNobodyIn(t *testing.T) {
	t.Parallel()
	l := crowd(ann, bob)
	h := NewHub(l, newMetrics())
	stays := listener(ann)
	join(t, h, stays)
	late := listener(bob)
	h.mu.Lock()
	h.users[bob] = append(h.users[bob], late)
	h.mu.Unlock()
	places, err := l.PlacesIn(t.Context(), bob) // read …
	if err != nil {
		t.Fatal(err)
	}
	l.look(func() { l.members[bob], l.heads[place] = nil, 1 }) // … and then they are removed
	h.deliverMessage(nil, place, 1, messageFrame(removal(1, bob)), uuid.Nil, bob)
	if err := h.enter(t.Context(), late, places); err != nil {
		t.Fatal(err)
	}
	tell(h, place, 2)
	if len(late.heard()) != 0 {
		t.Errorf("heard %v", late.heard())
	}
}

// Somebody comes back while this node has still to hear that they were removed.
func TestAnOvertakenRemovalDoesNotConcernWhoIsBack(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	n.views.of = nil
	l := crowd(ann)
	n.Fanout.views, n.hub.log = l, l
	stays, back := listener(ann), listener(bob)
	join(t, n.hub, stays)
	join(t, n.hub, back)
	// 1 removed, 2 said between, 3 added again, 4 said after; here comes 3's event first.
	l.look(func() { l.members[bob], l.heads[place], l.joined[[2]uuid.UUID{bob, place}] = []uuid.UUID{place}, 4, 2 })
	n.Publish(t.Context(), []chat.Event{chat.ConversationChanged{ConversationID: place, UserIDs: []uuid.UUID{bob}}})
	n.Publish(t.Context(), []chat.Event{chat.MessageSent{Message: removal(1, bob)}})
	for seq := int64(2); seq <= 5; seq++ {
		tell(n.hub, place, seq)
	}
	if !slices.Equal(back.heard(), span(3, 5)) {
		t.Errorf("who is back heard %v", back.heard())
	}
	if !slices.Equal(stays.heard(), span(1, 5)) {
		t.Errorf("who stayed heard %v", stays.heard())
	}
}

func TestADeletedConversationEndsForAll(t *testing.T) {
	t.Parallel()
	w := &wires{}
	here, there := newNode(t, w), newNode(t, w)
	a, b := listener(ann), listener(ann)
	join(t, here.hub, a)
	join(t, there.hub, b)
	here.Publish(t.Context(), []chat.Event{chat.ConversationDeleted{ConversationID: place}})
	here.Publish(t.Context(), []chat.Event{chat.MessageSent{Message: message(place, 1)}})
	for _, s := range []*Session{a, b} {
		if got := s.types(t); !slices.Equal(got, []string{"conversation.removed"}) {
			t.Errorf("got %v", got)
		}
	}
	if here.hub.rooms()+there.hub.rooms() != 0 {
		t.Error("a room is left")
	}
}

// What the bus lost, of groups: a removal, somebody added, a deletion.
func TestTheHealerBringsInAndLetsGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := openClinic(t)
		newcomer, gone := listener(bob), listener(eve)
		c.look(func() { c.members[eve] = []uuid.UUID{place} })
		join(t, c.hub, newcomer)
		join(t, c.hub, gone)
		c.look(func() {
			c.noted[messageRef{place, 1}] = chat.SystemEvent{Kind: chat.MemberRemoved, UserIDs: []uuid.UUID{eve}}
			c.members[eve], c.members[bob] = nil, []uuid.UUID{place}
			c.arrived[place] = []uuid.UUID{bob}
			c.heads[place] = 3
		})
		pass(3 * time.Second)
		if !slices.Equal(gone.heard(), []int64{1, 1}) {
			t.Errorf("who was removed heard %v", gone.heard())
		}
		if got := newcomer.types(t); len(got) == 0 || got[0] != "conversation.updated" {
			t.Errorf("who was added got %v", got)
		}
		c.look(func() { // and so nobody is in it
			c.deleted, c.arrived = []uuid.UUID{place}, nil
			clear(c.members)
		})
		pass(2 * time.Second)
		for _, s := range []*Session{newcomer, c.s} {
			if got := s.types(t); got[len(got)-1] != "conversation.removed" {
				t.Errorf("after the deletion the last of %v is no end", got)
			}
		}
	})
}

func TestADepartureTravels(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var people []uuid.UUID
		for range rapid.IntRange(0, 5).Draw(rt, "people") {
			people = append(people, uuid.New())
		}
		frame := rapid.SliceOf(rapid.Byte()).Draw(rt, "frame")
		leaving, read, ok := unmarshalDeparture(marshalDeparture(people, frame))
		if !ok || !slices.Equal(leaving, people) || !slices.Equal(read, frame) {
			rt.Fatalf("read %v %q %v", leaving, read, ok)
		}
		unmarshalDeparture(frame) // whatever comes, it does not break
	})
}

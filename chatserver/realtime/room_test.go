package realtime

import (
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"uim.dev/uim/chatserver/chat"
)

// hear brings a message to a room.
func hear(r *room, seq int64) int {
	return r.message(pendingMessage{ref: messageRef{place, seq}, payload: []byte(`{}`)})
}

func newListenedRoom() (*room, *Session) {
	r, s := newRoom(place), listener(ann)
	r.admit(s, chat.Place{})
	return r, s
}

// In whatever order messages come, however often, and whichever are lost on the
// way, whenever the room learns where its conversation stands: once it is
// healed, its sessions have heard everything from there on, once and in order.
func TestARoomTellsEachMessageOnceInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, s := newListenedRoom()
		last := rapid.Int64Range(0, 12).Draw(t, "last")
		head := rapid.Int64Range(0, last).Draw(t, "head")
		arrivals := rapid.SliceOfN(rapid.Int64Range(1, max(1, last)), 0, 30).Draw(t, "arrivals")
		starts := rapid.IntRange(0, len(arrivals)).Draw(t, "starts")
		for i, seq := range arrivals {
			if i == starts {
				r.start(head)
			}
			if seq <= last {
				hear(r, seq)
			}
			if heard := s.heard(); !slices.Equal(heard, span(head+1, head+int64(len(heard)))) {
				t.Fatalf("heard %v after the start at %d", heard, head)
			}
		}
		r.start(head)
		for seq := r.last + 1; seq <= last; seq++ { // as the healer does
			hear(r, seq)
		}
		if heard := s.heard(); !slices.Equal(heard, span(head+1, last)) {
			t.Fatalf("heard %v, want %d to %d", heard, head+1, last)
		}
		if r.early != nil || !r.gapSince.IsZero() {
			t.Fatalf("a healed room still waits: %v since %v", r.early, r.gapSince)
		}
	})
}

func TestARoomStartsOnce(t *testing.T) {
	t.Parallel()
	r, s := newListenedRoom()
	r.start(5)
	r.start(3)
	r.start(9)
	hear(r, 5)
	hear(r, 6)
	if heard := s.heard(); !slices.Equal(heard, span(6, 6)) {
		t.Errorf("heard %v", heard)
	}
}

func TestAnEarlyMessageOpensAGapUntilTheOthersAreThere(t *testing.T) {
	t.Parallel()
	r, s := newListenedRoom()
	r.start(0)
	hear(r, 3)
	since := r.gapSince
	if since.IsZero() {
		t.Fatal("there is no gap")
	}
	hear(r, 1)
	if r.gapSince != since {
		t.Error("the gap was forgotten before it was closed")
	}
	if n := hear(r, 2); n != 2 {
		t.Errorf("%d deliveries, want 2", n)
	}
	if !r.gapSince.IsZero() || !slices.Equal(s.heard(), span(1, 3)) {
		t.Errorf("heard %v, gap since %v", s.heard(), r.gapSince)
	}
}

func TestTheConnectionAMessageCameFromIsNotTold(t *testing.T) {
	t.Parallel()
	r, writer := newListenedRoom()
	other := listener(ann)
	r.admit(other, chat.Place{})
	r.start(0)
	n := r.message(pendingMessage{ref: messageRef{place, 1}, payload: []byte(`{}`), from: writer.id})
	if n != 1 || len(writer.heard()) != 0 || !slices.Equal(other.heard(), span(1, 1)) {
		t.Errorf("%d deliveries; the writer heard %v, the other connection %v", n, writer.heard(), other.heard())
	}
	if hear(r, 2); !slices.Equal(writer.heard(), span(2, 2)) {
		t.Errorf("then the writer heard %v", writer.heard())
	}
}

func TestARoomKnowsItsSessions(t *testing.T) {
	t.Parallel()
	r, s := newListenedRoom()
	r.admit(s, chat.Place{})
	if len(r.sessions) != 1 {
		t.Error("a session is in a room twice")
	}
	if r.remove(&Session{id: uuid.New()}) || !r.remove(s) || r.remove(s) || !r.unused() {
		t.Error("removing went wrong")
	}
}

package realtime

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

// typists returns who is shown typing to a session, with how long.
func (s *Session) typists(t *testing.T) map[uuid.UUID]int {
	t.Helper()
	seen := map[uuid.UUID]int{}
	for _, f := range s.queued() {
		var frame struct{ Data wire.FrameTyping }
		if err := json.Unmarshal(f.payload, &frame); err != nil {
			t.Fatal(err)
		}
		if typeOf(t, f.payload) == "typing" {
			seen[frame.Data.UserID] = frame.Data.ExpiresSeconds
		}
	}
	return seen
}

func TestTypingIsShownWhereBothShareIt(t *testing.T) {
	t.Parallel()
	w := &wires{}
	here, there := newNode(t, w), newNode(t, w)
	there.ledger.members[bob] = append(there.ledger.members[bob], place)
	there.ledger.members[eve] = append(there.ledger.members[eve], place)
	there.ledger.hidesTyping[eve] = true
	sharer, hider, herself, elsewhere := listener(bob), listener(eve), listener(ann), listener(id(9))
	for _, s := range []*Session{sharer, hider, herself, elsewhere} {
		join(t, there.hub, s)
	}
	who := chat.Typist{ConversationID: place, UserID: ann}
	for on, want := range map[bool]int{true: 5, false: 0} {
		here.Publish(t.Context(), []chat.Event{chat.TypingChanged{Typist: who, On: on}})
		if seconds, shown := sharer.typists(t)[ann]; !shown || seconds != want {
			t.Errorf("%v: shown %v, for %d s", on, shown, seconds)
		}
		sharer.out.queue = nil
	}
	for name, s := range map[string]*Session{"who hides theirs": hider, "the typist": herself, "a stranger": elsewhere} {
		if seen := s.typists(t); len(seen) > 0 {
			t.Errorf("%s sees %v", name, seen)
		}
	}
}

func TestTwoWhoTypeAreShownAtOnce(t *testing.T) {
	t.Parallel()
	var p typingPace
	now := time.Now()
	for i, typist := range []uuid.UUID{ann, bob, ann, bob, ann} { // both begin, both stop, ann begins again
		if !p.allows(typist, now.Add(time.Duration(i)*time.Millisecond)) {
			t.Errorf("frame %d is not shown", i)
		}
	}
	if p.allows(eve, now.Add(10*time.Millisecond)) {
		t.Error("a third is shown at once")
	}
	if p.allows(ann, now.Add(20*time.Millisecond)) || !p.allows(ann, now.Add(1100*time.Millisecond)) {
		t.Error("then it is not one a second")
	}
}

// However many type, a crowded room has one typing frame a second.
func TestABusyRoomHasOneTypingFrameASecond(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		// No step leads back to one of the two before, so three in a row are three people.
		shown := showTypists(r, 400*time.Millisecond, 9)
		for i := 2; i < len(shown); i++ { // the first two are free
			if gap := shown[i].at.Sub(shown[i-1].at); gap < typingPause {
				r.Fatalf("frame %d comes %s after the last", i, gap)
			}
		}
	})
}

// Whoever types and whenever, only two people are shown in less than a second
// from the last frame.
func TestNobodyIsShownAtOnceBesidesTwo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		shown := showTypists(r, 2*time.Second, 19)
		for i := 1; i < len(shown); i++ {
			now := shown[i]
			if now.at.Sub(shown[i-1].at) >= typingPause {
				continue
			}
			lately := map[uuid.UUID]bool{}
			for _, other := range shown[:i+1] {
				if now.at.Sub(other.at) < typingCrowd {
					lately[other.user] = true
				}
			}
			if len(lately) > 2 {
				r.Fatalf("frame %d is of one of %d people, %s after the last", i, len(lately), now.at.Sub(shown[i-1].at))
			}
		}
	})
}

// showTypists lets 200 times somebody of twenty type, each up to pause after and
// up to step places on from the one before, and returns who was shown.
func showTypists(r *rapid.T, pause time.Duration, step int) []shownTypist {
	var p typingPace
	var shown []shownTypist
	now, typist := time.Now(), 0
	for range 200 {
		now = now.Add(time.Duration(rapid.IntRange(0, int(pause.Milliseconds())).Draw(r, "ms")) * time.Millisecond)
		typist = (typist + rapid.IntRange(1, step).Draw(r, "typist")) % 20
		if user := id(byte(typist)); p.allows(user, now) {
			shown = append(shown, shownTypist{user, now})
		}
	}
	return shown
}

func TestABadTypingFrameIsRefused(t *testing.T) {
	t.Parallel()
	s := listener(ann)
	s.gateway = newGateway(t, newOffice())
	for _, data := range []string{``, `{}`, `{"on": true}`, `{"conversation_id": 7, "on": true}`, `{"conversation_id": "x", "on": true}`} {
		s.out.queue = nil
		s.dispatch(t.Context(), clientFrame{Type: "typing", ID: "t", Data: json.RawMessage(data)})
		if q := s.queued(); len(q) != 1 || typeOf(t, q[0].payload) != "error" {
			t.Errorf("%s is answered with %d frames", data, len(q))
		}
	}
}

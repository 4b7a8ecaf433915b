package realtime

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"uim.dev/uim/chatserver/chat"
)

// rooms returns the number of conversations that a hub keeps.
func (h *Hub) rooms() (n int) {
	for i := range h.shards {
		h.shards[i].mu.Lock()
		n += len(h.shards[i].rooms)
		h.shards[i].mu.Unlock()
	}
	return n
}

// quiet fails unless the hub holds nothing.
func quiet(t *testing.T, h *Hub) {
	t.Helper()
	if n := h.rooms(); n != 0 {
		t.Errorf("%d rooms are left", n)
	}
	if len(h.users) != 0 {
		t.Errorf("%d people are left", len(h.users))
	}
	if n := testutil.ToFloat64(h.metrics.connections); n != 0 {
		t.Errorf("%v connections are counted", n)
	}
}

func join(t *testing.T, h *Hub, s *Session) {
	t.Helper()
	if err := h.join(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

func TestASessionHearsItsConversationsFromTheHeadOn(t *testing.T) {
	t.Parallel()
	l := newLedger()
	l.members[ann], l.heads[place], l.heads[id(101)] = []uuid.UUID{place}, 7, 3
	h := NewHub(l, newMetrics())
	s := listener(ann)
	join(t, h, s)
	tell(h, place, 7)   // known from a sync
	tell(h, place, 8)   // new
	tell(h, id(101), 4) // another's
	if !slices.Equal(s.heard(), span(8, 8)) {
		t.Errorf("heard %v", s.heard())
	}
	h.leave(s)
	h.leave(s)
	tell(h, place, 9)
	if len(s.heard()) != 1 {
		t.Errorf("after leaving it heard %v", s.heard())
	}
	quiet(t, h)
}

// Each change of a conversation's settings brings its person's sessions in again.
func TestASessionIsInARoomOnce(t *testing.T) {
	t.Parallel()
	l := newLedger()
	l.members[ann] = []uuid.UUID{place}
	h := NewHub(l, newMetrics())
	s := listener(ann)
	join(t, h, s)
	for range 3 {
		if err := h.enter(t.Context(), s, map[uuid.UUID]chat.Place{place: {}}); err != nil {
			t.Fatal(err)
		}
	}
	tell(h, place, 1)
	if !slices.Equal(s.rooms, []uuid.UUID{place}) || !slices.Equal(s.heard(), span(1, 1)) {
		t.Errorf("it is in %v and heard %v", s.rooms, s.heard())
	}
	h.leave(s)
	quiet(t, h)
}

func TestMessagesThatComeWhileJoiningWait(t *testing.T) {
	t.Parallel()
	l := newLedger()
	l.members[ann], l.heads[place] = []uuid.UUID{place}, 5
	h := NewHub(l, newMetrics())
	l.ask = func(what string) {
		if what == "places" { // the room is there, the head is not known yet
			tell(h, place, 7)
			tell(h, place, 5)
			tell(h, place, 6)
		}
	}
	s := listener(ann)
	join(t, h, s)
	if !slices.Equal(s.heard(), span(6, 7)) {
		t.Errorf("heard %v", s.heard())
	}
}

func TestAJoinThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	away := errors.New("the store is away")
	for _, question := range []string{"memberships", "places"} {
		l := newLedger()
		l.members[ann] = []uuid.UUID{place}
		l.ask = func(what string) {
			if what == question {
				l.look(func() { l.fail = away })
			}
		}
		h := NewHub(l, newMetrics())
		if err := h.join(t.Context(), listener(ann)); !errors.Is(err, away) {
			t.Errorf("%s: got %v", question, err)
		}
		quiet(t, h)
	}
}

// The first session of a conversation asks where it stands; the second may not
// depend on that going well.
func TestARoomStartsThoughTheFirstJoinFailed(t *testing.T) {
	t.Parallel()
	l := newLedger()
	l.members[ann], l.members[bob] = []uuid.UUID{place}, []uuid.UUID{place}
	h := NewHub(l, newMetrics())
	second := listener(bob)
	first := true
	l.ask = func(what string) {
		if what == "places" && first {
			first = false
			join(t, h, second)
			l.look(func() { l.fail = errors.New("the store is away") })
		}
	}
	if err := h.join(t.Context(), listener(ann)); err == nil {
		t.Fatal("the first join did not fail")
	}
	tell(h, place, 1)
	if !slices.Equal(second.heard(), span(1, 1)) {
		t.Errorf("the second session heard %v", second.heard())
	}
}

func TestASessionThatLeftEntersNoRoom(t *testing.T) {
	t.Parallel()
	l := newLedger()
	h := NewHub(l, newMetrics())
	s := listener(ann)
	join(t, h, s)
	h.leave(s)
	l.members[ann] = []uuid.UUID{place}
	if err := h.enter(t.Context(), s, map[uuid.UUID]chat.Place{place: {}}); err != nil {
		t.Fatal(err)
	}
	tell(h, place, 1)
	if len(s.heard()) != 0 {
		t.Errorf("heard %v", s.heard())
	}
	quiet(t, h)
}

func TestPeopleHaveSeveralSessions(t *testing.T) {
	t.Parallel()
	l := newLedger()
	l.members[ann] = []uuid.UUID{place}
	h := NewHub(l, newMetrics())
	a, b, c := listener(ann), listener(ann), listener(ann)
	for _, s := range []*Session{a, b, c} {
		join(t, h, s)
	}
	h.leave(b)
	if got := h.sessionsOf(ann); !slices.Equal(got, []*Session{a, c}) {
		t.Errorf("%d sessions are left", len(got))
	}
	h.deliverReceipt(nil, receipt{conversation: place, delivered: 1, payload: []byte(`{}`)})
	for _, s := range []*Session{a, b, c} {
		want := 1
		if s == b {
			want = 0
		}
		if n := len(s.queued()); n != want {
			t.Errorf("%d frames, want %d", n, want)
		}
	}
}

// People come and go, are added to conversations, and messages flow, all at the
// same time. Who stays hears everything from some point on, once and in order.
func TestTheHubStandsARush(t *testing.T) {
	t.Parallel()
	const people, conversations, messages = 8, 5, 100
	l := newLedger()
	for p := range byte(people) {
		for c := range byte(conversations) {
			l.members[id(p)] = append(l.members[id(p)], id(100+c))
		}
	}
	h := NewHub(l, newMetrics())
	stays := listener(id(0))
	join(t, h, stays)

	var rush sync.WaitGroup
	for c := range byte(conversations) {
		rush.Go(func() {
			for range messages {
				tell(h, id(100+c), l.add(id(100+c)))
			}
		})
	}
	for p := range byte(people) {
		rush.Go(func() {
			for range 50 {
				s := listener(id(p))
				if err := h.join(t.Context(), s); err != nil {
					t.Error(err)
				}
				if rand.IntN(2) == 0 { // added to one more, or to one they are in
					if err := h.enter(t.Context(), s, map[uuid.UUID]chat.Place{id(100 + byte(rand.IntN(2*conversations))): {}}); err != nil {
						t.Error(err)
					}
				}
				h.deliverReceipt(nil, receipt{conversation: id(100), delivered: 1, payload: []byte(`{}`)})
				h.gaps(time.Now())
				h.leave(s)
				checkRun(t, s)
			}
		})
	}
	rush.Wait()
	checkRun(t, stays)
	for c := range byte(conversations) {
		if last, ok := h.lastDelivered(id(100 + c)); !ok || last != messages {
			t.Errorf("conversation %d is at %d, %t", c, last, ok)
		}
		if heard := heardIn(stays, id(100+c)); !slices.Equal(heard, span(1, messages)) {
			t.Errorf("who stayed heard %v in conversation %d", heard, c)
		}
	}
	h.leave(stays)
	quiet(t, h)
}

// heardIn returns the seqs of one conversation's messages that a session heard.
func heardIn(s *Session, conversation uuid.UUID) []int64 {
	seqs := []int64{}
	for _, f := range s.queued() {
		if f.message.conversation == conversation && f.message.seq > 0 {
			seqs = append(seqs, f.message.seq)
		}
	}
	return seqs
}

// checkRun fails unless a session heard an unbroken run of each conversation.
func checkRun(t *testing.T, s *Session) {
	t.Helper()
	last := map[uuid.UUID]int64{}
	for _, f := range s.queued() {
		m := f.message
		if before, ok := last[m.conversation]; ok && m.seq > 0 && m.seq != before+1 {
			t.Errorf("%d came after %d", m.seq, before)
		}
		if m.seq > 0 {
			last[m.conversation] = m.seq
		}
	}
}

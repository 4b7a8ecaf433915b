package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

// watched is a PresenceFeed on a board and a store in memory.
type watched struct {
	feed *PresenceFeed

	mu      sync.Mutex
	online  map[uuid.UUID]bool
	seen    map[uuid.UUID]time.Time // by nodes that vanished
	hidden  map[chat.PresencePair]bool
	away    error
	ask     func() // runs before the store answers
	looks   int    // calls of the board
	lookups []int  // pairs asked of the store, a call
}

func newWatched() *watched {
	w := &watched{online: map[uuid.UUID]bool{}, seen: map[uuid.UUID]time.Time{}, hidden: map[chat.PresencePair]bool{}}
	w.feed = NewPresenceFeed(chat.NewPresences(w, w), w, silent())
	return w
}

func (w *watched) set(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

func (w *watched) Look(_ context.Context, people []uuid.UUID) ([]chat.Sighting, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looks++
	list := make([]chat.Sighting, len(people))
	for i, user := range people {
		list[i] = chat.Sighting{Online: w.online[user], SeenAt: w.seen[user]}
	}
	return list, w.away
}

func (w *watched) VisiblePresence(_ context.Context, pairs []chat.PresencePair) ([]chat.PresenceView, error) {
	w.mu.Lock()
	ask := w.ask
	w.lookups = append(w.lookups, len(pairs))
	w.mu.Unlock()
	if ask != nil {
		ask()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var views []chat.PresenceView
	for _, p := range pairs {
		if !w.hidden[p] {
			views = append(views, chat.PresenceView{PresencePair: p, SharesLastSeen: true})
		}
	}
	return views, nil
}

func (w *watched) subscribe(t *testing.T, s *Session, people ...uuid.UUID) {
	t.Helper()
	if err := w.feed.subscribe(t.Context(), s, "r", people); err != nil {
		t.Fatal(err)
	}
}

// come makes somebody come or go, with the event that tells of it.
func (w *watched) come(t *testing.T, user uuid.UUID, online bool) {
	t.Helper()
	w.set(func() { w.online[user] = online })
	w.feed.changed([]uuid.UUID{user})
	w.feed.refresh(t.Context())
}

// told returns the statuses that a session was shown since the last call, in order.
func (s *Session) told(t *testing.T) []string {
	t.Helper()
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	list := []string{}
	for _, f := range s.out.queue {
		var frame struct{ Data wire.Presence }
		if err := json.Unmarshal(f.payload, &frame); err != nil || typeOf(t, f.payload) != "presence" {
			t.Fatalf("%s: %v", f.payload, err)
		}
		list = append(list, frame.Data.Status)
	}
	s.out.queue, s.out.bytes = nil, 0
	return list
}

func expectTold(t *testing.T, s *Session, want ...string) {
	t.Helper()
	if got := s.told(t); !slices.Equal(got, append([]string{}, want...)) {
		t.Errorf("told %q, want %q", got, want)
	}
}

func TestAWatcherIsToldWhatIsAndWhatChanges(t *testing.T) {
	t.Parallel()
	w, s := newWatched(), listener(ann)
	w.set(func() { w.online[bob] = true })
	w.subscribe(t, s, bob, id(3))
	expectTold(t, s, "online", "offline")
	w.come(t, bob, true) // no news
	expectTold(t, s)
	w.come(t, bob, false)
	w.come(t, id(9), true) // nobody asked
	expectTold(t, s, "offline")
	w.feed.unsubscribe(s, []uuid.UUID{bob})
	w.come(t, bob, true)
	expectTold(t, s)
	w.come(t, id(3), true)
	expectTold(t, s, "online")
	w.feed.leave(s)
	if len(w.feed.watched) != 0 || len(w.feed.watches) != 0 {
		t.Errorf("%d and %d are left", len(w.feed.watched), len(w.feed.watches))
	}
}

// What a viewer may see is looked up each time: who stops sharing a
// conversation, or is blocked, learns no more.
func TestWhoMayNotSeeIsTold(t *testing.T) {
	t.Parallel()
	w, friend, stranger := newWatched(), listener(ann), listener(id(3))
	w.set(func() { w.online[bob], w.hidden[chat.PresencePair{ViewerID: id(3), UserID: bob}] = true, true })
	w.subscribe(t, friend, bob)
	w.subscribe(t, stranger, bob)
	expectTold(t, friend, "online")
	expectTold(t, stranger, "unknown")
	w.come(t, bob, false)
	expectTold(t, friend, "offline")
	expectTold(t, stranger)
	w.set(func() { w.hidden[chat.PresencePair{ViewerID: ann, UserID: bob}] = true })
	w.come(t, bob, true)
	expectTold(t, friend, "unknown")
	w.come(t, bob, false)
	w.come(t, bob, true)
	expectTold(t, friend)
}

func TestAChangeWhileTheAnswerIsOnItsWayIsNotLost(t *testing.T) {
	t.Parallel()
	w, s := newWatched(), listener(ann)
	first := true
	w.ask = func() {
		if first {
			first = false
			w.set(func() { w.online[bob] = true })
			w.feed.changed([]uuid.UUID{bob})
			w.feed.refresh(t.Context())
			if got := s.told(t); len(got) != 0 {
				t.Errorf("told %q before the answer", got)
			}
			w.set(func() { w.online[bob] = false }) // what the answer will say
		}
	}
	w.subscribe(t, s, bob)
	expectTold(t, s, "offline")
	w.set(func() { w.online[bob] = true })
	w.feed.refresh(t.Context()) // without another event
	expectTold(t, s, "online")
}

func TestAllDevicesOfAPersonAreToldForOneLookup(t *testing.T) {
	t.Parallel()
	w, phone, laptop := newWatched(), listener(ann), listener(ann)
	w.subscribe(t, phone, bob)
	w.subscribe(t, laptop, bob)
	w.set(func() { w.lookups = nil })
	phone.told(t)
	laptop.told(t)
	w.come(t, bob, true)
	expectTold(t, phone, "online")
	expectTold(t, laptop, "online")
	if !slices.Equal(w.lookups, []int{1}) {
		t.Errorf("looked up %v", w.lookups)
	}
}

func TestWatchingIsBounded(t *testing.T) {
	t.Parallel()
	w, s := newWatched(), listener(ann)
	for range presenceSubscriptions / chat.MaxPresenceQuery {
		crowd := make([]uuid.UUID, chat.MaxPresenceQuery)
		for i := range crowd {
			crowd[i] = uuid.New()
		}
		w.subscribe(t, s, crowd...)
		w.subscribe(t, s, crowd...) // once more is no more
		s.told(t)
	}
	err := w.feed.subscribe(t.Context(), s, "r", []uuid.UUID{bob})
	if e, ok := chat.AsError(err); !ok || e.Code != chat.CodeValidationFailed || e.Fields[0].Field != "user_ids" {
		t.Errorf("got %v", err)
	}
}

// The poll finds what no event told: nodes that died, events that were lost.
func TestThePollFindsWhatNoEventTold(t *testing.T) {
	t.Parallel()
	w, s := newWatched(), listener(ann)
	w.set(func() { w.online[bob] = true })
	w.subscribe(t, s, bob)
	s.told(t)
	w.set(func() { w.online[bob], w.seen[bob] = false, time.Now() }) // its node died
	w.feed.poll(t.Context())
	expectTold(t, s, "offline")
	w.set(func() { w.online[bob] = true })
	w.feed.poll(t.Context())
	expectTold(t, s, "online")
	w.set(func() { w.lookups = nil })
	w.feed.poll(t.Context())
	if len(w.lookups) != 0 {
		t.Errorf("the store was asked without need: %v", w.lookups)
	}
}

// A board that was emptied knows nobody until the nodes have repeated
// themselves; meanwhile nobody is shown as gone.
func TestAnEmptiedBoardShowsNobodyAsGone(t *testing.T) {
	t.Parallel()
	w, s := newWatched(), listener(ann)
	w.set(func() { w.online[bob] = true })
	w.subscribe(t, s, bob)
	w.feed.poll(t.Context())
	s.told(t)
	w.set(func() { w.online[bob] = false })
	w.feed.poll(t.Context())
	w.feed.poll(t.Context())
	w.set(func() { w.online[bob] = true })
	w.feed.poll(t.Context())
	expectTold(t, s)
	w.set(func() { w.online[bob] = false }) // really gone, and the event was lost
	for range presenceMissing {
		w.feed.poll(t.Context())
	}
	expectTold(t, s, "offline")
}

func TestABoardThatIsAwayMakesEverybodyUnknown(t *testing.T) {
	t.Parallel()
	w, s := newWatched(), listener(ann)
	w.set(func() { w.online[bob] = true })
	w.subscribe(t, s, bob)
	s.told(t)
	w.set(func() { w.away = errors.New("away"); w.lookups = nil })
	w.feed.poll(t.Context())
	w.feed.poll(t.Context())
	expectTold(t, s, "unknown")
	if len(w.lookups) != 0 {
		t.Error("the store was asked")
	}
	w.subscribe(t, s, id(3))
	expectTold(t, s, "unknown")
	w.set(func() { w.away = nil })
	w.feed.poll(t.Context())
	if got := s.told(t); !slices.Contains(got, "online") {
		t.Errorf("told %q", got)
	}
}

// Presence must not push a slow reader over the edge; it is told later.
func TestASlowReaderIsToldLater(t *testing.T) {
	t.Parallel()
	w, s := newWatched(), listener(ann)
	w.subscribe(t, s, bob)
	for range outboxFrames/2 - 1 {
		s.out.push(&outgoing{})
	}
	w.come(t, bob, true)
	if n := len(s.queued()); n != outboxFrames/2 {
		t.Errorf("%d frames wait", n)
	}
	s.out.queue, s.out.bytes = nil, 0 // it has read
	w.feed.poll(t.Context())
	expectTold(t, s, "online")
}

func TestEventsOfPresenceReachTheFeed(t *testing.T) {
	t.Parallel()
	n := newNode(t, &wires{})
	other := newNode(t, &wires{})
	s := listener(ann)
	board := newWatched()
	other.presence = board.feed
	board.subscribe(t, s, bob)
	s.told(t)
	board.set(func() { board.online[bob] = true })
	e := n.encode(chat.PresenceChanged{UserIDs: []uuid.UUID{id(7), bob}})
	other.Receive(t.Context(), e.marshal(n.node))
	board.feed.refresh(t.Context())
	expectTold(t, s, "online")
}

func TestTheFeedEndsWithItsContext(t *testing.T) { //nolint:paralleltest // it counts all goroutines
	before := goleak.IgnoreCurrent()
	w, s := newWatched(), listener(ann)
	w.subscribe(t, s, bob)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); w.feed.Run(ctx) }()
	cancel()
	<-ended
	goleak.VerifyNone(t, before)
}

package chat_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// board is a PresenceBoard in memory: for each person, the nodes they are at.
// It counts what it is told.
type board struct {
	mu      sync.Mutex
	people  map[uuid.UUID]map[string]bool
	told    map[string]int // by method, people it was told of
	calls   int
	failing error
}

func newBoard() *board {
	return &board{people: map[uuid.UUID]map[string]bool{}, told: map[string]int{}}
}

func (b *board) look(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

func (b *board) tell(method string, people []uuid.UUID, f func(at map[string]bool) bool) (list []uuid.UUID, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	if b.failing != nil {
		return nil, b.failing
	}
	b.told[method] += len(people)
	for _, user := range people {
		if b.people[user] == nil {
			b.people[user] = map[string]bool{}
		}
		if f(b.people[user]) {
			list = append(list, user)
		}
	}
	return list, nil
}

func (b *board) at(node string) *counter { return &counter{b, node} }

// counter is a board as one node has it.
type counter struct {
	*board
	node string
}

func (c *counter) Arrive(_ context.Context, people []uuid.UUID) ([]uuid.UUID, error) {
	return c.tell("arrive", people, func(at map[string]bool) bool {
		fresh := len(at) == 0
		at[c.node] = true
		return fresh
	})
}

func (c *counter) Stay(_ context.Context, people []uuid.UUID) error {
	_, err := c.tell("stay", people, func(at map[string]bool) bool { at[c.node] = true; return false })
	return err
}

func (c *counter) Leave(_ context.Context, people []uuid.UUID) error {
	_, err := c.tell("leave", people, func(map[string]bool) bool { return false })
	return err
}

func (c *counter) Depart(_ context.Context, people []uuid.UUID) ([]uuid.UUID, error) {
	return c.tell("depart", people, func(at map[string]bool) bool {
		delete(at, c.node)
		return len(at) == 0
	})
}

func (c *counter) Look(_ context.Context, people []uuid.UUID) ([]chat.Sighting, error) {
	var list []chat.Sighting
	_, err := c.tell("look", people, func(at map[string]bool) bool {
		list = append(list, chat.Sighting{Online: len(at) > 0, Connected: len(at) > 0})
		return false
	})
	return list, err
}

// logbook is a LastSeenStore and a Publisher that remember.
type logbook struct {
	mu        sync.Mutex
	seen      map[uuid.UUID]time.Time
	announced []uuid.UUID
	events    int
	failures  []error
}

func (r *logbook) SaveLastSeen(_ context.Context, seen []chat.LastSeen) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range seen {
		r.seen[s.UserID] = s.At
	}
	return nil
}

func (r *logbook) Publish(_ context.Context, events []chat.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range events {
		r.events++
		r.announced = append(r.announced, e.(chat.PresenceChanged).UserIDs...)
	}
}

func (r *logbook) failed(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, err)
}

// take returns who was announced since the last call.
func (r *logbook) take() []uuid.UUID {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.announced
	r.announced = nil
	return list
}

// attend runs an Attendance at a node until the test ends or stop is called.
func attend(t *testing.T, c *counter) (a *chat.Attendance, r *logbook, stop func()) {
	t.Helper()
	r = &logbook{seen: map[uuid.UUID]time.Time{}}
	a = chat.NewAttendance(c, r, r, chat.DefaultAttendanceConfig, r.failed)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); a.Run(ctx) }()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return a, r, stop
}

// The rest looks at both from the test's own goroutine.

func (b *board) count(method string) (n int) { b.look(func() { n = b.told[method] }); return n }

func (b *board) asked() (n int) { b.look(func() { n = b.calls }); return n }

func (b *board) nodes(user uuid.UUID) (n int) { b.look(func() { n = len(b.people[user]) }); return n }

func (b *board) isAt(user uuid.UUID, node string) (there bool) {
	b.look(func() { there = b.people[user][node] })
	return there
}

func (r *logbook) look(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}

func (r *logbook) published() (n int) { r.look(func() { n = r.events }); return n }

func (r *logbook) reports() (n int) { r.look(func() { n = len(r.failures) }); return n }

func (r *logbook) lastSeen(user uuid.UUID) (at time.Time) {
	r.look(func() { at = r.seen[user] })
	return at
}

// wait lets the fake clock run.
func wait(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

const gathered = 250 * time.Millisecond // more than Gather

func TestComingAndGoingIsAnnouncedOnceAfterTheGraceTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		a, r, _ := attend(t, b.at("one"))
		a.Connected(ann)
		a.Connected(ann) // a second device
		wait(gathered)
		if got := r.take(); !slices.Equal(got, []uuid.UUID{ann}) {
			t.Fatalf("announced %v", got)
		}
		a.Disconnected(ann)
		wait(time.Minute)
		if got := r.take(); len(got) != 0 || b.count("leave") != 0 {
			t.Fatalf("announced %v though a device is left", got)
		}
		left := time.Now()
		a.Disconnected(ann)
		wait(6 * time.Second)
		if got := r.take(); len(got) != 0 || b.count("leave") != 1 {
			t.Fatalf("announced %v within the grace time", got)
		}
		wait(2 * time.Second)
		if got := r.take(); !slices.Equal(got, []uuid.UUID{ann}) || b.nodes(ann) != 0 {
			t.Fatalf("announced %v; the board has %v", got, b.nodes(ann))
		}
		if !r.lastSeen(ann).Equal(left) {
			t.Errorf("last seen %v, left %v", r.lastSeen(ann), left)
		}
		a.Disconnected(ann) // of nobody
		wait(time.Minute)
		if b.count("depart") != 1 {
			t.Errorf("departed %d times", b.count("depart"))
		}
	})
}

func TestWhoComesBackInTimeIsNotAnnounced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		a, r, _ := attend(t, b.at("one"))
		a.Connected(ann)
		wait(gathered)
		r.take()

		calls := b.asked()
		a.Disconnected(ann) // within the gathering time
		a.Connected(ann)
		wait(gathered)
		if b.asked() != calls {
			t.Errorf("the board was told %d times of who was hardly away", b.asked()-calls)
		}
		for range 3 { // within the grace time
			a.Disconnected(ann)
			wait(5 * time.Second)
			a.Connected(ann)
			wait(5 * time.Second)
		}
		if got := r.take(); len(got) != 0 {
			t.Errorf("announced %v", got)
		}
		if b.count("depart") != 0 || b.nodes(ann) != 1 {
			t.Errorf("departed %d times, is at %v", b.count("depart"), b.nodes(ann))
		}
	})
}

func TestWhoMovesToAnotherNodeIsNotAnnounced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		one, r1, _ := attend(t, b.at("one"))
		two, r2, _ := attend(t, b.at("two"))
		one.Connected(ann)
		wait(gathered)
		r1.take()
		one.Disconnected(ann)
		wait(time.Second)
		two.Connected(ann)
		wait(time.Minute)
		if got := append(r1.take(), r2.take()...); len(got) != 0 {
			t.Errorf("announced %v", got)
		}
	})
}

// Thousands who come, come back and go in a second cost a few calls, and one
// event for hundreds.
func TestARushIsWrittenTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const people = 3000
		b := newBoard()
		a, r, _ := attend(t, b.at("one"))
		each := func(do func(uuid.UUID)) {
			for i := range people {
				do(numbered(i + 1))
				if i%10 == 9 {
					<-time.After(time.Second * 10 / people)
				}
			}
		}
		each(a.Connected)
		wait(gathered)
		if b.asked() > 6 || b.count("arrive") != people || r.published() > 12 || len(r.take()) != people {
			t.Errorf("%d calls and %d events for %d arrivals", b.asked(), r.published(), b.count("arrive"))
		}
		b.look(func() { b.calls = 0 })
		each(a.Disconnected)
		each(a.Connected)
		wait(gathered)
		if b.asked() > 2*2*6 || len(r.take()) != 0 || b.count("depart") != 0 {
			t.Errorf("%d calls for %d who came back", b.asked(), people)
		}
	})
}

// The board forgets: what it has to know is repeated, and who could not be
// noted while it was away is noted then.
func TestABoardThatForgetsIsToldAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		a, r, _ := attend(t, b.at("one"))
		a.Connected(ann)
		wait(gathered)
		b.look(func() { clear(b.people) })
		wait(21 * time.Second)
		if !b.isAt(ann, "one") {
			t.Error("the board was not told again")
		}
		b.look(func() { b.failing = errors.New("away") })
		a.Connected(bob)
		a.Connected(eve)
		wait(time.Second)
		a.Disconnected(eve)
		wait(time.Minute)
		if r.reports() != 1 {
			t.Errorf("%d reports of one outage", r.reports())
		}
		b.look(func() { b.failing = nil; clear(b.people) })
		wait(21 * time.Second)
		if !b.isAt(ann, "one") || !b.isAt(bob, "one") || b.nodes(eve) != 0 {
			t.Error("the board is wrong")
		}
		if r.lastSeen(eve).IsZero() {
			t.Error("who left meanwhile was not saved")
		}
	})
}

func TestAnEndingNodeLetsEverybodyGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		a, r, stop := attend(t, b.at("one"))
		a.Connected(ann)
		a.Connected(bob)
		wait(gathered)
		a.Disconnected(bob)
		left := time.Now()
		wait(time.Second)
		stop()
		if b.count("leave") != 3 { // bob's leaving, then both
			t.Errorf("%d were let go", b.count("leave"))
		}
		if !r.lastSeen(bob).Equal(left) || !r.lastSeen(ann).Equal(time.Now()) {
			t.Errorf("seen %v and %v", r.lastSeen(bob), r.lastSeen(ann))
		}
	})
}

func TestWhoStaysIsSavedNowAndThen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, r, _ := attend(t, newBoard().at("one"))
		a.Connected(ann)
		wait(11 * time.Minute)
		if ago := time.Since(r.lastSeen(ann)); ago > 2*time.Minute {
			t.Errorf("saved %v ago", ago)
		}
	})
}

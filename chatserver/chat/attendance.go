package chat

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// PresenceBoard is where all nodes note who is connected to them. What a node
// notes is forgotten a minute after the node stops repeating it. Each method
// takes any number of people in few round trips, and says of which it failed
// only by failing as a whole; all of them may be repeated.
type PresenceBoard interface {
	PresenceReader

	// Arrive notes that people are connected to this node, and returns those
	// who were not online before.
	Arrive(ctx context.Context, people []uuid.UUID) ([]uuid.UUID, error)

	// Stay repeats that people are connected to this node.
	Stay(ctx context.Context, people []uuid.UUID) error

	// Leave notes that people's last connection to this node ended; they count
	// as online for the grace time.
	Leave(ctx context.Context, people []uuid.UUID) error

	// Depart takes people away who did not come back, and returns those who are
	// online nowhere now.
	Depart(ctx context.Context, people []uuid.UUID) ([]uuid.UUID, error)
}

// LastSeen is when a person was last connected.
type LastSeen struct {
	UserID uuid.UUID
	At     time.Time
}

// LastSeenStore keeps when people were last connected.
type LastSeenStore interface {
	// SaveLastSeen moves times forward, never back; each person comes once.
	SaveLastSeen(ctx context.Context, seen []LastSeen) error
}

// AttendanceConfig says how patient an Attendance is.
type AttendanceConfig struct {
	Grace  time.Duration // between the end of the last connection and being offline
	Gather time.Duration // how long changes gather before they are written
	Repeat time.Duration // how often the board is told again; a third of what it remembers
	Save   time.Duration // how often people who stay are saved as seen, for the case that this node dies
}

// DefaultAttendanceConfig is the design's.
var DefaultAttendanceConfig = AttendanceConfig{
	Grace: 7 * time.Second, Gather: 200 * time.Millisecond, Repeat: 20 * time.Second, Save: 10 * time.Minute,
}

// Attendance knows who is connected to this node, tells the board, and publishes
// who came and who went. Changes gather and are written together, so a rush of
// thousands costs a handful of round trips; who comes back within the gathering
// time costs nothing, and who comes back within the grace time is not announced.
//
// Connected and Disconnected may be called from anywhere and do no I/O. Run
// does it, from one goroutine. The board may fail or forget at any time: what
// it has to know is repeated.
type Attendance struct {
	board     PresenceBoard
	store     LastSeenStore
	publisher Publisher
	config    AttendanceConfig
	failed    func(error)

	boardAway, storeAway bool // the last try failed; Run's own

	mu      sync.Mutex
	people  map[uuid.UUID]*attendee
	changed map[uuid.UUID]struct{} // came or went since the last round
	away    map[uuid.UUID]struct{} // in the grace time
}

// attendee is a person who is connected to this node or was a moment ago.
type attendee struct {
	connections int
	noted       notice
	leftAt      time.Time // while there are no connections
}

// notice is what the board has been told of an attendee.
type notice int

const (
	noticeNone notice = iota
	noticeHere
	noticeLeft
)

// NewAttendance returns an Attendance that reports to failed what can't be written.
func NewAttendance(board PresenceBoard, store LastSeenStore, publisher Publisher, config AttendanceConfig, failed func(error)) *Attendance {
	return &Attendance{
		board: board, store: store, publisher: publisher, config: config, failed: failed,
		people: map[uuid.UUID]*attendee{}, changed: map[uuid.UUID]struct{}{}, away: map[uuid.UUID]struct{}{},
	}
}

// Connected notes one more connection of a person.
func (a *Attendance) Connected(user uuid.UUID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.people[user]
	if p == nil {
		p = &attendee{}
		a.people[user] = p
	}
	if p.connections++; p.connections == 1 {
		delete(a.away, user)
		a.changed[user] = struct{}{}
	}
}

// Disconnected notes one connection less.
func (a *Attendance) Disconnected(user uuid.UUID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.people[user]
	if p == nil || p.connections == 0 {
		return
	}
	if p.connections--; p.connections == 0 {
		p.leftAt = time.Now()
		a.away[user] = struct{}{}
		a.changed[user] = struct{}{}
	}
}

// Here reports whether a person is connected to this node.
func (a *Attendance) Here(user uuid.UUID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.people[user]
	return p != nil && p.connections > 0
}

// Run writes what changes until ctx ends; then everybody is noted as leaving, so
// that who does not turn up at another node is soon offline.
func (a *Attendance) Run(ctx context.Context) {
	ticker := time.NewTicker(a.config.Gather)
	defer ticker.Stop()
	repeated, saved := time.Now(), time.Now()
	for {
		select {
		case <-ctx.Done():
			a.end(context.WithoutCancel(ctx))
			return
		case now := <-ticker.C:
			a.round(ctx, now)
			if now.Sub(repeated) >= a.config.Repeat || a.boardAway && now.Sub(repeated) >= time.Second {
				repeated = now
				a.repeat(ctx)
			}
			if now.Sub(saved) >= a.config.Save {
				saved = now
				a.save(ctx, a.here(), now)
			}
		}
	}
}

// round writes what changed and lets those go whose grace time is over.
func (a *Attendance) round(ctx context.Context, now time.Time) {
	came, left, gone := a.take(now)
	if len(came) > 0 {
		fresh, err := a.board.Arrive(ctx, came)
		a.settle(came, noticeHere, err)
		a.announce(ctx, fresh)
	}
	if len(left) > 0 {
		a.settle(left, noticeLeft, a.board.Leave(ctx, left))
	}
	if len(gone) > 0 {
		a.depart(ctx, gone)
	}
}

// take returns whom the board is to be told of, and removes those whose grace
// time is over.
func (a *Attendance) take(now time.Time) (came, left []uuid.UUID, gone []LastSeen) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for user := range a.changed {
		switch p := a.people[user]; {
		case p == nil:
		case p.connections > 0 && p.noted != noticeHere:
			came = append(came, user)
		case p.connections == 0 && p.noted == noticeHere:
			left = append(left, user)
		}
	}
	clear(a.changed)
	for user := range a.away {
		if p := a.people[user]; now.Sub(p.leftAt) >= a.config.Grace {
			gone = append(gone, LastSeen{user, p.leftAt})
			delete(a.people, user)
			delete(a.away, user)
		}
	}
	return came, left, gone
}

// settle remembers what the board was told. What failed is made good by the next
// repetition, or by the board's forgetting.
func (a *Attendance) settle(people []uuid.UUID, told notice, err error) {
	a.report(&a.boardAway, err)
	if err != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, user := range people {
		if p := a.people[user]; p != nil {
			p.noted = told
		}
	}
}

// depart sees people off. The board forgets by itself whom it can't be told of.
func (a *Attendance) depart(ctx context.Context, gone []LastSeen) {
	people := make([]uuid.UUID, len(gone))
	for i, g := range gone {
		people[i] = g.UserID
	}
	a.saveAll(ctx, gone) // first, so that who is told now gets the new time
	offline, err := a.board.Depart(ctx, people)
	a.report(&a.boardAway, err)
	a.announce(ctx, offline)
}

// repeat tells the board everything again: it forgets what it does not hear
// for a minute, and all at once when it is emptied.
func (a *Attendance) repeat(ctx context.Context) {
	here := a.here()
	if len(here) > 0 {
		a.settle(here, noticeHere, a.board.Stay(ctx, here))
	}
}

// here returns who is connected.
func (a *Attendance) here() []uuid.UUID {
	a.mu.Lock()
	defer a.mu.Unlock()
	here := make([]uuid.UUID, 0, len(a.people))
	for user, p := range a.people {
		if p.connections > 0 {
			here = append(here, user)
		}
	}
	return here
}

func (a *Attendance) announce(ctx context.Context, people []uuid.UUID) {
	var events []Event
	for chunk := range slices.Chunk(people, presenceEventPeople) {
		events = append(events, PresenceChanged{UserIDs: chunk})
	}
	if len(events) > 0 {
		a.publisher.Publish(ctx, events)
	}
}

// save saves people as seen at a moment.
func (a *Attendance) save(ctx context.Context, people []uuid.UUID, at time.Time) {
	seen := make([]LastSeen, len(people))
	for i, user := range people {
		seen[i] = LastSeen{user, at}
	}
	a.saveAll(ctx, seen)
}

const lastSeenRows = 1000 // in one statement

func (a *Attendance) saveAll(ctx context.Context, seen []LastSeen) {
	for chunk := range slices.Chunk(seen, lastSeenRows) {
		bounded, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := a.store.SaveLastSeen(bounded, chunk)
		cancel()
		a.report(&a.storeAway, err)
		if err != nil {
			return
		}
	}
}

// end is the last round. Whoever is still here is about to come back elsewhere.
func (a *Attendance) end(ctx context.Context) {
	a.mu.Lock()
	people := slices.Collect(maps.Keys(a.people))
	seen, now := make([]LastSeen, 0, len(people)), time.Now()
	for user, p := range a.people {
		at := now
		if p.connections == 0 {
			at = p.leftAt
		}
		seen = append(seen, LastSeen{user, at})
	}
	a.mu.Unlock()
	if len(people) == 0 {
		return
	}
	a.report(&a.boardAway, a.board.Leave(ctx, people))
	a.saveAll(ctx, seen)
}

// report tells of the first failure of a row.
func (a *Attendance) report(away *bool, err error) {
	if err != nil && !*away && !errors.Is(err, context.Canceled) {
		a.failed(err)
	}
	*away = err != nil
}

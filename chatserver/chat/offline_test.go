package chat_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"uim.dev/uim/chatserver/chat"
)

// depot is the services of an OfflineQueue, in memory.
type depot struct {
	mu        sync.Mutex
	members   map[uuid.UUID][]uuid.UUID
	places    map[uuid.UUID]chat.Place // of everybody, by conversation
	here      map[uuid.UUID]bool
	elsewhere map[uuid.UUID]bool
	kept      map[uuid.UUID]chat.Waiting
	lookups   int // of members
	looks     int // of the board
	failing   error
	failures  int
}

func newDepot() *depot {
	return &depot{
		members: map[uuid.UUID][]uuid.UUID{room: {ann, bob, eve}}, places: map[uuid.UUID]chat.Place{room: {}},
		here: map[uuid.UUID]bool{}, elsewhere: map[uuid.UUID]bool{}, kept: map[uuid.UUID]chat.Waiting{},
	}
}

func (d *depot) look(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

func (d *depot) Add(_ context.Context, missed []chat.Missed) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, m := range missed {
		w := d.kept[m.UserID]
		if w.Newest == nil {
			w.Newest = map[uuid.UUID]int64{}
		}
		for _, message := range m.Messages {
			w.Newest[message.ConversationID] = max(w.Newest[message.ConversationID], message.Seq)
			w.Messages = append(w.Messages, message)
		}
		d.kept[m.UserID] = w
	}
	return d.failing
}

func (d *depot) Waiting(_ context.Context, user uuid.UUID) (chat.Waiting, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := d.kept[user]
	return chat.Waiting{Newest: maps.Clone(w.Newest), Messages: slices.Clone(w.Messages)}, d.failing
}

func (d *depot) Remove(_ context.Context, received []chat.Received) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range received {
		w := d.kept[r.UserID]
		for conversation, seq := range r.Through {
			w.Messages = slices.DeleteFunc(w.Messages, func(m chat.Message) bool { return m.ConversationID == conversation && m.Seq <= seq })
			if w.Newest[conversation] <= seq {
				delete(w.Newest, conversation)
			}
		}
		d.kept[r.UserID] = w
	}
	return d.failing
}

func (d *depot) MembersOf(_ context.Context, conversations []uuid.UUID, limit int) (map[uuid.UUID][]uuid.UUID, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lookups++
	found := map[uuid.UUID][]uuid.UUID{}
	for _, id := range conversations {
		found[id] = d.members[id][:min(limit, len(d.members[id]))]
	}
	return found, d.failing
}

func (d *depot) PlacesOf(_ context.Context, _ uuid.UUID, conversations []uuid.UUID) (map[uuid.UUID]chat.Place, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	found := map[uuid.UUID]chat.Place{}
	for _, id := range conversations {
		if p, ok := d.places[id]; ok {
			found[id] = p
		}
	}
	return found, d.failing
}

func (d *depot) Look(_ context.Context, people []uuid.UUID) ([]chat.Sighting, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looks++
	list := make([]chat.Sighting, len(people))
	for i, user := range people {
		list[i].Connected = d.elsewhere[user]
	}
	return list, d.failing
}

func (d *depot) isHere(user uuid.UUID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.here[user]
}

// seqs returns what is kept for a person of the room.
func (d *depot) seqs(user uuid.UUID) []int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return seqs(d.kept[user].Messages, room)
}

// asked reads a counter.
func (d *depot) asked(counter *int) (n int) { d.look(func() { n = *counter }); return n }

// line is an OfflineQueue at work.
type line struct {
	*depot
	*chat.OfflineQueue
	chat.Publisher
	published int
}

func openLine(t *testing.T, change ...func(*chat.OfflineConfig)) *line {
	t.Helper()
	l := &line{depot: newDepot()}
	config := chat.DefaultOfflineConfig
	for _, f := range change {
		f(&config)
	}
	l.OfflineQueue = chat.NewOfflineQueue(chat.OfflineServices{Store: l, Board: l, Members: l, Here: l.isHere}, config,
		func(error) { l.look(func() { l.failures++ }) })
	l.Publisher = l.Behind(publishFunc(func(events []chat.Event) { l.published += len(events) }))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); l.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return l
}

type publishFunc func([]chat.Event)

func (f publishFunc) Publish(_ context.Context, events []chat.Event) { f(events) }

// tell publishes messages of a sender in the room, and lets them be looked after.
func (l *line) tell(t *testing.T, sender uuid.UUID, seqs ...int64) {
	t.Helper()
	var events []chat.Event
	for _, seq := range seqs {
		events = append(events, chat.MessageSent{Message: chat.Message{ConversationID: room, Seq: seq, SenderID: sender}})
	}
	l.Publish(t.Context(), events)
	wait(gathered)
}

// backlog returns the seqs of the room that a person gets on connecting.
func (l *line) backlog(t *testing.T, user uuid.UUID) []int64 {
	t.Helper()
	batches, err := l.Backlog(t.Context(), user)
	if err != nil {
		t.Fatal(err)
	}
	var all []chat.Message
	for _, b := range batches {
		all = append(all, b...)
	}
	return seqs(all, room)
}

func TestOnlyWhoHasNoConnectionMisses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := openLine(t)
		l.look(func() { l.here[bob] = true })
		l.tell(t, ann, 1, 2) // ann sends over HTTP: she has no connection, and misses nothing
		l.look(func() { l.elsewhere[eve] = true })
		l.tell(t, ann, 3)
		if l.published != 3 || l.seqs(ann) != nil || l.seqs(bob) != nil || !slices.Equal(l.seqs(eve), span(1, 2)) {
			t.Errorf("%d published; kept for ann %v, bob %v, eve %v", l.published, l.seqs(ann), l.seqs(bob), l.seqs(eve))
		}
		if n := l.Counts(); n.Queued != 2 || n.Dropped != 0 {
			t.Errorf("counted %+v", n)
		}
	})
}

// While everybody is here nothing is asked of anybody but, once, for the members.
func TestWhileEverybodyIsHereNothingIsAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := openLine(t)
		l.look(func() { l.here[ann], l.here[bob], l.here[eve] = true, true, true })
		for seq := range int64(20) {
			l.tell(t, ann, seq+1)
		}
		if l.asked(&l.lookups) != 1 || l.asked(&l.looks) != 0 {
			t.Errorf("members were looked up %d times, the board %d times", l.asked(&l.lookups), l.asked(&l.looks))
		}
	})
}

func TestMembersAreLookedUpAgainAfterAChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := openLine(t)
		l.tell(t, ann, 1)
		l.look(func() { l.members[room] = []uuid.UUID{ann, bob} })
		l.tell(t, ann, 2)
		l.Forget(room)
		l.tell(t, ann, 3)
		if !slices.Equal(l.seqs(bob), span(1, 3)) || !slices.Equal(l.seqs(eve), span(1, 2)) {
			t.Errorf("kept for bob %v, eve %v", l.seqs(bob), l.seqs(eve))
		}
		wait(2 * time.Minute)
		l.tell(t, ann, 4)
		if l.asked(&l.lookups) != 3 {
			t.Errorf("looked up %d times", l.asked(&l.lookups))
		}
	})
}

func TestLargeConversationsAreLeftToSync(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := openLine(t, func(c *chat.OfflineConfig) { c.MaxMembers = 2 })
		l.tell(t, ann, 1)
		if l.seqs(bob) != nil || l.asked(&l.looks) != 0 {
			t.Errorf("kept %v", l.seqs(bob))
		}
	})
}

func TestMoreThanCanBeLookedAfterIsDropped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := openLine(t, func(c *chat.OfflineConfig) { c.QueueLength = 3 })
		l.tell(t, ann, span(1, 5)...)
		l.tell(t, ann, 6)
		if got := l.seqs(bob); !slices.Equal(got, []int64{1, 2, 3, 6}) || l.Counts().Dropped != 2 {
			t.Errorf("kept %v, counted %+v", got, l.Counts())
		}
		if got := l.backlog(t, bob); !slices.Equal(got, span(1, 3)) {
			t.Errorf("delivered %v across a gap", got)
		}
	})
}

func TestWhatCanNotBeKeptIsDroppedAndReportedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := openLine(t)
		l.look(func() { l.failing = errors.New("away") })
		l.tell(t, ann, 1)
		l.tell(t, ann, 2)
		if _, err := l.Backlog(t.Context(), bob); err == nil {
			t.Error("a backlog came from nowhere")
		}
		l.look(func() { l.failing = nil })
		l.tell(t, ann, 3)
		if l.asked(&l.failures) != 1 || l.Counts().Dropped != 2 {
			t.Errorf("%d reports, counted %+v", l.asked(&l.failures), l.Counts())
		}
		if got := l.backlog(t, bob); got != nil {
			t.Errorf("delivered %v without what came before", got)
		}
	})
}

func TestWhatWasPutByStaysUntilItIsReceived(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := openLine(t)
		l.tell(t, ann, 1, 2, 3)
		for range 2 { // the first connection may die before anything gets through
			if got := l.backlog(t, bob); !slices.Equal(got, span(1, 3)) {
				t.Fatalf("delivered %v", got)
			}
			wait(gathered)
		}
		moved := func(user uuid.UUID, seq int64) {
			l.Publish(t.Context(), []chat.Event{chat.CursorsMoved{ConversationID: room, UserID: user, DeliveredSeq: seq}})
			wait(gathered)
		}
		moved(bob, 2)
		if got := l.seqs(bob); !slices.Equal(got, span(3, 3)) {
			t.Errorf("kept %v", got)
		}
		moved(eve, 3) // who has not connected here
		moved(bob, 3)
		l.look(func() {
			if got := l.kept[bob]; len(got.Messages) != 0 || len(got.Newest) != 0 {
				t.Errorf("kept %+v", got)
			}
		})
		if got := l.seqs(eve); !slices.Equal(got, span(1, 3)) {
			t.Errorf("kept for eve %v", got)
		}
	})
}

// What is put by may be old: received by another way, or of a conversation that
// the person has left, or left and joined again. None of it is shown, all of it goes.
func TestWhatIsStaleIsNotDelivered(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		place  *chat.Place
		want   []int64
		remain []int64
	}{
		"nothing received":       {&chat.Place{}, span(1, 3), span(1, 3)},
		"some received":          {&chat.Place{DeliveredSeq: 2}, span(3, 3), span(3, 3)},
		"all received":           {&chat.Place{DeliveredSeq: 3}, nil, nil},
		"more received":          {&chat.Place{DeliveredSeq: 9}, nil, nil},
		"joined in the middle":   {&chat.Place{JoinedSeq: 1, DeliveredSeq: 1}, span(2, 3), span(2, 3)},
		"joined again afterward": {&chat.Place{JoinedSeq: 5, DeliveredSeq: 5}, nil, nil},
		"no member any more":     {nil, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := openLine(t)
				l.tell(t, ann, 1, 2, 3)
				l.look(func() {
					delete(l.places, room)
					if c.place != nil {
						l.places[room] = *c.place
					}
				})
				if got := l.backlog(t, bob); !slices.Equal(got, c.want) {
					t.Errorf("delivered %v, want %v", got, c.want)
				}
				wait(gathered)
				if got := l.seqs(bob); !slices.Equal(got, c.remain) {
					t.Errorf("kept %v, want %v", got, c.remain)
				}
			})
		})
	}
}

// Whatever was put by, in whatever order and however often, what is delivered
// follows on what was received, each message once and in order.
func TestABacklogFollowsOnWhatWasReceived(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		d := newDepot()
		q := chat.NewOfflineQueue(chat.OfflineServices{Store: d, Board: d, Members: d, Here: d.isHere}, chat.DefaultOfflineConfig, func(error) {})
		rooms := []uuid.UUID{numbered(1), numbered(2), numbered(3)}
		clear(d.places)
		for _, r := range rooms[:2] {
			joined := rapid.Int64Range(0, 3).Draw(rt, "joined")
			d.places[r] = chat.Place{JoinedSeq: joined, DeliveredSeq: joined + rapid.Int64Range(0, 3).Draw(rt, "received")}
		}
		for range rapid.IntRange(0, 20).Draw(rt, "messages") {
			m := chat.Message{ConversationID: rapid.SampledFrom(rooms).Draw(rt, "room"), Seq: rapid.Int64Range(1, 8).Draw(rt, "seq")}
			if err := d.Add(context.Background(), []chat.Missed{{UserID: bob, Messages: []chat.Message{m}}}); err != nil {
				rt.Fatal(err)
			}
		}
		batches, err := q.Backlog(context.Background(), bob)
		if err != nil {
			rt.Fatal(err)
		}
		for _, b := range batches {
			place, member := d.places[b[0].ConversationID]
			if !member {
				rt.Fatalf("delivered of a conversation that is not theirs: %v", b)
			}
			for i, m := range b {
				if m.ConversationID != b[0].ConversationID || m.Seq != place.DeliveredSeq+int64(i)+1 {
					rt.Fatalf("after %+v came %v", place, seqs(b, b[0].ConversationID))
				}
			}
		}
	})
}

// The way of a message must not feel the queue: its price on the publish path,
// while everybody is connected.
func BenchmarkPublishingBehindTheQueue(b *testing.B) {
	d := newDepot()
	d.here[ann], d.here[bob], d.here[eve] = true, true, true
	config := chat.DefaultOfflineConfig
	config.QueueLength, config.Gather = 1<<30, 10*time.Millisecond // so that none is dropped, which would cost less
	q := chat.NewOfflineQueue(chat.OfflineServices{Store: d, Board: d, Members: d, Here: d.isHere}, config, func(error) {})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); q.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	p := q.Behind(publishFunc(func([]chat.Event) {}))
	events := []chat.Event{chat.MessageSent{Message: chat.Message{ConversationID: room, Seq: 1, SenderID: ann, Content: "text"}}}
	b.ReportAllocs()
	for b.Loop() {
		p.Publish(ctx, events)
	}
}

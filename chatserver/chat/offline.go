package chat

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// OfflineStore keeps for a while what was sent to people without a connection.
// It may lose any of it at any time.
type OfflineStore interface {
	// Add puts by what people missed. Of a person who missed much it keeps only
	// that there is something, not the messages.
	Add(ctx context.Context, missed []Missed) error

	// Waiting returns what was put by for a person.
	Waiting(ctx context.Context, user uuid.UUID) (Waiting, error)

	// Remove drops what people have received.
	Remove(ctx context.Context, received []Received) error
}

// Missed is what was sent to a person without a connection.
type Missed struct {
	UserID   uuid.UUID
	Messages []Message
}

// Waiting is what was put by for a person.
type Waiting struct {
	Newest   map[uuid.UUID]int64 // the newest seq missed of each conversation
	Messages []Message           // in no order, maybe with repetitions, maybe none
}

// Received is how far a person has received conversations.
type Received struct {
	UserID  uuid.UUID
	Through map[uuid.UUID]int64
}

// MembershipStore knows who belongs to which conversation.
type MembershipStore interface {
	// MembersOf returns the members of conversations, of each at most max.
	MembersOf(ctx context.Context, conversations []uuid.UUID, max int) (map[uuid.UUID][]uuid.UUID, error)

	// PlacesOf returns a person's places in those of the conversations that they
	// are a member of.
	PlacesOf(ctx context.Context, user uuid.UUID, conversations []uuid.UUID) (map[uuid.UUID]Place, error)
}

// Place is what a member sees of a conversation, how far they have received it,
// and where it stood when that was so.
type Place struct{ JoinedSeq, DeliveredSeq, LastSeq int64 }

// OfflineConfig bounds an OfflineQueue.
type OfflineConfig struct {
	Gather      time.Duration // how long messages gather before their receivers are looked up
	QueueLength int           // messages that gather at most; beyond, they are dropped
	MaxMembers  int           // of a conversation; larger ones are left to sync
}

// DefaultOfflineConfig suits one node.
var DefaultOfflineConfig = OfflineConfig{Gather: 200 * time.Millisecond, QueueLength: 16_384, MaxMembers: 500}

// OfflineQueue puts by what is sent to people without a connection, so that it
// is there the moment they come back. It is off the way of a message: what is
// published is noted, and a worker looks later who missed it. Whatever it drops
// or loses sync brings, since the messages are in the store; so nothing here
// needs to be certain.
//
// Run does the work, from one goroutine; the other methods may be called from anywhere.
type OfflineQueue struct {
	store   OfflineStore
	board   PresenceReader
	here    func(user uuid.UUID) bool // connected to this node
	members *memberCache
	config  OfflineConfig
	failed  func(error)
	away    bool // the last round failed; Run's own

	queued, dropped, delivered atomic.Uint64

	mu       sync.Mutex
	sent     []Message              // since the last round
	spare    []Message              // for the next one
	owing    map[uuid.UUID]Received // people here with something put by, and how far it goes
	received map[uuid.UUID]Received // what they have received of it since the last round
}

// OfflineServices is what an OfflineQueue works with.
type OfflineServices struct {
	Store   OfflineStore
	Board   PresenceReader
	Members MembershipStore
	Here    func(user uuid.UUID) bool // whether somebody is connected to this node
}

// NewOfflineQueue returns an OfflineQueue that reports to failed what can't be done.
func NewOfflineQueue(services OfflineServices, config OfflineConfig, failed func(error)) *OfflineQueue {
	return &OfflineQueue{
		store: services.Store, board: services.Board, here: services.Here, config: config, failed: failed,
		members: newMemberCache(services.Members, config.MaxMembers),
		sent:    make([]Message, 0, 64), owing: map[uuid.UUID]Received{}, received: map[uuid.UUID]Received{},
	}
}

// OfflineCounts is what an OfflineQueue has done since its start, in messages
// (one for several people counts several times, but for Dropped).
type OfflineCounts struct{ Queued, Dropped, Delivered uint64 }

// Counts returns what was done so far.
func (q *OfflineQueue) Counts() OfflineCounts {
	return OfflineCounts{q.queued.Load(), q.dropped.Load(), q.delivered.Load()}
}

// Behind returns a Publisher that publishes with p and then notes the events here.
func (q *OfflineQueue) Behind(p Publisher) Publisher { return behind{p, q} }

type behind struct {
	Publisher
	queue *OfflineQueue
}

// Publish implements Publisher.
func (b behind) Publish(ctx context.Context, events []Event) {
	b.Publisher.Publish(ctx, events)
	b.queue.note(events)
}

// Forget makes the members of a conversation be looked up anew.
func (q *OfflineQueue) Forget(conversation uuid.UUID) { q.members.forget(conversation) }

// note remembers what was published. It does no I/O and takes no time.
func (q *OfflineQueue) note(events []Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, event := range events {
		switch e := event.(type) {
		case MessageSent:
			if len(q.sent) >= q.config.QueueLength {
				q.dropped.Add(1)
				continue
			}
			q.sent = append(q.sent, e.Message)
		case CursorsMoved:
			if owed, ok := q.owing[e.UserID]; ok {
				q.noteReceived(owed, e)
			}
		}
	}
}

// noteReceived takes note that somebody received what was put by for them.
func (q *OfflineQueue) noteReceived(owed Received, e CursorsMoved) {
	newest, ok := owed.Through[e.ConversationID]
	if !ok {
		return
	}
	r, ok := q.received[e.UserID]
	if !ok {
		r = Received{e.UserID, map[uuid.UUID]int64{}}
		q.received[e.UserID] = r
	}
	r.Through[e.ConversationID] = max(r.Through[e.ConversationID], e.DeliveredSeq)
	if e.DeliveredSeq >= newest {
		delete(owed.Through, e.ConversationID)
	}
	if len(owed.Through) == 0 {
		delete(q.owing, e.UserID)
	}
}

// Run puts by and removes until ctx ends, and the last of it then.
func (q *OfflineQueue) Run(ctx context.Context) {
	ticker := time.NewTicker(q.config.Gather)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			q.round(ctx)
		case <-ctx.Done():
			q.round(context.WithoutCancel(ctx))
			return
		}
	}
}

// offlineTimeout bounds a round.
const offlineTimeout = 5 * time.Second

func (q *OfflineQueue) round(ctx context.Context) {
	q.mu.Lock()
	sent, received := q.sent, q.received
	if len(sent) == 0 && len(received) == 0 {
		q.mu.Unlock()
		return
	}
	q.sent, q.received = q.spare[:0], map[uuid.UUID]Received{}
	q.mu.Unlock()

	ctx, cancel := context.WithTimeout(ctx, offlineTimeout)
	defer cancel()
	q.report(q.putBy(ctx, sent))
	if len(received) > 0 {
		list := make([]Received, 0, len(received))
		for _, r := range received {
			list = append(list, r)
		}
		q.report(q.store.Remove(ctx, list))
	}
	clear(sent) // lets the contents go
	q.mu.Lock()
	q.spare = sent
	q.mu.Unlock()
}

// report tells of the first failure of a row.
func (q *OfflineQueue) report(err error) {
	if err != nil && !q.away {
		q.failed(err)
	}
	q.away = err != nil
}

// putBy finds who missed messages and puts these by.
func (q *OfflineQueue) putBy(ctx context.Context, sent []Message) error {
	missed, err := q.missed(ctx, sent)
	if err != nil || len(missed) == 0 {
		if err != nil {
			q.dropped.Add(uint64(len(sent)))
		}
		return err
	}
	n := 0
	for _, m := range missed {
		n += len(m.Messages)
	}
	if err := q.store.Add(ctx, missed); err != nil {
		q.dropped.Add(uint64(len(sent)))
		return err
	}
	q.queued.Add(uint64(n))
	return nil
}

// missed returns what each member without a connection did not get. Who wrote a
// message has it. Messages are only looked at when somebody is away.
func (q *OfflineQueue) missed(ctx context.Context, sent []Message) ([]Missed, error) {
	absent, err := q.absent(ctx, sent)
	if err != nil || len(absent) == 0 {
		return nil, err
	}
	lacking := map[uuid.UUID][]Message{}
	var people []uuid.UUID
	for _, m := range sent {
		for _, user := range absent[m.ConversationID] {
			if m.SenderID == user {
				continue
			}
			if _, twice := lacking[user]; !twice {
				people = append(people, user)
			}
			lacking[user] = append(lacking[user], m)
		}
	}
	sightings, err := q.board.Look(ctx, people)
	if err != nil {
		return nil, err
	}
	var missed []Missed
	for i, user := range people {
		if !sightings[i].Connected {
			missed = append(missed, Missed{user, lacking[user]})
		}
	}
	return missed, nil
}

// absent returns, for each conversation of the messages, the members who are not
// connected to this node; only conversations that have some.
func (q *OfflineQueue) absent(ctx context.Context, sent []Message) (map[uuid.UUID][]uuid.UUID, error) {
	rooms := map[uuid.UUID]struct{}{}
	for _, m := range sent {
		rooms[m.ConversationID] = struct{}{}
	}
	members, err := q.members.of(ctx, rooms)
	if err != nil {
		return nil, err
	}
	absent := map[uuid.UUID][]uuid.UUID{}
	for room, people := range members {
		for _, user := range people {
			if !q.here(user) {
				absent[room] = append(absent[room], user)
			}
		}
	}
	return absent, nil
}

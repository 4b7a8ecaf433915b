package chat

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
)

// backlogTimeout bounds how long a connection's start may wait for a backlog.
const backlogTimeout = time.Second

// maxOwing bounds the people of whom a node remembers that something is put by
// for them. Of others it is removed when they connect again.
const maxOwing = 10_000

// Backlog returns what was put by for a person who has just connected: for each
// conversation messages in ascending seq that follow without a gap on what the
// person has received. What does not, what they have received by other ways, and
// what is not theirs to see any more is left out; sync brings what is missing.
// It stays put by until it is received.
func (q *OfflineQueue) Backlog(ctx context.Context, user uuid.UUID) ([][]Message, error) {
	ctx, cancel := context.WithTimeout(ctx, backlogTimeout)
	defer cancel()
	waiting, err := q.store.Waiting(ctx, user)
	if err != nil || len(waiting.Newest) == 0 {
		return nil, err
	}
	rooms := make([]uuid.UUID, 0, len(waiting.Newest))
	for room := range waiting.Newest {
		rooms = append(rooms, room)
	}
	places, err := q.members.store.PlacesOf(ctx, user, rooms)
	if err != nil {
		return nil, err
	}
	q.owe(user, waiting.Newest, places)
	batches := follow(waiting.Messages, places)
	for _, b := range batches {
		q.delivered.Add(uint64(len(b)))
	}
	return batches, nil
}

// owe remembers what is put by for a person who is here, so that it is removed
// when it is received; what is of no use any more is removed with the next round.
func (q *OfflineQueue) owe(user uuid.UUID, newest map[uuid.UUID]int64, places map[uuid.UUID]Place) {
	owed, done := Received{user, map[uuid.UUID]int64{}}, Received{user, map[uuid.UUID]int64{}}
	for room, seq := range newest {
		place, member := places[room]
		switch {
		case !member || place.JoinedSeq >= seq || place.DeliveredSeq >= seq:
			done.Through[room] = seq
		default:
			owed.Through[room] = seq
			if place.DeliveredSeq > 0 {
				done.Through[room] = place.DeliveredSeq
			}
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(done.Through) > 0 {
		q.received[user] = done
	}
	if len(q.owing) >= maxOwing {
		clear(q.owing)
	}
	if len(owed.Through) > 0 {
		q.owing[user] = owed
	}
}

// follow sorts messages by conversation and seq and keeps those that follow, one
// after the other, on what is received.
func follow(messages []Message, places map[uuid.UUID]Place) [][]Message {
	slices.SortFunc(messages, func(a, b Message) int {
		return cmp.Or(slices.Compare(a.ConversationID[:], b.ConversationID[:]), cmp.Compare(a.Seq, b.Seq))
	})
	var batches [][]Message
	for len(messages) > 0 {
		room := messages[0].ConversationID
		n := slices.IndexFunc(messages, func(m Message) bool { return m.ConversationID != room })
		if n < 0 {
			n = len(messages)
		}
		if place, member := places[room]; member {
			if b := run(messages[:n], max(place.JoinedSeq, place.DeliveredSeq)); len(b) > 0 {
				batches = append(batches, b)
			}
		}
		messages = messages[n:]
	}
	return batches
}

// run returns the messages last+1, last+2 … of a sorted list.
func run(messages []Message, last int64) []Message {
	var list []Message
	for _, m := range messages {
		switch {
		case m.Seq == last+1:
			list = append(list, m)
			last++
		case m.Seq > last+1:
			return list
		}
	}
	return list
}

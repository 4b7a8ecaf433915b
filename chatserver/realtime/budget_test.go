package realtime

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/chat"
)

// What a message may cost on its way through this package, in allocations. The
// numbers are what was measured; more is a regression, to be explained here or undone.
func TestBudgetsOfAMessage(t *testing.T) {
	m := message(place, 1)
	m.ClientMsgID, m.CreatedAt = uuid.New(), time.Now()
	m.Content = "a message of some length, as people write them"
	stored := chat.Stored{MessageID: m.ID, Seq: 1, CreatedAt: m.CreatedAt}
	frame := messageFrame(m)
	conn := &coalescer{Conn: &nowhere{}}
	events := make([]event, 64)
	for i := range events {
		events[i] = event{kind: eventMessage, subject: place, seq: 1, body: frame}
	}

	for name, budget := range map[string]struct {
		allocations float64
		run         func()
	}{
		"encoding it":                         {1, func() { messageFrame(m) }},
		"encoding its acknowledgement":        {2, func() { ackFrame("17", m.ConversationID, m.ClientMsgID, stored) }},
		"a bundle of 64 events for the bus":   {2, func() { bundle(place, events) }},
		"writing it to a socket":              {0, func() { _ = conn.writeFrame(websocket.TextMessage, frame); _ = conn.Flush() }},
		"handing it to 50 sessions of a room": {2, fanOut(50, frame)},
	} {
		if n := testing.AllocsPerRun(200, budget.run); n > budget.allocations {
			t.Errorf("%s takes %v allocations, %v are allowed", name, n, budget.allocations)
		}
	}
}

// fanOut returns a delivery of the next message to a room of n sessions that
// do not write.
func fanOut(n int, frame []byte) func() {
	r := newRoom(place)
	for i := range n {
		s := listener(id(byte(i)))
		s.out.queue = make([]*outgoing, 0, outboxFrames)
		r.admit(s, chat.Place{})
	}
	r.start(0)
	seq := int64(0)
	return func() {
		seq++
		r.message(pendingMessage{ref: messageRef{place, seq}, payload: frame})
		for _, s := range r.sessions {
			s.out.queue, s.out.bytes = s.out.queue[:0], 0
		}
	}
}

// nowhere is a socket that takes everything.
type nowhere struct{ sink }

func (*nowhere) Write(p []byte) (int, error) { return len(p), nil }

// deaf is a bus that nobody hears.
type deaf struct{}

func (deaf) Publish(context.Context, []BusMessage) error { return nil }

// BenchmarkFanOut hands a message to the sessions of its room.
func BenchmarkFanOut(b *testing.B) {
	frame := messageFrame(message(place, 1))
	for _, n := range []int{1, 50, 500} {
		b.Run(fmt.Sprintf("%d sessions", n), func(b *testing.B) {
			deliver := fanOut(n, frame)
			b.ReportAllocs()
			for b.Loop() {
				deliver()
			}
		})
	}
}

// BenchmarkPublish encodes a batch of messages and tells the bus.
func BenchmarkPublish(b *testing.B) {
	n := newNode(b, nil)
	n.bus = deaf{}
	events := make([]chat.Event, 64)
	for i := range events {
		events[i] = chat.MessageSent{Message: message(uuid.New(), 1)}
	}
	b.ReportAllocs()
	for b.Loop() {
		n.Publish(b.Context(), events)
	}
}

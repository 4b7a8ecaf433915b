package bench

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/uuid"
)

// receiptInterval is how long the web client gathers delivered receipts, and
// so do the talkers.
const receiptInterval = 250 * time.Millisecond

// talker is one person's connection in a conversation of two. One goroutine
// reads; whether it or another one writes is the scenario's choice.
type talker struct {
	socket       *socket
	conversation string
	text         []byte // of a message.send, with room for what differs
	receipt      []byte // beginning of a delivered frame
	key, number  int    // offsets in text of the client_msg_id and of the number

	acked, delivered atomic.Int64
	ackSeq, newSeq   int64 // of the last frame of each kind
	receiptAt        time.Time
}

// numberDigits is the width of the number that a message's content begins with.
const numberDigits = 12

func newTalker(s *socket, conversation uuid.UUID, size int) *talker {
	t := &talker{socket: s, conversation: conversation.String(), receiptAt: time.Now()}
	const blank = "00000000-0000-4000-8000-000000000000"
	begin := `{"type":"message.send","id":"1","data":{"conversation_id":"` + t.conversation + `","client_msg_id":"`
	middle := begin + blank + `","content":"`
	t.key, t.number = len(begin), len(middle)
	t.text = []byte(middle + strings.Repeat("0", numberDigits) + " " + strings.Repeat("x", max(1, size-numberDigits-1)) + `"}}`)
	t.receipt = []byte(`{"type":"delivered","data":{"conversation_id":"` + t.conversation + `","seq":`)
	return t
}

// send sends a message under a fresh client_msg_id. The number comes back in
// the receiver's frame.
func (t *talker) send(number int64) error {
	var id [16]byte
	for i := range 2 {
		r := rand.Uint64()
		for j := range 8 {
			id[8*i+j] = byte(r >> (8 * j))
		}
	}
	text := t.text[t.key:]
	hex.Encode(text[:8], id[:4])
	hex.Encode(text[9:13], id[4:6])
	hex.Encode(text[15:17], id[6:7])
	hex.Encode(text[24:36], id[8:14])
	digits := t.text[t.number : t.number+numberDigits]
	for i := numberDigits - 1; i >= 0; i-- {
		digits[i] = byte('0' + number%10)
		number /= 10
	}
	return t.socket.write(t.text)
}

// arrival is what a frame told.
type arrival int

const (
	otherFrame arrival = iota
	ackFrame
	newFrame
)

// receive reads one frame and checks that acknowledgements and messages each
// come in order, none twice.
func (t *talker) receive() (kind arrival, number int64, err error) {
	frame, err := t.socket.read()
	if err != nil {
		return 0, 0, err
	}
	switch {
	case isType(frame, "message.ack"):
		seq, _ := numberAfter(frame, `"seq":`)
		if seq <= t.ackSeq {
			return 0, 0, fmt.Errorf("acknowledgement %d after %d: %s", seq, t.ackSeq, frame)
		}
		t.ackSeq = seq
		t.acked.Add(1)
		return ackFrame, 0, nil
	case isType(frame, "message.new"):
		seq, _ := numberAfter(frame, `"seq":`)
		if seq <= t.newSeq {
			return 0, 0, fmt.Errorf("message %d after %d: %s", seq, t.newSeq, frame)
		}
		t.newSeq = seq
		t.delivered.Add(1)
		number, _ = numberAfter(frame, `"content":"`)
		return newFrame, number, nil
	case isType(frame, "error"):
		return 0, 0, errors.New("the server answered " + string(frame))
	default:
		return otherFrame, 0, nil
	}
}

// acknowledge sends a delivered receipt for what has come, as the web client
// does: at most one in receiptInterval.
func (t *talker) acknowledge(now time.Time) error {
	if now.Sub(t.receiptAt) < receiptInterval {
		return nil
	}
	t.receiptAt = now
	return t.socket.write(append(strconv.AppendInt(t.receipt, t.newSeq, 10), '}', '}'))
}

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, time.Minute.Microseconds(), 3)
}

// record notes a latency in microseconds.
func record(h *hdrhistogram.Histogram, d time.Duration) { _ = h.RecordValue(max(1, d.Microseconds())) }

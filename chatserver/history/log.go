package history

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Kind says what happened to a client.
type Kind string

// What a client writes down.
const (
	Began        Kind = "began"       // it follows a conversation after Seq; again, when it was let in again
	Sent         Kind = "sent"        // a message.send left, for the first time or again
	Acked        Kind = "acked"       // an acknowledgement came
	Refused      Kind = "refused"     // an error came instead
	TurnedAway   Kind = "turned_away" // a message was refused: its sender is no member; it is given up
	Applied      Kind = "applied"     // a message became the next one of what the client shows
	Dropped      Kind = "dropped"     // a message came that the client had
	Receipt      Kind = "receipt"     // how far another member is
	Removed      Kind = "removed"     // the client was told that it is no longer a member
	Connected    Kind = "connected"
	Disconnected Kind = "disconnected"
)

// Event is one line of a log. Which fields are set depends on its kind.
type Event struct {
	At           time.Duration `json:"at"` // since the log began
	Client       string        `json:"client"`
	User         uuid.UUID     `json:"user"`
	Kind         Kind          `json:"kind"`
	Conversation uuid.UUID     `json:"conversation,omitzero"`
	Seq          int64         `json:"seq,omitempty"`
	Message      uuid.UUID     `json:"message,omitzero"`
	ClientMsgID  uuid.UUID     `json:"client_msg_id,omitzero"`
	Sender       uuid.UUID     `json:"sender,omitzero"`   // of a message; whose receipt it is
	Content      string        `json:"content,omitempty"` // see Digest
	Duplicate    bool          `json:"duplicate,omitempty"`
	Delivered    int64         `json:"delivered,omitempty"`
	Read         int64         `json:"read,omitempty"`
	Detail       string        `json:"detail,omitempty"`
}

// Log is what several clients of one process write down, in the order in which
// it happened. It only grows. Any goroutine may use it.
type Log struct {
	begin time.Time

	mu     sync.Mutex
	events []Event
	file   *json.Encoder
	failed error // of writing to file
}

// NewLog returns an empty log; file, if not nil, gets a JSON line for each event.
func NewLog(file io.Writer) *Log {
	l := &Log{begin: time.Now()}
	if file != nil {
		l.file = json.NewEncoder(file)
	}
	return l
}

// add writes an event down. The moment counts from inside the lock, so that the
// order of the log and that of its times agree.
func (l *Log) add(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.At = time.Since(l.begin)
	l.events = append(l.events, e)
	if l.file != nil && l.failed == nil {
		l.failed = l.file.Encode(e)
	}
}

// Events returns what was written down so far. The caller must not change it.
func (l *Log) Events() []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clip(l.events)
}

// Err returns the error that ended writing to the file, if any.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}

// Digest stands for a content in logs and findings: a short one for itself, a
// long one for its beginning, its length and a hash.
func Digest(content string) string {
	const short, shown = 128, 48
	if len(content) <= short {
		return content
	}
	return fmt.Sprintf("%s… (%d bytes, %x)", content[:shown], len(content), sha256.Sum256([]byte(content)))
}

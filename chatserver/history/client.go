package history

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
)

// Options say how a client behaves.
type Options struct {
	Name string // of this device in the log
	Home int    // index of the node to begin with
	Log  *Log

	Window   int                          // sends under way in one conversation; 8 when zero
	HoldGap  time.Duration                // how long a gap may close by itself; 200 ms when zero
	Patience time.Duration                // how long a server may say nothing; 20 s when zero
	OnAck    func(conversation uuid.UUID) // called for each message's first acknowledgement, from Run
	OnReturn func(conversation uuid.UUID) // called when a conversation is followed again that had ended; may be nil
}

func (o Options) withDefaults() Options {
	if o.Window == 0 {
		o.Window = 8
	}
	if o.HoldGap == 0 {
		o.HoldGap = 200 * time.Millisecond
	}
	if o.Patience == 0 {
		o.Patience = 20 * time.Second
	}
	if o.Log == nil {
		o.Log = NewLog(nil)
	}
	return o
}

// Client is one device of a person, as the contract wants it: it applies the
// messages of the conversations it follows in the order of their seq, fetches
// what is missing, reports how far it is, reconnects with backoff and jitter,
// syncs then, and sends again, under the same client_msg_id, what was not
// acknowledged.
//
// Run owns the connection. The other methods may be called from anywhere.
type Client struct {
	account *Account
	options Options
	wake    chan struct{} // there is something new to send

	mu      sync.Mutex
	threads map[uuid.UUID]*thread
	order   []*thread // of following
	stats   Stats
}

// Stats tell how rough the way was.
type Stats struct {
	Connections int
	Acked       int // messages acknowledged
	Resent      int
	Duplicates  int // acknowledgements of messages that an earlier try had stored
	Refused     int // tries that the server did not take
	Applied     int
	Dropped     int // messages that came once more
	Fetched     int // messages that filled a gap
	Silence     time.Duration
	lastApplied time.Time
}

// thread is a conversation as the client knows it.
type thread struct {
	id        uuid.UUID
	last      int64 // everything up to here is applied
	early     map[int64]incoming
	gapSince  time.Time // when a message first had to wait; zero: none does
	behind    bool      // the server said that there is more
	pending   []*outgoing
	delivered int64 // reported on this connection
	reported  time.Time
	removed   bool
}

// incoming is a message that came, one way or the other.
type incoming struct {
	seq         int64
	id          uuid.UUID
	sender      uuid.UUID
	clientMsgID uuid.UUID // nil when the server did not tell
	content     string
}

// outgoing is a message of ours that is not acknowledged.
type outgoing struct {
	id      uuid.UUID
	content string
	due     time.Time // not before
	sent    bool      // on the connection of now
	tries   int
}

// NewClient returns a client that follows nothing yet.
func NewClient(account *Account, o Options) *Client {
	return &Client{account: account, options: o.withDefaults(), wake: make(chan struct{}, 1), threads: map[uuid.UUID]*thread{}}
}

// Follow begins to apply a conversation's messages after a seq. Conversations
// that are not followed are ignored.
func (c *Client) Follow(conversation uuid.UUID, seq int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &thread{id: conversation, last: seq, delivered: seq, early: map[int64]incoming{}}
	c.threads[conversation] = t
	c.order = append(c.order, t)
	c.note(Event{Kind: Began, Conversation: conversation, Seq: seq})
}

// Send puts a message into the outbox of a conversation that is followed.
func (c *Client) Send(conversation uuid.UUID, content string) {
	c.SendAt(conversation, content, time.Time{})
}

// SendAt is Send for a message that is written at a later time.
func (c *Client) SendAt(conversation uuid.UUID, content string, due time.Time) {
	c.mu.Lock()
	t := c.threads[conversation]
	t.pending = append(t.pending, &outgoing{id: uuid.New(), content: content, due: due})
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Last is the seq up to which the client has everything.
func (c *Client) Last(conversation uuid.UUID) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.threads[conversation].last
}

// Left reports whether the client was told that the conversation has ended for it.
func (c *Client) Left(conversation uuid.UUID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.threads[conversation].removed
}

// Pending is the number of messages not acknowledged in a conversation.
func (c *Client) Pending(conversation uuid.UUID) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.threads[conversation].pending)
}

// Stats returns what happened so far.
func (c *Client) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}

// Name is the device's name in the log.
func (c *Client) Name() string { return c.options.Name }

// note writes an event of this client down.
func (c *Client) note(e Event) {
	e.Client, e.User = c.options.Name, c.account.User.ID
	c.options.Log.add(e)
}

// fatalError ends a client; after any other error it reconnects.
type fatalError struct{ error }

func (e fatalError) Unwrap() error { return e.error }

// Run connects, again and again, until ctx ends or the server says something
// after which a client must not go on. The error of an ended ctx is nil.
func (c *Client) Run(ctx context.Context) error {
	for failures, node := 0, c.options.Home; ; failures++ {
		before := c.Stats().Applied
		pause, err := c.connection(ctx, c.account.server.URLs[node%len(c.account.server.URLs)])
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the caller has ended it
		}
		c.note(Event{Kind: Disconnected, Detail: fmt.Sprint(err)})
		if fatal, ok := errors.AsType[fatalError](err); ok {
			return fmt.Errorf("%s: %w", c.options.Name, fatal.error)
		}
		if c.Stats().Applied > before {
			failures = 0
		}
		node++ // as what stands before the nodes would choose
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(max(pause, backoff(failures))):
		}
	}
}

// backoff doubles from 100 ms to 3 s, and varies, so that not all come at once.
func backoff(failures int) time.Duration {
	longest := min(3*time.Second, 100*time.Millisecond<<min(failures, 5))
	return longest/2 + rand.N(longest/2)
}

// closed turns the end of a connection into an error that says what to do next.
func (c *Client) closed(err error) error {
	end, ok := errors.AsType[*websocket.CloseError](err)
	switch {
	case ok && end.Code == 4401:
		c.account.tokenRefused()
	case ok && end.Code >= 4500:
		return fatalError{err}
	}
	return err
}

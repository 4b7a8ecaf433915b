package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/wire"
)

// Frame is the envelope of the WebSocket in both directions.
type Frame struct {
	Type string          `json:"type"`
	ID   string          `json:"id,omitempty"`
	Re   string          `json:"re,omitempty"`
	Data json.RawMessage `json:"data,omitempty"`
}

// line is an open WebSocket. read is its only reader, the client's Run its only writer.
type line struct {
	node    string
	ws      *websocket.Conn
	frames  chan Frame
	ended   chan error    // gets one value
	signs   chan struct{} // of life
	slots   int           // sends that the server takes at a time
	flying  int           // of them, those not answered
	synced  bool
	leaving time.Duration // after session.closing: how long to stay away
	heard   time.Time
	asked   time.Time // when a ping left that nothing followed; zero: none did
	renewal time.Time // when a fresh token is to be shown; zero: never
}

const tickInterval = 20 * time.Millisecond

// connection is one connection from its opening to its end; pause is how long
// the server asked us to stay away.
func (c *Client) connection(ctx context.Context, node string) (pause time.Duration, err error) {
	token, err := c.account.token(ctx, node)
	if err != nil {
		return 0, err
	}
	ws, err := c.account.socket(ctx, node)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(ctx)
	l := &line{
		node: node, ws: ws, frames: make(chan Frame, 64), ended: make(chan error, 1), signs: make(chan struct{}, 1),
		slots: c.options.Window, heard: time.Now(),
	}
	read := make(chan struct{})
	go func() { defer close(read); l.read(ctx) }()
	defer func() { cancel(); _ = ws.Close(); <-read }()
	c.begin()
	if err := l.write("auth", "auth", wire.FrameAuth{Token: token, DeviceName: c.options.Name}); err != nil {
		return 0, err
	}
	return c.serve(ctx, l)
}

// begin forgets what was true of the connection before.
func (c *Client) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Connections++
	for _, t := range c.order {
		t.delivered = 0
		for _, m := range t.pending {
			m.sent = false
		}
	}
}

func (c *Client) serve(ctx context.Context, l *line) (pause time.Duration, err error) {
	tick := time.NewTicker(tickInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case err := <-l.ended:
			return l.leaving, c.closed(err)
		case f := <-l.frames:
			l.alive()
			if err := c.handle(ctx, l, f); err != nil {
				return l.leaving, err
			}
		case <-l.signs:
			l.alive()
		case <-c.wake:
		case <-tick.C:
			if err := c.tick(ctx, l); err != nil {
				return l.leaving, err
			}
		}
		// After session.closing nothing new is begun.
		if l.synced && l.leaving == 0 {
			if err := c.pump(l); err != nil {
				return 0, err
			}
		}
	}
}

// read hands on frames until the connection or ctx ends.
func (l *line) read(ctx context.Context) {
	answer := l.ws.PingHandler()
	l.ws.SetPingHandler(func(data string) error {
		select {
		case l.signs <- struct{}{}:
		default:
		}
		return answer(data)
	})
	for {
		var f Frame
		if err := l.ws.ReadJSON(&f); err != nil {
			l.ended <- err
			return
		}
		select {
		case l.frames <- f:
		case <-ctx.Done():
			return
		}
	}
}

func (l *line) alive() { l.heard, l.asked = time.Now(), time.Time{} }

func (l *line) write(kind, id string, data any) error {
	f := Frame{Type: kind, ID: id}
	if data != nil {
		raw, err := json.Marshal(data)
		if err != nil {
			return err
		}
		f.Data = raw
	}
	_ = l.ws.SetWriteDeadline(time.Now().Add(requestTimeout))
	return l.ws.WriteJSON(f)
}

// tick does what time asks for: fills gaps that did not close, reports how far
// we are, asks a silent server for a sign and leaves one that gives none, and
// renews the session.
func (c *Client) tick(ctx context.Context, l *line) error {
	silence := time.Since(l.heard)
	switch {
	case silence > c.options.Patience:
		return errors.New("the server says nothing any more")
	case silence > c.options.Patience/2 && l.asked.IsZero():
		l.asked = time.Now()
		if err := l.write("ping", "", nil); err != nil {
			return err
		}
	}
	if !l.synced {
		return nil
	}
	for _, t := range c.followed() {
		if err := c.fillGap(ctx, l, t); err != nil {
			return err
		}
		if err := c.report(l, t); err != nil {
			return err
		}
	}
	if !l.renewal.IsZero() && time.Now().After(l.renewal) {
		token, err := c.account.token(ctx, l.node)
		if err != nil {
			return err
		}
		l.renewal = c.account.tokenEnds()
		return l.write("auth", "renew", wire.FrameAuth{Token: token})
	}
	return nil
}

func (c *Client) followed() []*thread {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clip(c.order)
}

// fillGap fetches what a conversation lacks, if it had time to come by itself.
func (c *Client) fillGap(ctx context.Context, l *line, t *thread) error {
	c.mu.Lock()
	late := !t.removed && (t.behind || !t.gapSince.IsZero() && time.Since(t.gapSince) > c.options.HoldGap)
	after := t.last
	c.mu.Unlock()
	if !late {
		return nil
	}
	missing, err := c.account.messagesAfter(ctx, l.node, t.id, after)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Fetched += len(missing)
	t.behind = false
	if len(missing) > 0 && missing[0].Seq > t.last+1 { // we were out for a while, and did not learn of it
		c.restart(t, missing[0].Seq-1)
	}
	for _, m := range missing {
		c.take(t, fromMessage(m))
	}
	if len(t.early) > 0 { // the page ended before it
		t.gapSince = time.Now()
	}
	return nil
}

const reportInterval = 100 * time.Millisecond

// report moves our cursors, on each connection from the beginning: what an
// earlier one took may have been lost with its node. It reads half of what comes.
func (c *Client) report(l *line, t *thread) error {
	c.mu.Lock()
	last := t.last
	due := last > t.delivered && time.Since(t.reported) > reportInterval && !t.removed
	if due {
		t.delivered, t.reported = last, time.Now()
	}
	c.mu.Unlock()
	if !due {
		return nil
	}
	if err := l.write("delivered", "", wire.FrameCursor{ConversationID: t.id, Seq: last}); err != nil || last < 2 {
		return err
	}
	return l.write("read", "", wire.FrameCursor{ConversationID: t.id, Seq: last / 2})
}

// pump sends what is due, in order: a message that has to wait holds back those
// behind it.
func (c *Client) pump(l *line) error {
	c.mu.Lock()
	now := time.Now()
	var due []wire.FrameMessageSend
	for _, t := range c.order {
		for i, m := range t.pending {
			if i == c.options.Window || l.flying == l.slots || !m.sent && now.Before(m.due) {
				break
			}
			if m.sent {
				continue
			}
			m.sent = true
			m.tries++
			l.flying++
			if m.tries > 1 {
				c.stats.Resent++
			}
			c.note(Event{Kind: Sent, Conversation: t.id, ClientMsgID: m.id, Sender: c.account.User.ID, Content: Digest(m.content)})
			due = append(due, wire.FrameMessageSend{ConversationID: t.id, ClientMsgID: m.id, Content: m.content})
		}
	}
	c.mu.Unlock()
	for _, send := range due {
		if err := l.write("message.send", send.ClientMsgID.String(), send); err != nil {
			return err
		}
	}
	return nil
}

// sync asks for what we lack.
func (c *Client) sync(l *line, cursor string) error {
	c.mu.Lock()
	var known []wire.KnownConversation
	for _, t := range c.order {
		if !t.removed && len(known) < 200 {
			known = append(known, wire.KnownConversation{ConversationID: t.id, Seq: t.last})
		}
	}
	c.mu.Unlock()
	return l.write("sync", uuid.NewString(), wire.SyncRequest{Known: known, Cursor: cursor})
}

func data[T any](f Frame) (T, error) {
	var v T
	if err := json.Unmarshal(f.Data, &v); err != nil {
		return v, fatalError{fmt.Errorf("the frame %s has data %s: %w", f.Type, f.Data, err)}
	}
	return v, nil
}

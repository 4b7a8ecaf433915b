package history

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

// handle does what a frame asks for. Unknown types are ignored, as the contract
// demands.
func (c *Client) handle(ctx context.Context, l *line, f Frame) error {
	switch f.Type {
	case "hello":
		return c.hello(l, f)
	case "sync.page":
		return c.synced(ctx, l, f)
	case "message.new":
		m, err := data[wire.Message](f)
		if err == nil {
			c.apply(m.ConversationID, m)
		}
		return err
	case "messages":
		batch, err := data[wire.FrameMessages](f)
		if err == nil {
			c.apply(batch.ConversationID, batch.Messages...)
		}
		return err
	case "message.ack":
		ack, err := data[wire.MessageAck](f)
		if err == nil && c.confirm(l, ack) && c.options.OnAck != nil {
			c.options.OnAck(ack.ConversationID)
		}
		return err
	case "receipt":
		r, err := data[wire.FrameReceipt](f)
		if err == nil {
			c.note(Event{Kind: Receipt, Conversation: r.ConversationID, Sender: r.UserID, Delivered: r.DeliveredSeq, Read: r.ReadSeq})
		}
		return err
	case "conversation.updated":
		view, err := data[wire.Conversation](f)
		if err == nil {
			err = c.shown(ctx, l, view)
		}
		return err
	case "conversation.removed":
		r, err := data[wire.FrameConversationRemoved](f)
		if err == nil {
			c.leave(r.ConversationID)
		}
		return err
	case "session.closing":
		closing, err := data[wire.FrameSessionClosing](f)
		l.leaving = max(time.Millisecond, time.Duration(closing.ReconnectAfterMs)*time.Millisecond)
		return err
	case "error":
		return c.refused(l, f)
	}
	return nil
}

func (c *Client) hello(l *line, f Frame) error {
	h, err := data[wire.FrameHello](f)
	if err != nil {
		return err
	}
	l.renewal = c.account.tokenEnds()
	if f.Re == "renew" {
		return nil
	}
	if h.Limits.SendsInFlight > 0 {
		l.slots = h.Limits.SendsInFlight
	}
	c.note(Event{Kind: Connected, Detail: l.node})
	return c.sync(l, "")
}

func (c *Client) synced(ctx context.Context, l *line, f Frame) error {
	page, err := data[wire.SyncPage](f)
	if err != nil {
		return err
	}
	for _, m := range page.Messages {
		c.apply(m.ConversationID, m)
	}
	for _, view := range page.Conversations { // of messages the page holds only the newest
		if err := c.shown(ctx, l, view); err != nil {
			return err
		}
	}
	for _, id := range page.RemovedIds {
		c.leave(id)
	}
	if page.HasMore {
		return c.sync(l, page.Cursor)
	}
	l.synced = true
	return nil
}

func fromMessage(m wire.Message) incoming {
	in := incoming{seq: m.Seq, id: m.ID, content: m.Content}
	if m.SenderID != nil {
		in.sender = *m.SenderID
	}
	if m.ClientMsgID != nil {
		in.clientMsgID = *m.ClientMsgID
	}
	return in
}

func (c *Client) apply(conversation uuid.UUID, messages ...wire.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.threads[conversation]
	if t == nil {
		return
	}
	for _, m := range messages {
		if t.removed { // what follows when we are in it again is fetched
			c.stats.Dropped++
			c.note(fromMessage(m).event(Dropped, t.id))
			continue
		}
		c.take(t, fromMessage(m))
	}
}

// take applies the next message and those that waited for it, drops what is
// known, and keeps what is early. c.mu is held.
func (c *Client) take(t *thread, m incoming) {
	switch {
	case m.seq <= t.last:
		c.stats.Dropped++
		c.note(m.event(Dropped, t.id))
		return
	case m.seq > t.last+1:
		t.early[m.seq] = m
		if t.gapSince.IsZero() {
			t.gapSince = time.Now()
		}
		return
	}
	for ok := true; ok; m, ok = t.early[t.last+1] {
		delete(t.early, m.seq)
		t.last = m.seq
		c.stats.Applied++
		now := time.Now()
		if !c.stats.lastApplied.IsZero() {
			c.stats.Silence = max(c.stats.Silence, now.Sub(c.stats.lastApplied))
		}
		c.stats.lastApplied = now
		c.note(m.event(Applied, t.id))
	}
	for seq, early := range t.early { // fetched meanwhile
		if seq <= t.last {
			delete(t.early, seq)
			c.stats.Dropped++
			c.note(early.event(Dropped, t.id))
		}
	}
	if len(t.early) == 0 {
		t.gapSince = time.Time{}
	}
}

func (m incoming) event(kind Kind, conversation uuid.UUID) Event {
	return Event{
		Kind: kind, Conversation: conversation, Seq: m.seq, Message: m.id, Sender: m.sender, ClientMsgID: m.clientMsgID, Content: Digest(m.content),
	}
}

// confirm notes an acknowledgement. It also stands for our own message, which
// the server tells only to everyone else. It reports whether it was the first
// one of its message.
func (c *Client) confirm(l *line, ack wire.MessageAck) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(Event{
		Kind: Acked, Conversation: ack.ConversationID, Seq: ack.Seq, Message: ack.MessageID, ClientMsgID: ack.ClientMsgID, Duplicate: ack.Duplicate,
	})
	l.flying = max(0, l.flying-1)
	t := c.threads[ack.ConversationID]
	if t == nil {
		return false
	}
	i := slices.IndexFunc(t.pending, func(m *outgoing) bool { return m.id == ack.ClientMsgID })
	if i < 0 {
		return false // the checker judges
	}
	m := t.pending[i]
	t.pending = slices.Delete(t.pending, i, i+1)
	c.stats.Acked++
	if ack.Duplicate {
		c.stats.Duplicates++
	}
	c.take(t, incoming{seq: ack.Seq, id: ack.MessageID, sender: c.account.User.ID, clientMsgID: m.id, content: m.content})
	return true
}

// refused puts a message back that the server did not take now.
func (c *Client) refused(l *line, f Frame) error {
	refusal, err := data[wire.FrameError](f)
	if err != nil {
		return err
	}
	said := fmt.Errorf("%s: %s", refusal.Code, refusal.Detail)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(Event{Kind: Refused, Detail: said.Error()})
	if refusal.Code == "token_expired" {
		c.account.tokenRefused()
		return said
	}
	t, m := c.refusedMessage(f.Re)
	switch {
	case refusal.Code == "not_found": // we were taken out meanwhile; the checker judges
		l.flying = max(0, l.flying-1)
		if m != nil {
			t.pending = slices.DeleteFunc(t.pending, func(x *outgoing) bool { return x == m })
			c.note(Event{Kind: TurnedAway, Conversation: t.id, ClientMsgID: m.id})
		}
		return nil
	case !refusal.Retryable:
		return fatalError{said}
	case m == nil:
		return said // it was about auth or sync: begin anew
	}
	c.stats.Refused++
	l.flying = max(0, l.flying-1)
	m.sent = false
	m.due = time.Now().Add(max(50*time.Millisecond, time.Duration(refusal.RetryAfterMs)*time.Millisecond))
	return nil
}

// refusedMessage finds what an error answers; nil: no message that waits. c.mu is held.
func (c *Client) refusedMessage(re string) (*thread, *outgoing) {
	for _, t := range c.order {
		for _, m := range t.pending {
			if m.id.String() == re {
				return t, m
			}
		}
	}
	return nil, nil
}

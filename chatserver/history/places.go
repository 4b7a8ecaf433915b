package history

import (
	"context"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

// shown takes a conversation as the server shows it: it fetches what is missing
// of it, and follows it again if it had ended for us.
func (c *Client) shown(ctx context.Context, l *line, view wire.Conversation) error {
	c.mu.Lock()
	t := c.threads[view.ID]
	returns := t != nil && t.removed
	if t != nil {
		t.behind = t.last < view.LastSeq
	}
	c.mu.Unlock()
	switch {
	case t == nil:
		return nil
	case !returns:
		return c.fillGap(ctx, l, t)
	}
	messages, err := c.account.messagesAfter(ctx, l.node, t.id, 0) // as far back as we may see
	if err != nil || len(messages) == 0 {
		return err
	}
	c.mu.Lock()
	c.restart(t, messages[0].Seq-1)
	for _, m := range messages {
		c.take(t, fromMessage(m))
	}
	c.mu.Unlock()
	if c.options.OnReturn != nil {
		c.options.OnReturn(t.id)
	}
	return nil
}

// restart follows a conversation from another place on. c.mu is held.
func (c *Client) restart(t *thread, seq int64) {
	t.last, t.delivered, t.removed, t.behind = seq, 0, false, false
	for early := range t.early {
		if early <= seq {
			delete(t.early, early)
		}
	}
	if len(t.early) == 0 {
		t.gapSince = time.Time{}
	}
	c.note(Event{Kind: Began, Conversation: t.id, Seq: seq})
}

// leave stops following a conversation that we are no longer in.
func (c *Client) leave(conversation uuid.UUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.threads[conversation]; t != nil && !t.removed {
		t.removed, t.behind, t.pending, t.early, t.gapSince = true, false, nil, map[int64]incoming{}, time.Time{}
		c.note(Event{Kind: Removed, Conversation: conversation, Seq: t.last})
	}
}

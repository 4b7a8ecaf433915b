package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/wire"
)

// silentAfter is how long a server may say nothing, pings included, before it
// counts as dead.
const silentAfter = 90 * time.Second

// frame is the envelope of the WebSocket in both directions.
type frame struct {
	Type string          `json:"type"`
	ID   string          `json:"id,omitempty"`
	Re   string          `json:"re,omitempty"`
	Data json.RawMessage `json:"data,omitempty"`
}

// line is an open WebSocket. read is its only reader; write is for one
// goroutine.
type line struct {
	ws     *websocket.Conn
	frames chan frame
	ended  chan error // gets one value
}

// read hands on frames until the connection or ctx ends.
func (l *line) read(ctx context.Context) {
	answer := l.ws.PingHandler()
	l.ws.SetPingHandler(func(data string) error {
		_ = l.ws.SetReadDeadline(time.Now().Add(silentAfter))
		return answer(data)
	})
	for {
		_ = l.ws.SetReadDeadline(time.Now().Add(silentAfter))
		var f frame
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

func (l *line) write(kind, id string, data any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	_ = l.ws.SetWriteDeadline(time.Now().Add(10 * time.Second))
	return l.ws.WriteJSON(frame{Type: kind, ID: id, Data: raw})
}

// handle does what a frame asks for. Unknown types are ignored, as the contract
// demands.
func (p *person) handle(ctx context.Context, l *line, f frame, synced *bool, pause *time.Duration) error {
	switch f.Type {
	case "hello":
		return p.sync(l, "")
	case "sync.page":
		return p.synced(ctx, l, f, synced)
	case "message.new":
		m, err := data[wire.Message](f)
		if err != nil {
			return err
		}
		return p.apply(ctx, []wire.Message{m})
	case "messages":
		batch, err := data[wire.FrameMessages](f)
		if err != nil {
			return err
		}
		return p.apply(ctx, batch.Messages)
	case "message.ack":
		ack, err := data[wire.MessageAck](f)
		if err != nil {
			return err
		}
		return p.confirm(ctx, ack)
	case "session.closing":
		closing, err := data[wire.FrameSessionClosing](f)
		*pause = max(time.Millisecond, time.Duration(closing.ReconnectAfterMs)*time.Millisecond)
		return err
	case "error":
		return p.refused(f)
	}
	return nil
}

func data[T any](f frame) (T, error) {
	var v T
	if err := json.Unmarshal(f.Data, &v); err != nil {
		return v, fatalError{fmt.Errorf("%s: %w", f.Type, err)}
	}
	return v, nil
}

func (p *person) sync(l *line, cursor string) error {
	known := []wire.KnownConversation{{ConversationID: p.conversation, Seq: p.last()}}
	return l.write("sync", uuid.NewString(), wire.SyncRequest{Known: known, Cursor: cursor})
}

func (p *person) synced(ctx context.Context, l *line, f frame, done *bool) error {
	page, err := data[wire.SyncPage](f)
	if err != nil {
		return err
	}
	if err := p.apply(ctx, page.Messages); err != nil {
		return err
	}
	if page.HasMore {
		return p.sync(l, page.Cursor)
	}
	*done = true
	return nil
}

// apply takes the next seq, drops what is known, and fetches what is missing.
func (p *person) apply(ctx context.Context, messages []wire.Message) error {
	for _, m := range messages {
		if m.ConversationID != p.conversation {
			continue
		}
		if m.Seq > p.last()+1 {
			missing, err := p.account.messagesAfter(ctx, p.conversation, p.last())
			if err != nil {
				return err
			}
			p.stats.fetched += len(missing)
			p.received = append(p.received, missing...)
		}
		switch {
		case m.Seq == p.last()+1:
			p.received = append(p.received, m)
		case m.Seq <= p.base:
		case p.received[m.Seq-p.base-1].ID != m.ID:
			return fatalError{fmt.Errorf("seq %d is two different messages", m.Seq)}
		default:
			p.stats.ignored++
		}
	}
	return nil
}

// confirm notes an ack. It also stands for our own message, which the server
// tells only to everyone else.
func (p *person) confirm(ctx context.Context, ack wire.MessageAck) error {
	i := slices.IndexFunc(p.outbox, func(m *outgoing) bool { return m.id == ack.ClientMsgID })
	if i < 0 {
		return fatalError{fmt.Errorf("an ack of a message that was never sent: %s", ack.ClientMsgID)}
	}
	m := p.outbox[i]
	if m.seq != 0 && m.seq != ack.Seq {
		return fatalError{fmt.Errorf("%q was acknowledged as seq %d and as %d", m.content, m.seq, ack.Seq)}
	}
	if ack.Duplicate {
		p.stats.duplicates++
	}
	if m.seq == 0 && p.onAck != nil {
		p.onAck()
	}
	m.seq = ack.Seq
	if ack.Seq <= p.last() {
		return nil // it came another way
	}
	sender := p.account.user.ID
	return p.apply(ctx, []wire.Message{{
		ID: ack.MessageID, ConversationID: p.conversation, Seq: ack.Seq, SenderID: &sender,
		ClientMsgID: &m.id, Content: m.content, CreatedAt: ack.CreatedAt,
	}})
}

// refused puts a message back that the server did not take now.
func (p *person) refused(f frame) error {
	refusal, err := data[wire.FrameError](f)
	if err != nil {
		return err
	}
	if !refusal.Retryable {
		return fatalError{fmt.Errorf("%s: %s", refusal.Code, refusal.Detail)}
	}
	for _, m := range p.outbox {
		if m.id.String() == f.Re {
			m.sent = false
			m.due = time.Now().Add(time.Duration(refusal.RetryAfterMs) * time.Millisecond)
			return nil
		}
	}
	// It was about auth or sync: begin anew.
	return fmt.Errorf("%s: %s", refusal.Code, refusal.Detail)
}

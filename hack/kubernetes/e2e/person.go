package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/wire"
)

// window is how many sends a person has under way; the server allows 16.
const window = 8

// person is a client that follows the contract's rules: it applies messages in
// the order of their seq, fetches what is missing, reconnects with backoff, and
// sends again, under the same client_msg_id, what was not acknowledged.
//
// One goroutine, that of chat, owns it; others may look when chat has returned.
type person struct {
	account      *account
	conversation uuid.UUID
	base         int64 // the conversation's last seq before anything was sent
	received     []wire.Message
	outbox       []*outgoing
	onAck        func()
	kept         int             // messages from this one on are written only …
	broken       <-chan struct{} // … when this is closed
	stats        stats
}

// outgoing is a message of ours. It stays in the outbox after its ack, for the
// checks.
type outgoing struct {
	id      uuid.UUID
	content string
	due     time.Time // when the person writes it, or may try it again
	sent    bool      // on the connection of now
	tries   int
	seq     int64 // 0 until it is acknowledged
}

// stats tell how rough the way was.
type stats struct {
	connections int
	resent      int
	duplicates  int // acks of messages that an earlier try had stored
	ignored     int // messages that came once more
	fetched     int // messages that filled a gap
	silence     time.Duration
}

// fatalError ends a person; after any other error it reconnects.
type fatalError struct{ error }

func (e fatalError) Unwrap() error { return e.error }

// last is the seq up to which this person has everything.
func (p *person) last() int64 { return p.base + int64(len(p.received)) }

// chat sends the outbox and receives until everything of ours is acknowledged
// and there are messages up to the seq until.
func (p *person) chat(ctx context.Context, until int64) error {
	quiet := time.Now()
	for failures := 0; ; failures++ {
		before := len(p.received)
		pause, err := p.connection(ctx, until, &quiet)
		var fatal fatalError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &fatal):
			return fmt.Errorf("%s: %w", p.account.user.Username, err)
		case len(p.received) > before:
			failures = 0
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: has %d of %d messages, %d of %d acknowledged: %w", p.account.user.Username,
				p.last()-p.base, until-p.base, p.acknowledged(), len(p.outbox), errors.Join(ctx.Err(), err))
		case <-time.After(max(pause, backoff(failures))):
		}
	}
}

// backoff doubles from 100 ms to 3 s, and varies, so that not all come at once.
func backoff(failures int) time.Duration {
	longest := min(3*time.Second, 100*time.Millisecond<<min(failures, 5))
	return longest/2 + rand.N(longest/2)
}

// connection is one connection from its opening to its end. Without an error
// all is done; otherwise the pause is what the server asked for.
func (p *person) connection(ctx context.Context, until int64, quiet *time.Time) (pause time.Duration, err error) {
	ws, err := p.account.socket(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = ws.Close() }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // frees a reader that has a frame nobody takes
	p.stats.connections++
	for _, m := range p.outbox {
		m.sent = false
	}
	l := &line{ws: ws, frames: make(chan frame, window), ended: make(chan error, 1)}
	go l.read(ctx)
	if err := l.write("auth", "", wire.FrameAuth{Token: p.account.token, DeviceName: "e2e"}); err != nil {
		return 0, err
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	synced := false
	for {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case err := <-l.ended:
			return pause, closed(err)
		case f := <-l.frames:
			before := len(p.received)
			if err := p.handle(ctx, l, f, &synced, &pause); err != nil {
				return pause, err
			}
			if len(p.received) > before {
				p.stats.silence = max(p.stats.silence, time.Since(*quiet))
				*quiet = time.Now()
			}
		case <-tick.C:
			// After session.closing nothing new is begun.
			if synced && pause == 0 {
				if err := p.pump(l); err != nil {
					return 0, err
				}
			}
		}
		if p.last() >= until && p.acknowledged() == len(p.outbox) {
			return 0, nil
		}
	}
}

// closed turns the end of a connection into an error that says what to do next.
func closed(err error) error {
	var end *websocket.CloseError
	if errors.As(err, &end) && end.Code >= 4500 {
		return fatalError{err}
	}
	return err
}

// pump sends what is due, in order: a message that has to wait holds back those
// behind it.
func (p *person) pump(l *line) error {
	waiting := 0
	for i, m := range p.outbox {
		switch {
		case m.seq != 0:
			continue
		case waiting == window || time.Now().Before(m.due) || i >= p.kept && !p.isBroken():
			return nil
		}
		waiting++
		if m.sent {
			continue
		}
		m.sent = true
		m.tries++
		if m.tries > 1 {
			p.stats.resent++
		}
		send := wire.FrameMessageSend{ConversationID: p.conversation, ClientMsgID: m.id, Content: m.content}
		if err := l.write("message.send", m.id.String(), send); err != nil {
			return err
		}
	}
	return nil
}

func (p *person) isBroken() bool {
	select {
	case <-p.broken:
		return true
	default:
		return false
	}
}

func (p *person) acknowledged() int {
	n := 0
	for _, m := range p.outbox {
		if m.seq != 0 {
			n++
		}
	}
	return n
}

// write puts messages into the outbox, to be written at an even pace from now.
func (p *person) write(count int, interval time.Duration) {
	start := time.Now()
	for i := range count {
		p.outbox = append(p.outbox, &outgoing{
			id:      uuid.New(),
			content: fmt.Sprintf("%s %d", p.account.user.Username, i+1),
			due:     start.Add(time.Duration(i) * interval),
		})
	}
}

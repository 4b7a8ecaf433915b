package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"uim.dev/uim/chatserver/history"
	"uim.dev/uim/chatserver/wire"
)

// people are two people and their conversation.
type people struct {
	accounts     []*history.Account
	conversation wire.Conversation
}

// meet signs both people in and opens their conversation.
func meet(ctx context.Context, o options) (people, error) {
	var p people
	for _, name := range o.users {
		a, err := history.SignIn(ctx, o.server, name, o.password)
		if err != nil {
			return p, fmt.Errorf("signing in as %s: %w", name, err)
		}
		p.accounts = append(p.accounts, a)
	}
	var err error
	p.conversation, err = p.accounts[0].OpenDirect(ctx, p.accounts[1].User.ID)
	return p, err
}

// exchange has both people send at a steady pace while something is broken, and
// checks the outcome. It begins to break when half of the messages are
// acknowledged, and goes on sending until that is over, or all are sent. It answers
// how many that were.
func exchange(ctx context.Context, o options) (sent int, err error) {
	p, err := meet(ctx, o)
	if err != nil {
		return sent, err
	}
	id, log := p.conversation.ID, history.NewLog(nil)
	var acknowledged atomic.Int64
	half := make(chan struct{})
	var clients []*history.Client
	for _, a := range p.accounts {
		c := history.NewClient(a, history.Options{Name: a.User.Username, Log: log, OnAck: func(uuid.UUID) {
			if acknowledged.Add(1) == int64(o.messages/2) {
				close(half)
			}
		}})
		c.Follow(id, p.conversation.LastSeq)
		clients = append(clients, c)
	}
	started := time.Now()
	sent, err = converse(ctx, o, clients, p.conversation, half)
	if err != nil {
		return sent, err
	}
	report(clients, sent, time.Since(started))
	if err := o.cuts.check(clients); err != nil {
		return sent, err
	}
	stored, err := p.accounts[0].Stored(ctx, id)
	if err != nil {
		return sent, err
	}
	h := history.History{Events: log.Events(), Stored: map[uuid.UUID]history.Stored{id: stored}}
	return sent, verdict(append(h.Check(), h.OrderOfWriting()...))
}

// converse lets both write, runs the break when half is closed, and returns, with
// the number of messages, when everyone has everything.
func converse(ctx context.Context, o options, clients []*history.Client, c wire.Conversation, half <-chan struct{}) (sent int, err error) {
	ctx, done := context.WithCancel(ctx)
	defer done()
	group, ctx := errgroup.WithContext(ctx)
	var broken, written sync.WaitGroup
	broken.Add(1)
	over := make(chan struct{})
	counts := make([]int, len(clients))
	run := uuid.NewString()[:8]
	for i, client := range clients {
		group.Go(func() error { return client.Run(ctx) })
		written.Add(1)
		group.Go(func() error {
			defer written.Done()
			counts[i] = write(ctx, o, client, c.ID, run, over)
			return nil
		})
	}
	group.Go(func() error {
		defer broken.Done()
		defer close(over)
		return breakWhen(ctx, half, o.breaking)
	})
	group.Go(func() error {
		defer done()
		written.Wait()
		broken.Wait()
		for _, n := range counts {
			sent += n
		}
		return settle(ctx, clients, c.ID, c.LastSeq+int64(sent))
	})
	err = group.Wait()
	return sent, err
}

// unacknowledged is how many messages of one person may wait for better times;
// a server that is away for long is not met by a flood.
const unacknowledged = 100

// write sends one person's share of the messages, and more until the break is
// over; it returns how many they were.
func write(ctx context.Context, o options, client *history.Client, conversation uuid.UUID, run string, over <-chan struct{}) (sent int) {
	tick := time.NewTicker(o.interval)
	defer tick.Stop()
	share := o.messages / len(o.users)
	for {
		select {
		case <-ctx.Done():
			return sent
		case <-tick.C:
		}
		if sent >= share {
			select {
			case <-over:
				return sent
			default:
			}
		}
		if client.Pending(conversation) < unacknowledged {
			sent++
			client.Send(conversation, fmt.Sprintf("%s %s %d", client.Name(), run, sent))
		}
	}
}

// settle waits until everything is acknowledged and shown to both.
func settle(ctx context.Context, clients []*history.Client, id uuid.UUID, until int64) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for _, c := range clients {
		for c.Pending(id) > 0 || c.Last(id) < until {
			select {
			case <-ctx.Done():
				return fmt.Errorf("%s lacks %d messages, and %d acknowledgements: %w", c.Name(), until-c.Last(id), c.Pending(id), ctx.Err())
			case <-tick.C:
			}
		}
	}
	return nil
}

// breakWhen runs a command, if there is one, as soon as when is closed.
func breakWhen(ctx context.Context, when <-chan struct{}, command string) error {
	if command == "" {
		return nil
	}
	select {
	case <-ctx.Done():
		return nil // the others say why
	case <-when:
	}
	c := exec.CommandContext(ctx, "sh", "-c", command) //nolint:gosec // what the caller asks for
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("breaking: %w", err)
	}
	return nil
}

func report(clients []*history.Client, messages int, took time.Duration) {
	fmt.Printf("%d messages in %.1f s\n", messages, took.Seconds())
	for _, c := range clients {
		s := c.Stats()
		fmt.Printf("%s: %d connections, %d sent again (%d of them had been stored), %d came twice, %d fetched, longest silence %d ms\n",
			c.Name(), s.Connections, s.Resent, s.Duplicates, s.Dropped, s.Fetched, s.Silence.Milliseconds())
	}
}

// verdict turns findings into an error.
func verdict(found []history.Finding) error {
	if len(found) == 0 {
		return nil
	}
	var lines []string
	for _, f := range found {
		lines = append(lines, f.String())
	}
	return fmt.Errorf("%s:\n%s", history.Count(found), strings.Join(lines, "\n"))
}

// lookBack checks that so many messages are still there, without a gap, for both.
func lookBack(ctx context.Context, o options) error {
	p, err := meet(ctx, o)
	if err != nil {
		return err
	}
	for _, a := range p.accounts {
		stored, err := a.Stored(ctx, p.conversation.ID)
		if err != nil {
			return err
		}
		if len(stored.Messages) != o.messages {
			return fmt.Errorf("%s finds %d messages, want %d", a.User.Username, len(stored.Messages), o.messages)
		}
		h := history.History{Stored: map[uuid.UUID]history.Stored{p.conversation.ID: stored}}
		if err := verdict(h.Check()); err != nil {
			return fmt.Errorf("%s: %w", a.User.Username, err)
		}
	}
	fmt.Printf("%d messages, without a gap\n", o.messages)
	return nil
}

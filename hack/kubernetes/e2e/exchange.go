package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
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

// exchange has both people send half of the messages each, breaks something in
// the middle, and checks the outcome.
func exchange(ctx context.Context, o options) error {
	p, err := meet(ctx, o)
	if err != nil {
		return err
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
	if err := converse(ctx, o, clients, id, p.conversation.LastSeq, half); err != nil {
		return err
	}
	report(clients, o.messages, time.Since(started))
	switch cut := clients[0].Stats().Connections+clients[1].Stats().Connections > len(clients); {
	case o.stay && cut:
		return errors.New("the break cut somebody off")
	case o.breaking != "" && !o.stay && !cut:
		return errors.New("the break cut nobody off, so nothing was proved")
	}
	stored, err := p.accounts[0].Stored(ctx, id)
	if err != nil {
		return err
	}
	h := history.History{Events: log.Events(), Stored: map[uuid.UUID]history.Stored{id: stored}}
	return verdict(append(h.Check(), h.OrderOfWriting()...))
}

// converse lets both write, runs the break when half is closed, and returns when
// everyone has everything.
func converse(ctx context.Context, o options, clients []*history.Client, id uuid.UUID, base int64, half <-chan struct{}) error {
	ctx, done := context.WithCancel(ctx)
	defer done()
	group, ctx := errgroup.WithContext(ctx)
	run, texts := uuid.NewString()[:8], o.messages/len(clients)
	write := func(from, to int) {
		start := time.Now()
		for _, c := range clients {
			for i := from; i < to; i++ {
				c.SendAt(id, fmt.Sprintf("%s %s %d", c.Name(), run, i+1), start.Add(time.Duration(i-from)*o.interval))
			}
		}
	}
	// However long the break takes, it meets open connections, and there is
	// something left to send after it.
	write(0, texts*3/4)
	for _, c := range clients {
		group.Go(func() error { return c.Run(ctx) })
	}
	group.Go(func() error {
		defer done()
		if err := breakWhen(ctx, half, o.breaking); err != nil {
			return err
		}
		write(texts*3/4, texts)
		return settle(ctx, clients, id, base+int64(texts*len(clients)))
	})
	return group.Wait()
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

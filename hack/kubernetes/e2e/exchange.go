package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"uim.dev/uim/chatserver/wire"
)

// exchange has both people send half of the messages each, breaks something in
// the middle, and checks the outcome.
func exchange(ctx context.Context, o options) error {
	people, err := meet(ctx, o)
	if err != nil {
		return err
	}
	var acknowledged atomic.Int64
	half, broken := make(chan struct{}), make(chan struct{})
	for _, p := range people {
		p.onAck = func() {
			if acknowledged.Add(1) == int64(o.messages/2) {
				close(half)
			}
		}
		p.write(o.messages/len(people), o.interval)
		// However long the break takes, it meets open connections, and there is
		// something left to send after it.
		p.kept, p.broken = len(p.outbox)*3/4, broken
	}
	started := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	for _, p := range people {
		group.Go(func() error { return p.chat(ctx, p.base+int64(o.messages)) })
	}
	group.Go(func() error {
		defer close(broken)
		return breakWhen(ctx, half, o.breaking)
	})
	if err := group.Wait(); err != nil {
		return err
	}
	stored, err := people[0].account.messagesAfter(context.WithoutCancel(ctx), people[0].conversation, people[0].base)
	if err != nil {
		return err
	}
	report(people, o.messages, time.Since(started))
	if o.breaking != "" && people[0].stats.connections+people[1].stats.connections == 2 {
		return errors.New("the break cut nobody off, so nothing was proved")
	}
	return errors.Join(verify(people, stored)...)
}

// meet signs both people in and opens their conversation.
func meet(ctx context.Context, o options) ([]*person, error) {
	var people []*person
	for _, name := range o.users {
		a, err := signIn(ctx, o.server, name, o.password)
		if err != nil {
			return nil, err
		}
		people = append(people, &person{account: a})
	}
	c, err := people[0].account.conversationWith(ctx, people[1].account.user.ID)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		p.conversation, p.base = c.ID, c.LastSeq
	}
	return people, nil
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

func report(people []*person, messages int, took time.Duration) {
	fmt.Printf("%d messages in %.1f s\n", messages, took.Seconds())
	for _, p := range people {
		s := p.stats
		fmt.Printf("%s: %d connections, %d sent again (%d of them had been stored), %d came twice, %d fetched, longest silence %d ms\n",
			p.account.user.Username, s.connections, s.resent, s.duplicates, s.ignored, s.fetched, s.silence.Milliseconds())
	}
}

// history checks that so many messages are still there, without a gap.
func history(ctx context.Context, o options) error {
	people, err := meet(ctx, o)
	if err != nil {
		return err
	}
	for _, p := range people {
		stored, err := p.account.messagesAfter(ctx, p.conversation, 0)
		if err != nil {
			return err
		}
		if len(stored) != o.messages {
			return fmt.Errorf("%s finds %d messages, want %d", p.account.user.Username, len(stored), o.messages)
		}
		if problem := contiguous(stored, 0); problem != nil {
			return fmt.Errorf("%s: %w", p.account.user.Username, problem)
		}
	}
	fmt.Printf("%d messages, without a gap\n", o.messages)
	return nil
}

// contiguous checks that seqs go up by one from base+1.
func contiguous(messages []wire.Message, base int64) error {
	for i, m := range messages {
		if want := base + int64(i) + 1; m.Seq != want {
			return fmt.Errorf("seq %d where %d belongs", m.Seq, want)
		}
	}
	return nil
}

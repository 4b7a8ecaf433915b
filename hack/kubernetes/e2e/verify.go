package main

import (
	"fmt"

	"uim.dev/uim/chatserver/wire"
)

// verify compares what was sent, what both sides received and what is stored:
// nothing lost, nothing doubled, one order for all, and for each sender the
// order of writing.
func verify(people []*person, stored []wire.Message) []error {
	var problems []error
	sent := 0
	for _, p := range people {
		sent += len(p.outbox)
	}
	if len(stored) != sent {
		problems = append(problems, fmt.Errorf("%d messages are stored, %d were sent", len(stored), sent))
	}
	if err := contiguous(stored, people[0].base); err != nil {
		problems = append(problems, fmt.Errorf("the history: %w", err))
	}
	for _, p := range people {
		problems = append(problems, sameMessages(p, stored)...)
		problems = append(problems, ownMessages(p, stored)...)
	}
	return problems
}

// sameMessages compares what a person received live with the history.
func sameMessages(p *person, stored []wire.Message) []error {
	name := p.account.user.Username
	if len(p.received) != len(stored) {
		return []error{fmt.Errorf("%s received %d messages, %d are stored", name, len(p.received), len(stored))}
	}
	var problems []error
	for i, m := range p.received {
		if m.ID != stored[i].ID || m.Seq != stored[i].Seq || m.Content != stored[i].Content {
			problems = append(problems, fmt.Errorf("%s received %q as seq %d, where the history has %q as seq %d",
				name, m.Content, m.Seq, stored[i].Content, stored[i].Seq))
		}
	}
	return problems
}

// ownMessages compares a person's outbox with the person's part of the history.
func ownMessages(p *person, stored []wire.Message) []error {
	var mine []wire.Message
	for _, m := range stored {
		if m.SenderID != nil && *m.SenderID == p.account.user.ID {
			mine = append(mine, m)
		}
	}
	name := p.account.user.Username
	if len(mine) != len(p.outbox) {
		return []error{fmt.Errorf("%s sent %d messages, %d are stored", name, len(p.outbox), len(mine))}
	}
	var problems []error
	for i, m := range p.outbox {
		if mine[i].Content != m.content {
			problems = append(problems, fmt.Errorf("%s wrote %q where the history has %q", name, m.content, mine[i].Content))
		} else if mine[i].Seq != m.seq {
			problems = append(problems, fmt.Errorf("%s: %q was acknowledged as seq %d and stored as %d", name, m.content, m.seq, mine[i].Seq))
		}
	}
	return problems
}

package chat

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/limit"
)

// DraftSubmitter takes drafts to be stored; see Sender.Submit.
type DraftSubmitter interface {
	Submit(draft Draft, done func(Stored, error)) error
}

// LimitedSender stands before a Sender and lets pass only as many messages of a
// person as the limits allow, over all nodes. Like the Sender it works in
// groups: while the limiter is asked for one, the drafts that arrive gather, and
// are asked for together. Drafts of one person pass in the order in which Submit
// took them.
//
// So that high limits cost little it leases tokens, a hundredth of a minute's
// allowance at a time, and spends them without asking. A low limit's lease is
// one token: it is kept exactly. What is not spent is given back after a while.
//
// Run does the work and must be running for Submit to lead anywhere.
type LimitedSender struct {
	next    DraftSubmitter
	limiter limit.Limiter
	policy  limit.Policy
	lease   int
	queue   chan submission
	refused atomic.Int64

	mu       sync.Mutex
	closed   bool
	balances map[uuid.UUID]*balance // of those who sent lately
}

// balance is what is known of a sender.
type balance struct {
	tokens       int       // leased and not spent
	waiting      int       // drafts that are queued or being decided on
	refusedUntil time.Time // beyond those the limiter has nothing before
	used         time.Time
}

const (
	limitBatch = 512 // drafts decided on at once, at most
	// leaseIdle is after which time without a message a lease is given back.
	leaseIdle = 2 * time.Second
)

// NewLimitedSender returns a LimitedSender before next.
func NewLimitedSender(next DraftSubmitter, limiter limit.Limiter, limits Limits) *LimitedSender {
	return &LimitedSender{
		next: next, limiter: limiter, lease: max(1, limits.MessagesPerMinute/100),
		policy: limit.Policy{Name: "messages", Rates: []limit.Rate{
			{Count: limits.MessagesPerMinute, Per: time.Minute}, {Count: limits.MessagesPerHour, Per: time.Hour}}},
		queue: make(chan submission, DefaultSenderConfig.QueueLength), balances: map[uuid.UUID]*balance{},
	}
}

// Submit is Sender.Submit; a draft beyond a limit is answered rate_limited, by
// the error or by done, with the time after which the next one may go.
func (l *LimitedSender) Submit(draft Draft, done func(Stored, error)) error {
	passes, err := l.admit(draft, done)
	if err != nil || !passes {
		return err
	}
	return l.pass(draft, done)
}

// pass hands a draft on; one that is not taken gets its token back.
func (l *LimitedSender) pass(draft Draft, done func(Stored, error)) error {
	err := l.next.Submit(draft, done)
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.balance(draft.SenderID).tokens++
	}
	return err
}

// admit spends a leased token, or else queues the draft to be decided on.
func (l *LimitedSender) admit(draft Draft, done func(Stored, error)) (passes bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false, errShuttingDown
	}
	b := l.balance(draft.SenderID)
	if b.waiting == 0 { // else it would overtake them
		if b.tokens > 0 {
			b.tokens--
			return true, nil
		}
		if b.used.Before(b.refusedUntil) {
			return false, l.refusal(b)
		}
	}
	select {
	case l.queue <- submission{draft: draft, done: done}:
		b.waiting++
		return false, nil
	default:
		return false, errOverloaded
	}
}

// balance returns a sender's balance, marked as used. Call it with the lock held.
func (l *LimitedSender) balance(sender uuid.UUID) *balance {
	b := l.balances[sender]
	if b == nil {
		b = &balance{}
		l.balances[sender] = b
	}
	b.used = time.Now()
	return b
}

// refusal makes the answer to a draft beyond a limit. It names whole
// milliseconds, as the contract does, and never too few.
func (l *LimitedSender) refusal(b *balance) error {
	l.refused.Add(1)
	wait := (time.Until(b.refusedUntil) + time.Millisecond - 1).Truncate(time.Millisecond)
	return &Error{Code: CodeRateLimited, Detail: "You are sending too many messages; wait a moment.", RetryAfter: max(wait, time.Millisecond)}
}

// QueueLength is the number of drafts that wait to be decided on.
func (l *LimitedSender) QueueLength() int { return len(l.queue) }

// Refused is the number of drafts that were beyond a limit.
func (l *LimitedSender) Refused() int64 { return l.refused.Load() }

// Run decides on what is submitted until ctx ends, then on what is still queued,
// and gives back what was leased. It must end before the Sender's does.
func (l *LimitedSender) Run(ctx context.Context) {
	stop := context.AfterFunc(ctx, l.close)
	defer stop()
	idle := time.NewTicker(leaseIdle)
	defer idle.Stop()
	for {
		select {
		case sub, open := <-l.queue:
			if !open {
				l.giveBack(time.Time{})
				return
			}
			l.decide(l.collect(sub))
		case now := <-idle.C:
			l.giveBack(now.Add(-leaseIdle))
		}
	}
}

func (l *LimitedSender) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.queue)
	}
}

// collect takes what else is there.
func (l *LimitedSender) collect(first submission) []submission {
	group := []submission{first}
	for len(group) < limitBatch {
		select {
		case sub, open := <-l.queue:
			if !open {
				return group
			}
			group = append(group, sub)
		default:
			return group
		}
	}
	return group
}

// decide asks for the tokens that a group lacks, then lets pass or refuses each
// of its drafts, in order.
func (l *LimitedSender) decide(group []submission) {
	requests, senders := l.lacking(group)
	if len(requests) > 0 {
		// Not bound to Run's context: what was taken is finished.
		grants := l.limiter.Take(context.Background(), l.policy, requests)
		l.credit(senders, grants)
	}
	for _, sub := range group {
		err := l.spend(sub.draft.SenderID)
		if err == nil {
			err = l.pass(sub.draft, sub.done)
		}
		if err != nil {
			sub.done(Stored{}, err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, sub := range group {
		l.balance(sub.draft.SenderID).waiting--
	}
}

// lacking returns what has to be asked for.
func (l *LimitedSender) lacking(group []submission) (requests []limit.Request, senders []uuid.UUID) {
	needs := make(map[uuid.UUID]int, len(group))
	for _, sub := range group {
		if needs[sub.draft.SenderID]++; needs[sub.draft.SenderID] == 1 {
			senders = append(senders, sub.draft.SenderID)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	asking := senders[:0]
	for _, id := range senders {
		b := l.balance(id)
		if lack := needs[id] - b.tokens; lack > 0 && !b.used.Before(b.refusedUntil) {
			requests = append(requests, limit.Request{Key: id.String(), Tokens: max(lack, l.lease)})
			asking = append(asking, id)
		}
	}
	return requests, asking
}

func (l *LimitedSender) credit(senders []uuid.UUID, grants []limit.Grant) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for i, g := range grants {
		b := l.balance(senders[i])
		b.tokens += g.Tokens
		b.refusedUntil = now.Add(g.RetryAfter)
	}
}

// spend takes a token of a sender's, or returns why there is none.
func (l *LimitedSender) spend(sender uuid.UUID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.balance(sender)
	if b.tokens == 0 {
		return l.refusal(b)
	}
	b.tokens--
	return nil
}

// giveBack forgets whom nothing was heard of since a time (zero: everybody), and
// gives back what they had left.
func (l *LimitedSender) giveBack(since time.Time) {
	var left []limit.Request
	l.mu.Lock()
	for id, b := range l.balances {
		if b.waiting > 0 || !since.IsZero() && b.used.After(since) {
			continue
		}
		if b.tokens > 0 {
			left = append(left, limit.Request{Key: id.String(), Tokens: -b.tokens})
		}
		delete(l.balances, id)
	}
	l.mu.Unlock()
	for len(left) > 0 {
		n := min(len(left), limitBatch)
		l.limiter.Take(context.Background(), l.policy, left[:n])
		left = left[n:]
	}
}

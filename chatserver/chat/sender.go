package chat

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"
)

// MessageStore keeps messages.
type MessageStore interface {
	// Append stores drafts, all in one transaction, and returns one result a
	// draft, in the same order, once the transaction is committed. A draft that
	// is refused has its Err set and does not hinder the others. An error of
	// the whole batch has CodeUnavailable when trying again may help; then
	// nothing, or everything, may have been stored.
	Append(ctx context.Context, drafts []Draft) ([]AppendResult, error)

	// History returns messages of a conversation in ascending seq.
	History(ctx context.Context, conversationID uuid.UUID, r HistoryRange) ([]Message, error)
}

// AppendResult is what became of one draft.
type AppendResult struct {
	Stored Stored
	Err    error
}

// SenderConfig bounds a Sender.
type SenderConfig struct {
	Lanes       int           // transactions under way at once; 0: one
	QueueLength int           // drafts waiting at most in each lane; beyond, Submit answers overloaded
	BatchSize   int           // drafts in one transaction at most
	Timeout     time.Duration // for one transaction
	Metrics     SenderMetrics // nil: nobody asks
}

// DefaultSenderConfig suits one node on a small machine. While one lane waits
// for the disk the other one's statements run; more lanes made smaller batches
// and were no faster.
var DefaultSenderConfig = SenderConfig{Lanes: 2, QueueLength: 2048, BatchSize: 512, Timeout: 5 * time.Second}

// Sender stores messages by group commit: while one transaction is under way
// the drafts that arrive gather, and become the next one. There is no timer, so
// a lone message goes at once and a burst shares one fsync. A conversation's
// drafts all take the same lane, so no two transactions of a node want the same
// head; the lanes work beside each other. The same client message id in two
// conversations at once is the store's to judge, as between nodes.
//
// A draft's done function is called exactly once, after the commit and after
// the message was handed to the publisher. Drafts of a conversation are stored
// in the order in which Submit took them, but for a repeated one that met its
// first try still queued: it comes a transaction later.
//
// Run does the work and must be running for Submit to lead anywhere.
type Sender struct {
	store     MessageStore
	publisher Publisher
	config    SenderConfig
	queues    []chan submission // one for each lane

	mu     sync.RWMutex // held for reading while submitting, for writing to close
	closed bool
}

type submission struct {
	draft Draft
	done  func(Stored, error)
	taken time.Time // by Submit
}

// NewSender returns a Sender that stores with store and announces with publisher.
func NewSender(store MessageStore, publisher Publisher, config SenderConfig) *Sender {
	if config.Metrics == nil {
		config.Metrics = unobserved{}
	}
	s := &Sender{store: store, publisher: publisher, config: config}
	for range max(1, config.Lanes) {
		s.queues = append(s.queues, make(chan submission, config.QueueLength))
	}
	return s
}

var (
	errOverloaded   = &Error{Code: CodeOverloaded, RetryAfter: 500 * time.Millisecond}
	errShuttingDown = &Error{Code: CodeUnavailable, Detail: "This server is shutting down.", RetryAfter: time.Second}
)

// Submit queues a draft and returns at once. The error is overloaded when the
// queue is full and unavailable after Run has ended; done is then never called.
// Otherwise done is called from a goroutine of the Sender's and must not block.
func (s *Sender) Submit(draft Draft, done func(Stored, error)) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return errShuttingDown
	}
	select {
	case s.queues[s.lane(draft.ConversationID)] <- submission{draft, done, time.Now()}:
		return nil
	default:
		return errOverloaded
	}
}

// lane returns where a conversation's drafts go; the last bytes of a UUIDv7 are random.
func (s *Sender) lane(conversation uuid.UUID) int { return int(conversation[15]) % len(s.queues) }

// QueueLength is the number of drafts that wait.
func (s *Sender) QueueLength() (n int) {
	for _, q := range s.queues {
		n += len(q)
	}
	return n
}

// Run stores what is submitted until ctx ends, then what is still queued, and
// returns when the last done function has been called.
func (s *Sender) Run(ctx context.Context) {
	stop := context.AfterFunc(ctx, s.close)
	defer stop()
	var lanes sync.WaitGroup
	for _, queue := range s.queues {
		lanes.Go(func() { s.runLane(queue) })
	}
	lanes.Wait()
}

// runLane stores what comes through a queue until it is closed and empty. A
// batch is announced before the next one is begun: those who hear of it answer
// in time for that, so it is large; beside, another lane has the disk.
func (s *Sender) runLane(queue <-chan submission) {
	var late []submission
	for {
		b, rest, open := s.collect(queue, late)
		if len(b.submissions) == 0 && !open {
			return
		}
		late = rest
		s.commit(&b)
		s.announce(b)
	}
}

func (s *Sender) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		for _, q := range s.queues {
			close(q)
		}
	}
}

// batch is a group of submissions on its way through one transaction.
type batch struct {
	submissions []submission
	results     []AppendResult
	committed   time.Time
}

// collect waits for a submission and takes what else is there. Two drafts with
// the same sender and client message id can't share a transaction, since the
// second would not see the first: it is put off to the next one.
func (s *Sender) collect(queue <-chan submission, late []submission) (b batch, putOff []submission, open bool) {
	type key struct{ sender, clientMsg uuid.UUID }
	seen := make(map[key]struct{}, len(late)+1)
	add := func(sub submission) {
		k := key{sub.draft.SenderID, sub.draft.ClientMsgID}
		if _, twice := seen[k]; twice {
			putOff = append(putOff, sub)
			return
		}
		seen[k] = struct{}{}
		b.submissions = append(b.submissions, sub)
	}
	for _, sub := range late {
		add(sub)
	}
	open = true
	if len(late) == 0 {
		sub, ok := <-queue
		if !ok {
			return b, nil, false
		}
		add(sub)
	}
	for len(b.submissions)+len(putOff) < s.config.BatchSize {
		select {
		case sub, ok := <-queue:
			if !ok {
				return b, putOff, false
			}
			add(sub)
		default:
			return b, putOff, open
		}
	}
	return b, putOff, open
}

// commit stores a batch. It is not bound to Run's context: what was taken is finished.
func (s *Sender) commit(b *batch) {
	drafts := make([]Draft, len(b.submissions))
	for i, sub := range b.submissions {
		drafts[i] = sub.draft
	}
	s.config.Metrics.Committing(len(drafts))
	b.results = s.append(drafts)
	b.committed = time.Now()
}

// append stores drafts and always returns one result each. When the store can't
// digest a batch for a reason of its content, halves are tried, so that one
// bad draft fails alone.
func (s *Sender) append(drafts []Draft) []AppendResult {
	ctx, cancel := context.WithTimeout(context.Background(), s.config.Timeout)
	results, err := s.store.Append(ctx, drafts)
	cancel()
	if err == nil {
		return results
	}
	if len(drafts) == 1 || errors.Is(err, &Error{Code: CodeUnavailable}) {
		results = make([]AppendResult, len(drafts))
		for i := range results {
			results[i].Err = err
		}
		return results
	}
	half := len(drafts) / 2
	return append(s.append(drafts[:half]), s.append(drafts[half:])...)
}

// announce publishes what a batch stored, then answers its senders. Duplicates
// are published again: the first publish may have been what failed.
func (s *Sender) announce(b batch) {
	events := make([]Event, 0, len(b.results))
	for i, r := range b.results {
		if r.Err == nil {
			draft := b.submissions[i].draft
			events = append(events, MessageSent{draft.message(r.Stored), draft.ConnectionID})
		}
	}
	if len(events) > 0 {
		s.publisher.Publish(context.Background(), events)
	}
	for i, r := range b.results {
		b.submissions[i].done(r.Stored, r.Err)
		s.config.Metrics.Sent(r.sendResult(), b.committed.Sub(b.submissions[i].taken))
	}
}

func (d Draft) message(s Stored) Message {
	return Message{
		ID: s.MessageID, ConversationID: d.ConversationID, Seq: s.Seq, SenderID: d.SenderID, ClientMsgID: d.ClientMsgID,
		Type: MessageText, Content: d.Content, ReplyTo: d.ReplyTo, CreatedAt: s.CreatedAt,
		Mentions: s.Mentions, MentionsAll: s.MentionsAll,
	}
}

package chat

import "time"

// SenderMetrics hears how sending goes. It is called for every message, from
// several goroutines, and must not block.
type SenderMetrics interface {
	// Committing tells the number of drafts that go into one transaction.
	Committing(drafts int)
	// Sent tells what became of a draft, and how long after Submit took it.
	Sent(result SendResult, took time.Duration)
	// Rejected tells of a command that never got into the queue.
	Rejected(result SendResult)
}

// SendResult is what became of a draft.
type SendResult string

// The results of a draft.
const (
	SendStored    SendResult = "stored"
	SendDuplicate SendResult = "duplicate" // it had been stored by an earlier try
	SendRefused   SendResult = "refused"   // it is the client's fault
	SendFailed    SendResult = "failed"    // it is ours, or the store's
)

func (r AppendResult) sendResult() SendResult {
	switch {
	case r.Err != nil && CodeOf(r.Err).Info().Status >= 500:
		return SendFailed
	case r.Err != nil:
		return SendRefused
	case r.Stored.Duplicate:
		return SendDuplicate
	default:
		return SendStored
	}
}

// unobserved is the SenderMetrics of a Sender that nobody asked for any.
type unobserved struct{}

func (unobserved) Committing(int)                 {}
func (unobserved) Sent(SendResult, time.Duration) {}
func (unobserved) Rejected(SendResult)            {}

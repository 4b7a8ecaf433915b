package bench

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sync/errgroup"
)

// Load sends messages at a steady rate, spread over pairs of people. It is an
// open loop: messages are due at fixed times, and a latency counts from when a
// message was due, so that a server that stalls can't hide it (coordinated
// omission).
type Load struct {
	URL      string
	Users    int
	OneWay   bool // only the first of each pair sends
	Messages int
	Rate     int // messages a second, of all together
	Bytes    int // of each message's content
}

// Latency is how long messages took from when they were due.
type Latency struct {
	Sent, Acked, Delivered int64
	Took                   time.Duration
	Ack                    *hdrhistogram.Histogram // until acknowledged, microseconds
	Delivery               *hdrhistogram.Histogram // until with the other person, microseconds
}

// leadTime is what is left to the senders to get ready.
const leadTime = 50 * time.Millisecond

// Run measures with people made by accounts.
func (o Load) Run(ctx context.Context, accounts Accounts) (*Latency, error) {
	if err := checkUsers(o.Users); err != nil {
		return nil, err
	}
	pairs, err := createPairs(ctx, accounts, o.Users/2)
	if err != nil {
		return nil, err
	}
	talkers, err := connectPairs(ctx, o.URL, pairs, o.Bytes)
	defer closeAll(talkers)
	if err != nil {
		return nil, err
	}
	return o.exchange(ctx, talkers)
}

// exchange runs the schedule: message i is sender i mod senders's.
func (o Load) exchange(ctx context.Context, talkers []*talker) (*Latency, error) {
	senders := talkers
	if o.OneWay {
		senders = nil
		for i := 0; i < len(talkers); i += 2 {
			senders = append(senders, talkers[i])
		}
	}
	r := &Latency{Sent: int64(o.Messages), Ack: newHistogram(), Delivery: newHistogram()}
	begin := time.Now().Add(leadTime)
	due := func(i int64) time.Time { return begin.Add(time.Duration(i) * time.Second / time.Duration(o.Rate)) }
	var mu sync.Mutex // guards the histograms
	failed := make(chan error, len(talkers))
	var reading sync.WaitGroup
	for i, t := range talkers {
		number := int64(0) // of the next acknowledgement, in the order of the sends
		step := int64(len(senders))
		if number = int64(i); o.OneWay {
			number = int64(i / 2)
		}
		reading.Go(func() {
			for {
				kind, n, err := t.receive()
				now := time.Now()
				if err != nil {
					failed <- err
					return
				}
				mu.Lock()
				switch kind {
				case ackFrame:
					record(r.Ack, now.Sub(due(number)))
					number += step
				case newFrame:
					record(r.Delivery, now.Sub(due(n)))
				case otherFrame:
				}
				mu.Unlock()
			}
		})
	}
	defer reading.Wait()
	defer closeAll(talkers)
	sending, ctx := errgroup.WithContext(ctx)
	for i, t := range senders {
		sending.Go(func() error { return t.sendOnTime(ctx, int64(i), int64(len(senders)), int64(o.Messages), due) })
	}
	if err := sending.Wait(); err != nil {
		return nil, err
	}
	_, err := settle(context.WithoutCancel(ctx), talkers, failed)
	r.Took, r.Acked, r.Delivered = time.Since(begin), total(talkers, (*talker).acks), total(talkers, (*talker).deliveries)
	return r, err
}

// sendOnTime sends messages first, first+step … below n when each is due.
func (t *talker) sendOnTime(ctx context.Context, first, step, n int64, due func(int64) time.Time) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for i := first; i < n; i += step {
		timer.Reset(time.Until(due(i)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := t.send(i); err != nil {
			return fmt.Errorf("sending: %w", err)
		}
	}
	return nil
}

// Print writes a report for people.
func (r *Latency) Print(w io.Writer) {
	fmt.Fprintf(w, "%d sent, %d acknowledged, %d delivered\n\n", r.Sent, r.Acked, r.Delivered)
	fmt.Fprintf(w, "%-18s %9s %9s %9s %9s %9s\n", "milliseconds", "p50", "p95", "p99", "p99.9", "max")
	for _, line := range []struct {
		name string
		h    *hdrhistogram.Histogram
	}{{"acknowledged", r.Ack}, {"delivered", r.Delivery}} {
		fmt.Fprintf(w, "%-18s", line.name)
		for _, q := range []float64{50, 95, 99, 99.9, 100} {
			fmt.Fprintf(w, " %9.2f", float64(line.h.ValueAtQuantile(q))/1000)
		}
		fmt.Fprintln(w)
	}
}

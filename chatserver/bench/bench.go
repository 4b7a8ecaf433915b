// Package bench is the load generator of `uim bench`. It speaks the public
// contract, so it measures any server with a URL. Load is open-loop: messages
// are due at fixed times, and a latency counts from when a message was due, so
// that a server that stalls can't hide it (coordinated omission).
package bench

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Options say what to measure.
type Options struct {
	URL      string
	Messages int
	Rate     int // messages a second
	Bytes    int // of each message's content
}

// Report is what was measured.
type Report struct {
	Sent, Acked, Delivered int
	Took                   time.Duration
	Ack                    *hdrhistogram.Histogram // due → acknowledgement, microseconds
	Delivery               *hdrhistogram.Histogram // due → arrival at the other person, microseconds
}

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, time.Minute.Microseconds(), 3)
}

// Latency sends messages from one person to another at a steady rate.
func Latency(ctx context.Context, o Options) (*Report, error) {
	a, err := register(ctx, o.URL)
	if err != nil {
		return nil, err
	}
	b, err := register(ctx, o.URL)
	if err != nil {
		return nil, err
	}
	conversation, err := a.open(ctx, b)
	if err != nil {
		return nil, err
	}
	from, err := a.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer from.close()
	to, err := b.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer to.close()
	return exchange(ctx, o, conversation, from, to)
}

// exchange runs the schedule.
func exchange(ctx context.Context, o Options, conversation string, from, to *connection) (*Report, error) {
	r := &Report{Sent: o.Messages, Ack: newHistogram(), Delivery: newHistogram()}
	interval := time.Second / time.Duration(o.Rate)
	begin := time.Now().Add(50 * time.Millisecond)
	due := func(i int) time.Time { return begin.Add(time.Duration(i) * interval) }

	failed := make(chan error, 3)
	go func() { failed <- from.send(ctx, conversation, o, due) }()
	go func() { failed <- from.count("message.ack", o.Messages, r.Ack, due, &r.Acked) }()
	go func() { failed <- to.count("message.new", o.Messages, r.Delivery, due, &r.Delivered) }()
	for range 3 {
		select {
		case err := <-failed:
			if err != nil {
				return nil, err
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	r.Took = time.Since(begin)
	return r, nil
}

// Print writes a report for people.
func (r *Report) Print(w io.Writer) {
	fmt.Fprintf(w, "%d sent, %d acknowledged, %d delivered in %.2f s (%.0f/s)\n\n",
		r.Sent, r.Acked, r.Delivered, r.Took.Seconds(), float64(r.Delivered)/r.Took.Seconds())
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

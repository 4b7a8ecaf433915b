package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Pairs is scenario S1: people in pairs who write to each other, each with a
// fixed number of sends in flight. It is a closed loop: it tells how much goes
// through, not how long a message takes at a given rate.
type Pairs struct {
	URL      string
	Users    int
	InFlight int // sends of one person
	Bytes    int // of each message's content
	Warmup   time.Duration
	Duration time.Duration
	Costs    []process // whose processor time is told apart
}

// PairsResult is what went through while it was measured.
type PairsResult struct {
	Messages   int64     `json:"messages"` // stored, acknowledged and delivered
	Seconds    float64   `json:"seconds"`
	PerSecond  float64   `json:"per_second"`
	Lost       int64     `json:"lost"`
	AckP50     float64   `json:"ack_p50_ms"`
	AckP99     float64   `json:"ack_p99_ms"`
	CPUSeconds []float64 `json:"cpu_seconds_per_1000"` // of each of Costs
}

// Run measures with given pairs.
func (o Pairs) Run(ctx context.Context, pairs []pair) (*PairsResult, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	talkers, err := connectPairs(ctx, o.URL, pairs, o.Bytes)
	defer closeAll(talkers)
	if err != nil {
		return nil, err
	}
	end := time.Now().Add(o.Warmup + o.Duration)
	failed := make(chan error, len(talkers))
	histograms := make([]*hdrhistogram.Histogram, len(talkers))
	var running sync.WaitGroup
	for i, t := range talkers {
		histograms[i] = newHistogram()
		running.Go(func() { failed <- t.converse(o.InFlight, end, histograms[i]) })
	}
	result, err := o.measure(ctx, talkers, failed)
	if err == nil {
		result.Lost, err = settle(ctx, talkers, failed)
	}
	closeAll(talkers)
	running.Wait()
	if err != nil {
		return nil, err
	}
	all := newHistogram()
	for _, h := range histograms {
		all.Merge(h)
	}
	result.AckP50, result.AckP99 = float64(all.ValueAtQuantile(50))/1000, float64(all.ValueAtQuantile(99))/1000
	return result, nil
}

// converse keeps n sends in flight until end and reads on until the socket is closed.
func (t *talker) converse(n int, end time.Time, h *hdrhistogram.Histogram) error {
	sent := make([]time.Time, 0, n) // when each send in flight was sent, the oldest first: acknowledgements keep their order
	for range n {
		sent = append(sent, time.Now())
		if err := t.send(0); err != nil {
			return err
		}
	}
	for {
		kind, _, err := t.receive()
		if err != nil {
			return err
		}
		now := time.Now()
		switch kind {
		case ackFrame:
			record(h, now.Sub(sent[0]))
			copy(sent, sent[1:])
			sent = sent[:len(sent)-1]
			if now.Before(end) {
				sent = append(sent, now)
				err = t.send(0)
			}
		case newFrame:
			err = t.acknowledge(now)
		case otherFrame:
		}
		if err != nil {
			return err
		}
	}
}

// measure counts between the warm-up and the end.
func (o Pairs) measure(ctx context.Context, talkers []*talker, failed <-chan error) (*PairsResult, error) {
	if err := wait(ctx, o.Warmup, failed); err != nil {
		return nil, err
	}
	begin, delivered, before := time.Now(), total(talkers, (*talker).deliveries), readAll(o.Costs)
	if err := wait(ctx, o.Duration, failed); err != nil {
		return nil, err
	}
	r := &PairsResult{Seconds: time.Since(begin).Seconds(), Messages: total(talkers, (*talker).deliveries) - delivered}
	r.PerSecond = float64(r.Messages) / r.Seconds
	for i, after := range readAll(o.Costs) {
		r.CPUSeconds = append(r.CPUSeconds, (after-before[i])*1000/float64(r.Messages))
	}
	return r, nil
}

func (t *talker) deliveries() int64 { return t.delivered.Load() }
func (t *talker) acks() int64       { return t.acked.Load() }

func total(talkers []*talker, count func(*talker) int64) (n int64) {
	for _, t := range talkers {
		n += count(t)
	}
	return n
}

func readAll(processes []process) []float64 {
	all := make([]float64, len(processes))
	for i, p := range processes {
		all[i], _ = p.seconds()
	}
	return all
}

func wait(ctx context.Context, d time.Duration, failed <-chan error) error {
	select {
	case <-time.After(d):
		return nil
	case err := <-failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// settle waits until everything acknowledged has been delivered and returns
// what has not been after a while.
func settle(ctx context.Context, talkers []*talker, failed <-chan error) (lost int64, err error) {
	deadline := time.Now().Add(10 * time.Second)
	for before := int64(-1); ; {
		acked, delivered := total(talkers, (*talker).acks), total(talkers, (*talker).deliveries)
		if acked == delivered && before == acked || time.Now().After(deadline) {
			return acked - delivered, nil
		}
		before = acked
		if err := wait(ctx, 300*time.Millisecond, failed); err != nil {
			return 0, err
		}
	}
}

// connectPairs connects everyone, some at a time.
func connectPairs(ctx context.Context, url string, pairs []pair, size int) ([]*talker, error) {
	talkers := make([]*talker, 2*len(pairs))
	err := each(ctx, len(talkers), 32, func(ctx context.Context, i int) error {
		p := pairs[i/2]
		s, err := dial(ctx, url, p.people[i%2].Token)
		if err == nil {
			talkers[i] = newTalker(s, p.conversation, size)
		}
		return err
	})
	return talkers, err
}

func closeAll(talkers []*talker) {
	for _, t := range talkers {
		if t != nil {
			t.socket.close()
		}
	}
}

var errNoPairs = errors.New("want an even number of users, 2 or more")

func checkUsers(n int) error {
	if n < 2 || n%2 != 0 {
		return fmt.Errorf("%w, not %d", errNoPairs, n)
	}
	return nil
}

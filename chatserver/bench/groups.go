package bench

import (
	"context"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Groups is scenarios S2 and S7: people in groups, all of them connected, of whom
// some write. Without a Rate it is a closed loop, each writer with a fixed number
// of sends in flight, and tells how much goes through. With one, messages are due
// at fixed times, and it tells how long they take (see Load). Everybody sends
// receipts as the web client does, and gets those of the others.
type Groups struct {
	URL      string
	Groups   int
	Members  int // of each
	Writers  int // of them
	InFlight int // sends of a writer; without Rate
	Rate     int // messages a second, of all together
	Bytes    int // of each message's content
	Warmup   time.Duration
	Duration time.Duration
	Costs    []process // whose processor time is told apart
	Database statements
}

// statements counts what a database was asked; nil when it can't be told.
type statements func(context.Context) (int64, error)

// GroupsResult is what went through while it was measured.
type GroupsResult struct {
	Groups     int       `json:"groups"`
	Members    int       `json:"members"`
	Writers    int       `json:"writers"`
	InFlight   int       `json:"in_flight,omitempty"`
	Rate       int       `json:"rate,omitempty"`
	Seconds    float64   `json:"seconds"`
	Messages   float64   `json:"messages_per_second"` // of which all members have been told
	PerSecond  float64   `json:"deliveries_per_second"`
	Lost       int64     `json:"lost"`                            // deliveries
	Delivered  Quantiles `json:"delivered_ms"`                    // since they were sent, or due
	CPUSeconds []float64 `json:"cpu_seconds_per_1000_deliveries"` // of each of Costs
	Statements float64   `json:"transactions_per_message"`        // of Postgres, receipts and healing included
}

// sampled is which deliveries' times are noted: one of so many.
const sampled = 8

// crowd is one run of Groups.
type crowd struct {
	Groups
	begin   time.Time
	end     time.Time // of sending
	talkers []*talker // each group's members follow each other, the writers first

	mu       sync.Mutex
	delivery *hdrhistogram.Histogram
}

// Run measures with groups of people that Members and Groups describe.
func (o Groups) Run(ctx context.Context, groups []group) (*GroupsResult, error) {
	c := &crowd{Groups: o, delivery: newHistogram(), talkers: make([]*talker, o.Groups*o.Members)}
	defer closeAll(c.talkers)
	err := each(ctx, len(c.talkers), 32, func(ctx context.Context, i int) error {
		g := groups[i/o.Members]
		s, err := dial(ctx, o.URL, g.people[i%o.Members].Token)
		if err == nil {
			c.talkers[i] = newTalker(s, g.conversation, o.Bytes)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	c.begin = time.Now().Add(leadTime)
	c.end = c.begin.Add(o.Warmup + o.Duration)
	failed := make(chan error, 2*len(c.talkers))
	var running sync.WaitGroup
	defer running.Wait()
	defer closeAll(c.talkers)
	for i, t := range c.talkers {
		running.Go(func() { failed <- c.read(t) })
		if i%o.Members < o.Writers {
			running.Go(func() {
				if err := c.write(ctx, t, i/o.Members*o.Writers+i%o.Members); err != nil {
					failed <- err
				}
			})
		}
	}
	result, err := c.measure(ctx, failed)
	if err != nil {
		return nil, err
	}
	result.Lost, err = c.settle(ctx, failed)
	c.mu.Lock()
	defer c.mu.Unlock()
	result.Delivered = quantiles(c.delivery)
	return result, err
}

// write begins what a writer has in flight, or sends on time; its number is among
// all writers. A message carries its time, in microseconds since the beginning.
func (c *crowd) write(ctx context.Context, t *talker, number int) error {
	if c.Rate == 0 {
		if err := wait(ctx, time.Until(c.begin), nil); err != nil {
			return err
		}
		for range c.InFlight {
			if err := t.send(time.Since(c.begin).Microseconds()); err != nil {
				return err
			}
		}
		return nil
	}
	writers := c.Groups.Groups * c.Writers
	for i := number; ; i += writers {
		due := time.Duration(i) * time.Second / time.Duration(c.Rate)
		at := c.begin.Add(due)
		if at.After(c.end) {
			return nil
		}
		if err := wait(ctx, time.Until(at), nil); err != nil {
			return err
		}
		if err := t.send(due.Microseconds()); err != nil {
			return err
		}
	}
}

// read follows a connection until it is closed; in a closed loop each
// acknowledgement is followed by another send.
func (c *crowd) read(t *talker) error {
	measured := c.begin.Add(c.Warmup)
	for n := 0; ; {
		kind, number, err := t.receive()
		if err != nil {
			return err
		}
		switch kind {
		case ackFrame:
			if now := time.Now(); c.Rate == 0 && now.Before(c.end) {
				err = t.send(now.Sub(c.begin).Microseconds())
			}
		case newFrame:
			if n++; n%sampled == 0 {
				now := time.Now()
				if now.After(measured) && now.Before(c.end) {
					c.mu.Lock()
					record(c.delivery, now.Sub(c.begin)-time.Duration(number)*time.Microsecond)
					c.mu.Unlock()
				}
				err = t.acknowledge(now)
			}
		case otherFrame:
		}
		if err != nil {
			return err
		}
	}
}

// measure counts between the warm-up and the end.
func (c *crowd) measure(ctx context.Context, failed <-chan error) (*GroupsResult, error) {
	if err := wait(ctx, time.Until(c.begin)+c.Warmup, failed); err != nil {
		return nil, err
	}
	asked, err := c.Database(ctx)
	if err != nil {
		return nil, err
	}
	begin, delivered, before := time.Now(), total(c.talkers, (*talker).deliveries), readAll(c.Costs)
	if err := wait(ctx, time.Until(c.end), failed); err != nil {
		return nil, err
	}
	n := float64(total(c.talkers, (*talker).deliveries) - delivered)
	r := &GroupsResult{
		Groups: c.Groups.Groups, Members: c.Members, Writers: c.Writers, InFlight: c.InFlight, Rate: c.Rate, Seconds: time.Since(begin).Seconds(),
	}
	r.PerSecond = n / r.Seconds
	r.Messages = r.PerSecond / float64(c.Members-1)
	for i, after := range readAll(c.Costs) {
		r.CPUSeconds = append(r.CPUSeconds, (after-before[i])*1000/n)
	}
	again, err := c.Database(ctx)
	r.Statements = float64(again-asked) / (r.Messages * r.Seconds)
	return r, err
}

// settle waits until everybody has been told everything that was acknowledged, and
// returns what is missing after a while.
func (c *crowd) settle(ctx context.Context, failed <-chan error) (lost int64, err error) {
	deadline := time.Now().Add(20 * time.Second)
	for before := int64(-1); ; {
		acked := total(c.talkers, (*talker).acks)
		missing := acked*int64(c.Members-1) - total(c.talkers, (*talker).deliveries)
		if missing == 0 && before == acked || time.Now().After(deadline) {
			return missing, nil
		}
		before = acked
		if err := wait(ctx, 300*time.Millisecond, failed); err != nil {
			return 0, err
		}
	}
}

package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Suite runs the scenarios on servers of its own.
type Suite struct {
	Out         string
	Only        []string
	GroupSizes  []int
	Duration    time.Duration
	Rounds      int
	InFlight    []int
	Settle      time.Duration
	Connections int
}

// run is one run of a suite.
type run struct {
	Suite
	stand  *stand
	log    io.Writer
	report *Report
}

type scenario struct {
	name string
	run  func(*run, context.Context) error
}

func scenarios() []scenario {
	return []scenario{
		{"batching", (*run).batching}, {"latency", (*run).latency}, {"load", (*run).load}, {"pairs", (*run).pairs},
		{"groups", (*run).groups}, {"crowds", (*run).crowds}, {"sizes", (*run).sizes}, {"reconnect", (*run).reconnect}, {"idle", (*run).idle},
	}
}

func scenarioNames() (names []string) {
	for _, s := range scenarios() {
		names = append(names, s.name)
	}
	return names
}

// Run measures, telling its progress to log.
func (o Suite) Run(ctx context.Context, log io.Writer) (report *Report, err error) {
	r := &run{Suite: o, log: log, report: newReport()}
	if r.stand, err = newStand(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.stand.close()) }()
	for _, s := range scenarios() {
		if len(o.Only) > 0 && !slices.Contains(o.Only, s.name) {
			continue
		}
		if err := s.run(r, ctx); err != nil {
			return nil, fmt.Errorf("scenario %s: %w", s.name, err)
		}
	}
	return r.report, nil
}

func (r *run) tell(format string, args ...any) { fmt.Fprintf(r.log, format+"\n", args...) }

// onNode runs f on a fresh node with people made directly.
func (r *run) onNode(ctx context.Context, f func(node *child, accounts *Direct) error) error {
	node, err := r.stand.uim(ctx)
	if err != nil {
		return err
	}
	accounts, err := r.stand.accounts(ctx, node)
	if err != nil {
		return err
	}
	defer accounts.Close()
	return errors.Join(f(node, accounts), node.stop())
}

// batching stores messages one by one and by batches: what group commit brings.
func (r *run) batching(ctx context.Context) error {
	const people, alone, batches = 64, 300, 60
	return r.onNode(ctx, func(_ *child, accounts *Direct) error {
		pairs, err := createPairs(ctx, accounts, people)
		if err != nil {
			return err
		}
		if err := accounts.Write(ctx, pairs, 10, 100); err != nil { // so that both are warm
			return err
		}
		begin := time.Now()
		for i := range alone {
			if err := accounts.Write(ctx, pairs[i%people:][:1], 1, 100); err != nil {
				return err
			}
		}
		single := alone / time.Since(begin).Seconds()
		begin = time.Now()
		if err := accounts.Write(ctx, pairs, batches, 100); err != nil {
			return err
		}
		b := BatchingResult{Batch: people, AlonePerSecond: single, BatchedPerSecond: batches * people / time.Since(begin).Seconds()}
		b.Ratio = b.BatchedPerSecond / b.AlonePerSecond
		r.report.Batching = &b
		r.tell("storing one by one %.0f/s, by %d %.0f/s: %.0f times", b.AlonePerSecond, b.Batch, b.BatchedPerSecond, b.Ratio)
		if b.Ratio < leastBatchingRatio {
			return fmt.Errorf("batches of %d store only %.1f times as many messages", b.Batch, b.Ratio)
		}
		return nil
	})
}

// leastBatchingRatio is far below what is measured (20 to 40): less means that
// batches have ceased to be batches.
const leastBatchingRatio = 4

func (r *run) latency(ctx context.Context) error {
	for _, rate := range []int{20, 1000} {
		err := r.measureLoad(ctx, &r.report.Latency, Load{Users: 2, OneWay: true, Messages: 500 * rate / 20, Rate: rate, Bytes: 100})
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *run) load(ctx context.Context) error {
	for _, rate := range []int{100, 1000} {
		if err := r.measureLoad(ctx, &r.report.Load, Load{Users: 100, Messages: 20 * rate, Rate: rate, Bytes: 100}); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) measureLoad(ctx context.Context, into *[]LatencyRow, o Load) error {
	return r.onNode(ctx, func(node *child, accounts *Direct) error {
		o.URL = node.url
		l, err := o.Run(ctx, accounts)
		if err != nil {
			return err
		}
		row := l.row(o)
		*into = append(*into, row)
		r.tell("%d users, %d msg/s: delivered p50 %.2f ms, p95 %.2f ms, p99 %.2f ms; lost %d", o.Users, o.Rate, row.Delivered.P50, row.Delivered.P95, row.Delivered.P99, row.Lost)
		return nil
	})
}

// pairs measures this server and the bare one in turn, so that whatever else
// the machine does meets both.
func (r *run) pairs(ctx context.Context) error {
	for _, inFlight := range r.InFlight {
		row := PairsRow{Users: 200, InFlight: inFlight, Bytes: 100}
		for range r.Rounds {
			o := Pairs{Users: row.Users, InFlight: inFlight, Bytes: row.Bytes, Warmup: 2 * time.Second, Duration: r.Duration}
			bare, err := r.stand.bare(ctx)
			if err != nil {
				return err
			}
			result, err := r.measurePairs(ctx, o, bare, barePairs(o.Users/2))
			if err = errors.Join(err, bare.stop()); err != nil {
				return err
			}
			row.Bare = append(row.Bare, *result)
			err = r.onNode(ctx, func(node *child, accounts *Direct) error {
				pairs, err := createPairs(ctx, accounts, o.Users/2)
				if err != nil {
					return err
				}
				if result, err = r.measurePairs(ctx, o, node, pairs); err == nil {
					row.UIM = append(row.UIM, *result)
				}
				return err
			})
			if err != nil {
				return err
			}
			r.tell("pairs, %d in flight each: uim %.0f/s, bare %.0f/s, ratio %.2f", inFlight, result.PerSecond, row.Bare[len(row.Bare)-1].PerSecond, result.PerSecond/row.Bare[len(row.Bare)-1].PerSecond)
			r.tell("  CPU seconds per 1,000 (server, Postgres): uim %.3f, bare %.3f", result.CPUSeconds, row.Bare[len(row.Bare)-1].CPUSeconds)
		}
		r.report.Pairs = append(r.report.Pairs, row)
	}
	return nil
}

func (r *run) measurePairs(ctx context.Context, o Pairs, on *child, pairs []pair) (*PairsResult, error) {
	o.URL, o.Costs = on.url, []process{on.process, r.stand.postgres}
	return o.Run(ctx, pairs)
}

func (r *run) reconnect(ctx context.Context) error {
	return r.onNode(ctx, func(node *child, accounts *Direct) error {
		pairs, err := createPairs(ctx, accounts, 1000)
		if err != nil {
			return err
		}
		const known = 5
		if err := accounts.Write(ctx, pairs, known, 100); err != nil {
			return err
		}
		for i := range r.Rounds {
			if err := accounts.Write(ctx, pairs, 20, 100); err != nil {
				return err
			}
			costs := []process{node.process, r.stand.postgres}
			before := readAll(costs)
			result, err := Reconnect{URL: node.url, Known: known + 20*i, Missed: 20}.Run(ctx, pairs)
			if err != nil {
				return err
			}
			after := readAll(costs)
			result.Server, result.Postgres = after[0]-before[0], after[1]-before[1]
			r.report.Reconnect = append(r.report.Reconnect, *result)
			r.tell("reconnect of %d, %d messages each: last %.2f s, p50 %.2f s; CPU server %.2f s, Postgres %.2f s",
				result.Users, result.Missed, result.Last, result.P50, result.Server, result.Postgres)
		}
		return nil
	})
}

func (r *run) idle(ctx context.Context) error {
	bare, err := r.stand.bare(ctx)
	if err != nil {
		return err
	}
	var tokens []string
	for _, p := range barePairs(r.Connections / 2) {
		tokens = append(tokens, p.people[0].Token, p.people[1].Token)
	}
	o := Idle{URL: bare.url, Connections: r.Connections, Settle: r.Settle, Server: bare.process}
	if r.report.IdleBare, err = o.Run(ctx, tokens); err == nil {
		r.tell("idle, bare: %.1f KB each", r.report.IdleBare.KBEach)
	}
	if err := errors.Join(err, bare.stop()); err != nil {
		return err
	}
	return r.onNode(ctx, func(node *child, accounts *Direct) error {
		pairs, err := createPairs(ctx, accounts, r.Connections/2)
		if err != nil {
			return err
		}
		var tokens []string
		for _, p := range pairs {
			tokens = append(tokens, p.people[0].Token, p.people[1].Token)
		}
		o.URL, o.Server = node.url, node.process
		if r.report.Idle, err = o.Run(ctx, tokens); err == nil {
			r.tell("idle, uim: %.1f KB each", r.report.Idle.KBEach)
		}
		return err
	})
}

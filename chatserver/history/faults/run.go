package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"uim.dev/uim/chatserver/history"
)

// Load is how much is written while the system breaks. Writing goes on until
// there were enough messages and enough rounds.
type Load struct {
	Messages int           // acknowledged, at least
	Rounds   int           // of breaking, at least
	Every    int           // messages between one round and the next, at least; 0: as soon as all is well
	Rate     int           // messages a second over all; 0: as fast as acknowledgements come
	People   int           // each talks with two others, and all in a group; 3 at least
	OneSided bool          // every other person only listens: those at odd nodes, when there is an even number of both
	Settle   time.Duration // how long it may take until everyone has everything, after the last repair; a minute when zero
	LogFile  io.Writer
	Progress func(acked, rounds int) // called about every second; may be nil
}

// patience is how long a client waits for a sign of life.
const patience = 3 * time.Second

// Run breaks the rig by a fault under load and returns what came of it. The
// error tells of a run that could not be made; broken promises are findings.
func (r *Rig) Run(ctx context.Context, fault Fault, load Load) (Report, error) {
	if load.Settle == 0 {
		load.Settle = time.Minute
	}
	w := &world{rig: r, load: load, log: history.NewLog(load.LogFile), bulky: fault.Bulky, run: uuid.NewString()[:8]}
	report := Report{Fault: fault, began: time.Now()}
	if err := w.populate(ctx); err != nil {
		return report, fmt.Errorf("making people: %w", err)
	}
	defer w.close()
	connected, disconnect := context.WithCancel(ctx)
	defer disconnect()
	group, groupCtx := errgroup.WithContext(connected)
	for _, d := range w.devices {
		group.Go(func() error { return d.Run(groupCtx) })
	}
	group.Go(func() error { return w.sampleCursors(groupCtx) })
	group.Go(func() error { return w.moveMembers(groupCtx) })
	w.write()
	rounds, err := w.breakUntilEnough(groupCtx, fault)
	w.enough.Store(true)
	report.Rounds = rounds
	settled := err == nil && w.settle(groupCtx)
	disconnect()
	if clientErr := group.Wait(); clientErr != nil { // it explains more than the end of its context
		err = clientErr
	}
	for _, n := range r.nodes {
		err = errors.Join(err, n.alive())
	}
	if err != nil {
		return report, err
	}
	return report, w.judge(ctx, &report, settled)
}

// breakUntilEnough repeats rounds of breaking, with pauses in which all is well.
func (w *world) breakUntilEnough(ctx context.Context, fault Fault) (rounds int, err error) {
	told := time.Now()
	for {
		if err := w.goOn(ctx, max(len(w.devices), w.load.Every)); err != nil {
			return rounds, err
		}
		if err := fault.Round(ctx, w.rig, rounds); err != nil {
			return rounds, fmt.Errorf("round %d of %s: %w", rounds, fault.Name, err)
		}
		rounds++
		if int(w.acked.Load()) >= w.load.Messages && rounds >= w.load.Rounds {
			return rounds, nil
		}
		if err := wait(ctx, outage(rounds+1)); err != nil {
			return rounds, err
		}
		if w.load.Progress != nil && time.Since(told) > time.Second {
			told = time.Now()
			w.load.Progress(int(w.acked.Load()), rounds)
		}
	}
}

// goOn waits until some messages more are acknowledged. When they are as many as
// there are devices all is well, and everyone in the middle of it.
func (w *world) goOn(ctx context.Context, messages int) error {
	for enough := w.acked.Load() + int64(messages); w.acked.Load() < enough; {
		if err := wait(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// Report is what came of a run.
type Report struct {
	Fault    Fault
	Rounds   int
	Stored   int // messages
	Stats    history.Stats
	Took     time.Duration
	Findings []history.Finding

	began time.Time
}

// Heading names the columns of Report.String.
const Heading = "fault           rounds  messages    acks  resent  duplicates  refused  reconnects  fetched  came twice  longest gap     took   lost  doubled  reordered  else"

func (r Report) String() string {
	t := history.Count(r.Findings)
	return fmt.Sprintf("%-15s %6d  %8d %7d  %6d  %10d  %7d  %10d  %7d  %10d  %8d ms  %5.0f s  %5d  %7d  %9d  %4d",
		r.Fault.Name, r.Rounds, r.Stored, r.Stats.Acked, r.Stats.Resent, r.Stats.Duplicates, r.Stats.Refused, r.Stats.Connections,
		r.Stats.Fetched, r.Stats.Dropped, r.Stats.Silence.Milliseconds(), r.Took.Seconds(), t.Lost, t.Doubled, t.Reordered, t.Other)
}

// Details lists the first findings.
func (r Report) Details() string {
	const most = 10
	var b strings.Builder
	for _, f := range r.Findings[:min(most, len(r.Findings))] {
		fmt.Fprintln(&b, " ", f)
	}
	if n := len(r.Findings) - most; n > 0 {
		fmt.Fprintln(&b, "  and", n, "more")
	}
	return b.String()
}

// counter makes contents unique.
type counter struct{ n atomic.Int64 }

func (c *counter) next() int64 { return c.n.Add(1) }

// Package breaker keeps a dependency that is away from costing time: what needs
// it fails at once until it shows a sign of life.
package breaker

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// ErrOpen is the error of what was not tried, since the dependency is away.
var ErrOpen = errors.New("the circuit breaker is open")

// State is what a breaker thinks of its dependency; the numbers are the metric's.
type State int

// The states of a breaker.
const (
	Closed   State = 0 // well
	HalfOpen State = 1 // being probed
	Open     State = 2 // away
)

// probeInterval is how often a dependency that is away is asked for a sign of
// life, and so about how long it takes to notice that it is back.
const probeInterval = 500 * time.Millisecond

// Config describes a dependency.
type Config struct {
	Name     string // as in metrics and logs
	Failures int    // in a row that open the breaker
	// Patience is how long an operation may take before the dependency is
	// probed, so that one that hangs is noticed before operations time out.
	Patience time.Duration
	// IsFailure tells an error of a dependency that is away from an answer that
	// somebody does not like. It is not asked about cancelled contexts, which
	// say nothing.
	IsFailure func(error) bool
	// Probe asks for a sign of life, beside whatever is under way.
	Probe        func(context.Context) error
	ProbeTimeout time.Duration
	// Watch has the dependency probed all the time, for who must notice that it
	// went away though it asks nothing of it.
	Watch bool
}

// Breaker lets operations through while its dependency answers. After some
// failures in a row it opens, and everything fails with ErrOpen. Only Run's
// probes find out whether the dependency is back: nobody's request is spent on
// that, and it is noticed when nobody asks. Its methods may be called from anywhere.
type Breaker struct {
	config  Config
	log     *slog.Logger
	circuit *gobreaker.TwoStepCircuitBreaker[struct{}]
	opened  atomic.Int64
	suspect chan struct{} // an operation takes long
}

// New returns a closed Breaker; Run must be running for it to close again.
func New(config Config, log *slog.Logger) *Breaker {
	b := &Breaker{config: config, log: log, suspect: make(chan struct{}, 1)}
	b.circuit = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name: config.Name, MaxRequests: 1, Timeout: probeInterval / 2,
		ReadyToTrip:   func(c gobreaker.Counts) bool { return int(c.ConsecutiveFailures) >= config.Failures },
		IsSuccessful:  func(err error) bool { return err == nil || !config.IsFailure(err) },
		IsExcluded:    func(err error) bool { return errors.Is(err, context.Canceled) },
		OnStateChange: b.changed,
	})
	return b
}

func (b *Breaker) changed(name string, from, to gobreaker.State) {
	switch {
	case from == gobreaker.StateClosed && to == gobreaker.StateOpen:
		b.opened.Add(1)
		b.log.Warn("A dependency went away", "dependency", name)
	case to == gobreaker.StateClosed:
		b.log.Info("A dependency is back", "dependency", name)
	}
}

// State is what the breaker thinks now.
func (b *Breaker) State() State {
	switch b.circuit.State() {
	case gobreaker.StateClosed:
		return Closed
	case gobreaker.StateHalfOpen:
		return HalfOpen
	default:
		return Open
	}
}

// Up reports whether operations are let through.
func (b *Breaker) Up() bool { return b.State() == Closed }

// Begin asks to start an operation. The error is ErrOpen; otherwise done must be
// called once with the operation's outcome.
func (b *Breaker) Begin() (done func(error), err error) {
	if !b.Up() {
		return nil, ErrOpen
	}
	note, err := b.circuit.Allow()
	if err != nil {
		return nil, ErrOpen
	}
	if b.config.Patience == 0 {
		return note, nil
	}
	long := time.AfterFunc(b.config.Patience, b.raiseSuspicion)
	return func(err error) { long.Stop(); note(err) }, nil
}

// Do runs an operation, or fails with ErrOpen.
func (b *Breaker) Do(operation func() error) error {
	done, err := b.Begin()
	if err != nil {
		return err
	}
	err = operation()
	done(err)
	return err
}

func (b *Breaker) raiseSuspicion() {
	select {
	case b.suspect <- struct{}{}:
	default: // there is one already
	}
}

// Run probes the dependency, when there is reason to, until ctx ends.
func (b *Breaker) Run(ctx context.Context) {
	ticker := time.NewTicker(probeInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.suspect:
			for b.Up() && ctx.Err() == nil { // till cleared or opened
				if b.probe(ctx) {
					break
				}
			}
		case <-ticker.C:
			if b.config.Watch || !b.Up() {
				b.probe(ctx)
			}
		}
	}
}

// probe asks the dependency, notes the answer as that of an operation, and
// reports whether there was one.
func (b *Breaker) probe(ctx context.Context) bool {
	note, err := b.circuit.Allow()
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, b.config.ProbeTimeout)
	defer cancel()
	err = b.config.Probe(ctx)
	note(err)
	return err == nil || !b.config.IsFailure(err)
}

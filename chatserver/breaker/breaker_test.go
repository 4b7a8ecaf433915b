package breaker_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"uim.dev/uim/chatserver/breaker"
)

var (
	errAway  = errors.New("connection refused")
	errQuery = errors.New("syntax error")
)

// patient is a dependency whose probes answer as it is told.
type patient struct {
	*breaker.Breaker
	away   atomic.Bool
	hangs  atomic.Bool
	probes atomic.Int64
}

// admit starts a breaker; call it in a bubble.
func admit(t *testing.T, watch ...bool) *patient {
	t.Helper()
	p := &patient{}
	watched := len(watch) > 0
	p.Breaker = breaker.New(breaker.Config{
		Name: "thing", Failures: 2, Patience: time.Second, ProbeTimeout: time.Second, Watch: watched,
		IsFailure: func(err error) bool { return !errors.Is(err, errQuery) },
		Probe: func(ctx context.Context) error {
			p.probes.Add(1)
			if p.hangs.Load() {
				<-ctx.Done()
				return ctx.Err()
			}
			if p.away.Load() {
				return errAway
			}
			return nil
		},
	}, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); p.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return p
}

func (p *patient) fail(n int) {
	for range n {
		_ = p.Do(func() error { return errAway })
	}
}

func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestItOpensAfterFailuresInARowAndThenCostsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := admit(t)
		p.away.Store(true)
		p.fail(1)
		_ = p.Do(func() error { return nil })
		p.fail(1)
		if !p.Up() {
			t.Fatal("open though the failures were not in a row")
		}
		p.fail(1)
		called := false
		if err := p.Do(func() error { called = true; return nil }); !errors.Is(err, breaker.ErrOpen) || called {
			t.Errorf("got %v, called %v", err, called)
		}
	})
}

func TestAnswersNobodyLikesAndCancelledOnesDoNotOpenIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := admit(t)
		for _, err := range []error{errQuery, context.Canceled} {
			for range 5 {
				_ = p.Do(func() error { return err })
			}
			if !p.Up() {
				t.Errorf("open after %v", err)
			}
		}
	})
}

func TestOnlyProbesFindOutThatItIsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := admit(t)
		p.away.Store(true)
		p.fail(2)
		for range 20 {
			pass(300 * time.Millisecond)
			if err := p.Do(func() error { t.Error("tried"); return nil }); !errors.Is(err, breaker.ErrOpen) {
				t.Errorf("got %v", err)
			}
		}
		if n := p.probes.Load(); n < 5 || n > 13 {
			t.Errorf("%d probes in 6 s", n)
		}
		p.away.Store(false)
		pass(time.Second)
		if err := p.Do(func() error { return nil }); err != nil || !p.Up() {
			t.Errorf("not closed again: %v", err)
		}
	})
}

func TestADependencyThatHangsIsNoticedBeforeItsOperationsTimeOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := admit(t)
		p.hangs.Store(true)
		done, err := p.Begin()
		if err != nil {
			t.Fatal(err)
		}
		pass(time.Second + 2*time.Second + time.Millisecond) // patience, two probes
		if p.Up() {
			t.Error("still closed")
		}
		done(nil) // too late to count
		if p.Up() {
			t.Error("closed by what began before")
		}
	})
}

func TestALongOperationOfAHealthyDependencyIsNoReason(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := admit(t)
		done, err := p.Begin()
		if err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Second)
		if !p.Up() || p.probes.Load() != 1 {
			t.Errorf("up %v after %d probes", p.Up(), p.probes.Load())
		}
		done(nil)
	})
}

func TestAWatchedDependencyNeedNotBeUsedToBeFoundAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := admit(t, true)
		pass(time.Minute)
		if !p.Up() {
			t.Error("open while it is well")
		}
		p.away.Store(true)
		pass(1001 * time.Millisecond)
		if p.Up() {
			t.Error("still closed")
		}
	})
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := admit(t)
		p.away.Store(true)
		r := prometheus.NewRegistry()
		breaker.Register(r, p.Breaker)
		p.fail(2)
		if err := testutil.GatherAndCompare(r, strings.NewReader(`
# HELP uim_breaker_opened_total How often a dependency was found to be away.
# TYPE uim_breaker_opened_total counter
uim_breaker_opened_total{dependency="thing"} 1
# HELP uim_breaker_state Whether a dependency is well (0), being probed (1) or away (2).
# TYPE uim_breaker_state gauge
uim_breaker_state{dependency="thing"} 2
`)); err != nil {
			t.Error(err)
		}
	})
}

package realtime

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// clinic is a Healer at work, and a session of ann's in a conversation.
type clinic struct {
	*ledger
	hub *Hub
	s   *Session
	bus atomic.Bool
	log lines
}

// lines counts what is logged.
type lines struct{ atomic.Int64 }

func (l *lines) Write(p []byte) (int, error) { l.Add(1); return len(p), nil }

// openClinic starts a Healer; call it in a bubble.
func openClinic(t *testing.T) *clinic {
	t.Helper()
	c := &clinic{ledger: newLedger(), s: listener(ann)}
	c.bus.Store(true)
	c.members[ann] = []uuid.UUID{place}
	c.hub = NewHub(c.ledger, newMetrics())
	join(t, c.hub, c.s)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	fanout := NewFanout(FanoutServices{Hub: c.hub, Bus: &wires{}, Views: c.ledger, Presence: newWatched().feed}, c.hub.metrics, silent())
	healer := NewHealer(fanout, c.ledger, c.bus.Load, c.hub.metrics, slog.New(slog.NewTextHandler(&c.log, nil)))
	go func() { defer close(ended); healer.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return c
}

// pass lets time go by in a bubble.
func pass(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // the clock of a synctest bubble
	synctest.Wait()
}

func (c *clinic) expect(t *testing.T, want []int64) {
	t.Helper()
	if heard := c.s.heard(); !slices.Equal(heard, want) {
		t.Errorf("heard %v, want %v", heard, want)
	}
}

func TestAGapIsFilledAfterAMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := openClinic(t)
		for range 3 {
			c.add(place)
		}
		tell(c.hub, place, 3)
		pass(gapPatience)
		c.expect(t, nil)
		pass(3 * healTick)
		c.expect(t, span(1, 3))
		if n := testutil.ToFloat64(c.hub.metrics.reconciled); n != 3 {
			t.Errorf("%v messages are counted, want 3", n)
		}
	})
}

func TestALostMessageIsFoundByComparing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := openClinic(t)
		c.add(place)
		pass(healInterval - healTick)
		c.expect(t, nil) // it may just be on its way
		pass(healInterval + healTick)
		c.expect(t, span(1, 1))
	})
}

// A statement that waited commits under a time that is seconds old.
func TestAMessageCommittedLateIsFound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := openClinic(t)
		pass(2*healInterval + healTick)
		c.addLate(place, 8*time.Second)
		pass(healWhole)
		c.expect(t, span(1, 1))
	})
}

func TestWhatWasWrittenWhileTheStoreWasOutOfReachIsFound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := openClinic(t)
		pass(3 * healInterval)
		c.look(func() { c.fail = errors.New("the store is away") })
		pass(healInterval)
		c.add(place)
		pass(healMost / 2)
		c.look(func() { c.fail = nil })
		pass(2*healInterval + healTick)
		c.expect(t, span(1, 1))
	})
}

func TestAMovingConversationIsNotSuspected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := openClinic(t)
		for range 10 { // always one message on its way
			seq := c.add(place)
			pass(healInterval)
			tell(c.hub, place, seq)
		}
		if n := testutil.ToFloat64(c.hub.metrics.reconciled); n != 0 {
			t.Errorf("%v messages were fetched for nothing", n)
		}
		c.expect(t, span(1, 10))
	})
}

func TestWithoutABusMessagesComeByWayOfTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := openClinic(t)
		c.bus.Store(false)
		pass(healInterval)
		for seq := range int64(5) {
			c.add(place)
			pass(healIntervalNoBus + healTick)
			c.expect(t, span(1, seq+1))
		}
	})
}

func TestALongAbsenceIsHealedInPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := openClinic(t)
		for range 2*healPage + 7 {
			c.add(place)
		}
		tell(c.hub, place, 2*healPage+7)
		pass(gapPatience + 3*healTick)
		c.expect(t, span(1, 2*healPage+7))
	})
}

func TestHealingSurvivesAnAbsentStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := openClinic(t)
		c.add(place)
		c.add(place)
		c.look(func() { c.fail = errors.New("the store is away") })
		tell(c.hub, place, 2)
		pass(4 * healInterval)
		c.expect(t, nil)
		if n := c.log.Load(); n != 1 {
			t.Errorf("%d lines were logged, want one", n)
		}
		c.look(func() { c.fail = nil })
		pass(3 * healTick)
		c.expect(t, span(1, 2))
	})
}

func TestConversationsOfOthersAreNotFetched(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := openClinic(t)
		c.bus.Store(false)
		c.add(id(101))
		c.look(func() {
			c.ask = func(what string) {
				if what == "history" {
					t.Error("history was read")
				}
			}
		})
		pass(4 * healInterval)
	})
}

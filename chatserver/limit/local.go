package limit

import (
	"context"
	"math"
	"sync"
	"time"
)

// Local is a Limiter of this process alone. It remembers a bounded number of
// keys; beyond it, it forgets some, who then may do more than they should.
type Local struct {
	size int

	mu      sync.Mutex
	arrival map[string][]time.Time // by rate: when what was granted would all be available again
}

// NewLocal returns a Limiter that remembers a number of keys.
func NewLocal(size int) *Local {
	return &Local{size: size, arrival: map[string][]time.Time{}}
}

// Take implements Limiter.
func (l *Local) Take(_ context.Context, policy Policy, requests []Request) []Grant {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	grants := make([]Grant, len(requests))
	for i, r := range requests {
		key := policy.Name + ":" + r.Key
		arrival := l.arrival[key]
		if arrival == nil {
			l.makeRoom(now)
			arrival = make([]time.Time, len(policy.Rates))
			l.arrival[key] = arrival
		}
		grants[i] = take(now, policy.Rates, arrival, r.Tokens)
	}
	return grants
}

// makeRoom forgets keys when there are too many: those that make no difference
// any more, or else whatever comes first.
func (l *Local) makeRoom(now time.Time) {
	if len(l.arrival) < l.size {
		return
	}
	for key, arrival := range l.arrival {
		if spent(arrival, now) {
			delete(l.arrival, key)
		}
	}
	for key := range l.arrival {
		if len(l.arrival) <= l.size*3/4 {
			return
		}
		delete(l.arrival, key)
	}
}

func spent(arrival []time.Time, now time.Time) bool {
	for _, at := range arrival {
		if at.After(now) {
			return false
		}
	}
	return true
}

// take is GCRA: a rate's theoretical arrival time moves on by an interval for
// each token, and may not lie more than Per ahead. It changes arrival.
func take(now time.Time, rates []Rate, arrival []time.Time, tokens int) Grant {
	granted := tokens
	for i, r := range rates {
		if arrival[i].Before(now) {
			arrival[i] = now
		}
		free := float64(r.Per-arrival[i].Sub(now)) / r.interval()
		granted = min(granted, int(math.Floor(free+1e-6)))
	}
	if tokens > 0 {
		granted = max(granted, 0)
	}
	var wait time.Duration
	for i, r := range rates {
		arrival[i] = arrival[i].Add(time.Duration(float64(granted) * r.interval()))
		next := arrival[i].Add(time.Duration(r.interval())).Sub(now) - r.Per
		wait = max(wait, next)
	}
	return Grant{granted, wait}
}

// interval is the time of one token, in nanoseconds.
func (r Rate) interval() float64 { return float64(r.Per) / float64(r.Count) }

// Len is the number of keys that are remembered.
func (l *Local) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.arrival)
}

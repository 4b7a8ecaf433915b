// Package limit says how often things may happen, and counts them in memory.
package limit

import (
	"context"
	"time"
)

// Rate lets a number of things happen in a time. All of them may happen at
// once; then each is available again a Per/Count later (GCRA: the generic cell
// rate algorithm of ITU-T I.371, with a burst of Count).
type Rate struct {
	Count int
	Per   time.Duration
}

// Policy is a set of rates, all of which must allow a thing.
type Policy struct {
	Name  string // short and of [a-z_]; keys of different policies have nothing to do with each other
	Rates []Rate
}

// Request asks for tokens, one for each thing that is to happen; a negative
// number gives back what was granted and not used, and none only asks.
type Request struct {
	Key    string // whom or what the policy counts
	Tokens int
}

// Grant answers a Request.
type Grant struct {
	Tokens     int           // as many as asked for, or fewer
	RetryAfter time.Duration // when the next one is available; zero: now
}

// Limiter counts. It always has an answer, and gives it soon.
type Limiter interface {
	// Take answers each request, in their order. No two have the same key.
	Take(ctx context.Context, policy Policy, requests []Request) []Grant
}

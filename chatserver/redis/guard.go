package redis

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"uim.dev/uim/chatserver/breaker"
)

// guardFailures in a row mean that Redis is away: the first may be the last
// word of a connection that a restart broke.
const guardFailures = 2

// guardPatience is short of operationTimeout: a Redis that hangs is found out
// by the first operation that waits for it.
const guardPatience = 250 * time.Millisecond

// guardProbeTimeout keeps what it takes to notice a Redis that hangs, and to
// deliver by way of Postgres instead, within two seconds.
const guardProbeTimeout = 500 * time.Millisecond

// Guard is the breaker that everything which speaks to Redis shares, so that
// one that is away costs nobody time. Run must be running.
type Guard struct{ *breaker.Breaker }

// NewGuard returns the Guard of a client.
func NewGuard(client redis.UniversalClient, log *slog.Logger) Guard {
	return Guard{breaker.New(breaker.Config{
		Name: "redis", Failures: guardFailures, Patience: guardPatience, IsFailure: isAway,
		// A node at which nobody writes must notice as well that it hears nothing.
		Watch: true, ProbeTimeout: guardProbeTimeout,
		Probe: func(ctx context.Context) error { return Ping(ctx, client) },
	}, log)}
}

// Do runs an operation, with a bound on the time it takes; while Redis is away
// it fails at once with breaker.ErrOpen.
func (g Guard) Do(ctx context.Context, operation func(context.Context) error) error {
	return g.Breaker.Do(func() error {
		ctx, cancel := context.WithTimeout(ctx, operationTimeout)
		defer cancel()
		return operation(ctx)
	})
}

// isAway tells a Redis that can't serve anybody from one that answered. The
// words are those of its replies while it loads, fails over or lost its cluster.
func isAway(err error) bool {
	reply, ok := errors.AsType[redis.Error](err)
	if !ok {
		return true
	}
	for _, word := range []string{"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN"} {
		if strings.HasPrefix(reply.Error(), word) {
			return true
		}
	}
	return false
}

package chatserver

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"uim.dev/uim/chatserver/breaker"
	"uim.dev/uim/chatserver/postgres"
	"uim.dev/uim/chatserver/redis"
	"uim.dev/uim/chatserver/wire"
)

// health knows how this node and its dependencies are. It implements rest.HealthReporter.
type health struct {
	version       string
	dependencies  map[string]dependency
	schemaCurrent atomic.Bool
	stopping      atomic.Bool
}

// dependency is something the node needs, and how much.
type dependency struct {
	ping     func(context.Context) error
	breaker  *breaker.Breaker
	required bool // without it the node is down, not degraded
}

func newHealth(version string, store *postgres.Store, client goredis.UniversalClient, guard redis.Guard) *health {
	return &health{version: version, dependencies: map[string]dependency{
		"postgres": {ping: store.Ping, breaker: store.Breaker(), required: true},
		"redis":    {ping: func(ctx context.Context) error { return redis.Ping(ctx, client) }, breaker: guard.Breaker},
	}}
}

// pingTimeout is how long a dependency may take to answer and still be well.
const pingTimeout = 2 * time.Second

// Health asks every dependency, all at the same time.
func (h *health) Health(ctx context.Context) wire.Health {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	type answer struct {
		name string
		wire.DependencyHealth
	}
	answers := make(chan answer, len(h.dependencies))
	for name, d := range h.dependencies {
		go func() {
			start := time.Now()
			a := answer{name, wire.DependencyHealth{Status: "ok"}}
			// While its breaker is open nothing of this node reaches it, even
			// though it may answer again; and whoever asks need not wait.
			if d.breaker != nil && !d.breaker.Up() || d.ping(ctx) != nil {
				a.Status = "down"
			} else {
				a.LatencyMs = float32(time.Since(start).Microseconds()) / 1000
			}
			answers <- a
		}()
	}
	out := wire.Health{Status: "ok", Version: h.version, Dependencies: map[string]wire.DependencyHealth{}}
	for range h.dependencies {
		a := <-answers
		out.Dependencies[a.name] = a.DependencyHealth
		switch {
		case a.Status == "ok":
		case h.dependencies[a.name].required:
			out.Status = "down"
		case out.Status == "ok":
			out.Status = "degraded"
		}
	}
	return out
}

// Ready reports whether the node wants traffic. It looks at nothing outside: a
// dependency that is away for all nodes must not take all of them out of service.
func (h *health) Ready() error {
	switch {
	case h.stopping.Load():
		return errors.New("shutting down")
	case !h.schemaCurrent.Load():
		return errors.New("waiting for the database and its schema")
	}
	return nil
}

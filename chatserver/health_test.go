package chatserver

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func answers(context.Context) error { return nil }
func refuses(context.Context) error { return errors.New("connection refused") }
func hangs(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestHealth(t *testing.T) {
	t.Parallel()
	type ping = func(context.Context) error
	for name, c := range map[string]struct {
		postgres, redis ping
		want            string
		takes           time.Duration
	}{
		"all is well":       {answers, answers, "ok", 0},
		"Redis is away":     {answers, refuses, "degraded", 0},
		"Redis hangs":       {answers, hangs, "degraded", pingTimeout},
		"Postgres is away":  {refuses, answers, "down", 0},
		"Postgres hangs":    {hangs, answers, "down", pingTimeout},
		"both are away":     {refuses, refuses, "down", 0},
		"both hang at once": {hangs, hangs, "down", pingTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := &health{version: "v1", dependencies: map[string]dependency{
					"postgres": {ping: c.postgres, required: true}, "redis": {ping: c.redis}}}
				began := time.Now()
				got := h.Health(t.Context())
				if got.Status != c.want || got.Version != "v1" || time.Since(began) != c.takes {
					t.Errorf("got %+v after %v, want %s after %v", got, time.Since(began), c.want, c.takes)
				}
				for _, d := range []struct {
					name string
					ping ping
				}{{"postgres", c.postgres}, {"redis", c.redis}} {
					want := "ok"
					if d.ping(canceled(t)) != nil {
						want = "down"
					}
					if status := got.Dependencies[d.name].Status; status != want {
						t.Errorf("%s is %s, want %s", d.name, status, want)
					}
				}
			})
		})
	}
}

func canceled(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	h := &health{}
	if h.Ready() == nil {
		t.Error("ready before the schema is known to be current")
	}
	h.schemaCurrent.Store(true)
	if err := h.Ready(); err != nil {
		t.Error(err)
	}
	h.stopping.Store(true)
	if h.Ready() == nil {
		t.Error("ready while stopping")
	}
}

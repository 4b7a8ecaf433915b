package redis_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"uim.dev/uim/chatserver/limit"
	"uim.dev/uim/chatserver/redis"
	"uim.dev/uim/chatserver/testenv"
)

// slow is a policy of which no token comes back while a test runs.
var slow = limit.Policy{Name: "test", Rates: []limit.Rate{{Count: 50, Per: 500 * time.Hour}, {Count: 80, Per: 2000 * time.Hour}}}

// counter is a node's limiter.
type counter struct {
	*redis.Limiter
	client goredis.UniversalClient
	guard  redis.Guard
}

func newCounter(t *testing.T, addr string) *counter {
	t.Helper()
	client, err := redis.Open(redis.Config{Addr: addr})
	if err != nil {
		t.Fatal(err)
	}
	guard := redis.NewGuard(client, testenv.Log(t))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); guard.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended; _ = client.Close() })
	return &counter{redis.NewLimiter(client, guard), client, guard}
}

func (c *counter) take(t *testing.T, key string, tokens int) limit.Grant {
	t.Helper()
	return c.Take(t.Context(), slow, []limit.Request{{Key: key, Tokens: tokens}})[0]
}

func TestAllNodesCountTogether(t *testing.T) {
	t.Parallel()
	nodes := []*counter{newCounter(t, testenv.Redis(t)), newCounter(t, testenv.Redis(t))}
	key := t.Name()
	var granted atomic.Int64
	var running sync.WaitGroup
	for i := range 200 {
		running.Go(func() { granted.Add(int64(nodes[i%2].take(t, key, 1).Tokens)) })
	}
	running.Wait()
	if n := granted.Load(); n != 50 {
		t.Errorf("%d were granted, want 50", n)
	}
	g := nodes[0].take(t, key, 1)
	if interval := 500 * time.Hour / 50; g.Tokens != 0 || g.RetryAfter <= interval-time.Hour || g.RetryAfter > interval {
		t.Errorf("got %+v, want the next after nearly %v", g, interval)
	}
	if ttl := nodes[0].client.PTTL(t.Context(), "uim:limit:test:{"+key+"}").Val(); ttl <= 0 || ttl > 2000*time.Hour {
		t.Errorf("the key lives for %v", ttl)
	}
}

func TestManyAreAskedForAtOnce(t *testing.T) {
	t.Parallel()
	c := newCounter(t, testenv.Redis(t))
	var requests []limit.Request
	for i := range 100 {
		requests = append(requests, limit.Request{Key: fmt.Sprint(t.Name(), i), Tokens: i})
	}
	for i, g := range c.Take(t.Context(), slow, requests) {
		if g.Tokens != min(i, 50) || (g.RetryAfter > 0) != (i >= 50) {
			t.Errorf("of %d: %+v", i, g)
		}
	}
	for i := range requests {
		requests[i].Tokens = 100
	}
	for i, g := range c.Take(t.Context(), slow, requests) {
		if g.Tokens != 50-min(i, 50) {
			t.Errorf("after %d: %+v", i, g)
		}
	}
}

func TestWhatIsGivenBackMayBeTakenByAnotherNode(t *testing.T) {
	t.Parallel()
	a, b := newCounter(t, testenv.Redis(t)), newCounter(t, testenv.Redis(t))
	a.take(t, t.Name(), 50)
	a.take(t, t.Name(), -20)
	if g := b.take(t, t.Name(), 50); g.Tokens != 20 {
		t.Errorf("got %+v, want 20", g)
	}
	if g := a.take(t, t.Name(), 0); g.Tokens != 0 || g.RetryAfter == 0 {
		t.Errorf("asked only: %+v", g)
	}
	b.take(t, t.Name(), -1000)
	if n := a.client.Exists(t.Context(), "uim:limit:test:{"+t.Name()+"}").Val(); n != 0 {
		t.Error("a key that makes no difference stays")
	}
}

func TestARedisThatLostEverythingCountsAnew(t *testing.T) {
	t.Parallel()
	addr, stop, start := testenv.PrivateRedis(t)
	c := newCounter(t, addr)
	c.take(t, "ann", 50)
	if err := c.client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if g := c.take(t, "ann", 60); g.Tokens != 50 {
		t.Errorf("after FLUSHALL: %+v", g)
	}
	stop()
	start() // it has the keys, from its log, but not the script
	eventually(t, "Redis answers again", func() bool { return c.client.Ping(t.Context()).Err() == nil && c.guard.Up() })
	if g := c.take(t, "ann", 60); g.Tokens != 0 || g.RetryAfter == 0 {
		t.Errorf("after a restart: %+v", g)
	}
}

func TestWithoutRedisEachNodeCountsForItself(t *testing.T) {
	t.Parallel()
	addr, stop, start := testenv.PrivateRedis(t)
	a, b := newCounter(t, addr), newCounter(t, addr)
	a.take(t, "ann", 30)
	stop()
	for name, c := range map[string]*counter{"one": a, "other": b} {
		if g := c.take(t, "ann", 60); g.Tokens != 50 || g.RetryAfter == 0 {
			t.Errorf("the %s node: %+v", name, g)
		}
		if g := c.take(t, "ann", 1); g.Tokens != 0 {
			t.Errorf("the %s node once more: %+v", name, g)
		}
	}
	start()
	eventually(t, "Redis is noticed", func() bool { return a.guard.Up() && a.client.Ping(t.Context()).Err() == nil })
	if g := a.take(t, "ann", 60); g.Tokens != 20 {
		t.Errorf("with Redis again: %+v", g)
	}
}

func TestAClockPutBackLocksNobodyOut(t *testing.T) {
	t.Parallel()
	c := newCounter(t, testenv.Redis(t))
	key := "uim:limit:test:{" + t.Name() + "}"
	far := time.Now().Add(1e6 * time.Hour).UnixMicro()
	if err := c.client.Set(t.Context(), key, fmt.Sprintf("%d.000 %d.000", far, far), time.Hour).Err(); err != nil {
		t.Fatal(err)
	}
	if g := c.take(t, t.Name(), 1); g.Tokens != 0 || g.RetryAfter > 2000*time.Hour/80 {
		t.Errorf("got %+v", g)
	}
}

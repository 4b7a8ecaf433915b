package redis_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"uim.dev/uim/chatserver/breaker"
	"uim.dev/uim/chatserver/redis"
	"uim.dev/uim/chatserver/testenv"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

const partitions = 16

// ear is a Bus that listens, and what it has heard.
type ear struct {
	*redis.Bus
	client goredis.UniversalClient
	stop   func()

	mu    sync.Mutex
	heard []string
}

func listen(t *testing.T, addr string) *ear { t.Helper(); return listenTo(t, redis.Config{Addr: addr}) }

func listenTo(t *testing.T, config redis.Config) *ear {
	t.Helper()
	client, err := redis.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	guard := redis.NewGuard(client, testenv.Log(t))
	e := &ear{Bus: redis.NewBus(client, guard, partitions, testenv.Log(t)), client: client}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { guard.Run(ctx) })
	running.Go(func() {
		e.Listen(ctx, func(_ context.Context, body []byte) {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.heard = append(e.heard, string(body))
		})
	})
	e.stop = sync.OnceFunc(func() { cancel(); running.Wait(); _ = client.Close() })
	t.Cleanup(e.stop)
	return e
}

// of returns what was heard of one topic.
func (e *ear) of(topic string) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []string
	for _, h := range e.heard {
		if len(h) > len(topic) && h[:len(topic)] == topic {
			list = append(list, h)
		}
	}
	return list
}

func (e *ear) awaitUp(t *testing.T) {
	t.Helper()
	eventually(t, "the bus is up", e.Up)
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("in vain waited until %s", what)
		}
	}
}

func publish(t *testing.T, b *redis.Bus, payloads ...redis.Payload) {
	t.Helper()
	if err := b.Publish(t.Context(), payloads); err != nil {
		t.Fatal(err)
	}
}

func TestEveryNodeHearsEveryPartitionInOrder(t *testing.T) {
	t.Parallel()
	a, b := listen(t, testenv.Redis(t)), listen(t, testenv.Redis(t))
	a.awaitUp(t)
	b.awaitUp(t)
	want := make([][]string, partitions)
	for i := range 50 {
		var batch []redis.Payload
		for j := range 20 {
			p := (i + j) % partitions
			body := fmt.Sprintf("order %02d: %d.%d", p, i, j)
			want[p] = append(want[p], body)
			batch = append(batch, redis.Payload{Partition: p, Body: []byte(body)})
		}
		publish(t, a.Bus, batch...)
	}
	for name, e := range map[string]*ear{"the sender": a, "the other node": b} {
		eventually(t, name+" has heard all", func() bool { return len(e.of("order")) == 50*20 })
		for p := range partitions {
			if heard := e.of(fmt.Sprintf("order %02d", p)); !slices.Equal(heard, want[p]) {
				t.Errorf("%s heard in partition %d: %q", name, p, heard)
			}
		}
	}
}

func TestBodiesAreBytes(t *testing.T) {
	t.Parallel()
	e := listen(t, testenv.Redis(t))
	e.awaitUp(t)
	body := "bytes \x00\xff\r\n$5\r\n张"
	publish(t, e.Bus, redis.Payload{Partition: 1, Body: []byte(body)})
	eventually(t, "it is heard", func() bool { return slices.Equal(e.of("bytes"), []string{body}) })
}

func TestABusIsUpWhileItListens(t *testing.T) {
	t.Parallel()
	client, err := redis.Open(redis.Config{Addr: testenv.Redis(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	if redis.NewBus(client, redis.NewGuard(client, testenv.Log(t)), partitions, testenv.Log(t)).Up() {
		t.Error("a bus that does not listen is up")
	}
	if err := redis.Ping(t.Context(), client); err != nil {
		t.Error(err)
	}
	e := listen(t, testenv.Redis(t))
	e.awaitUp(t)
	e.stop()
	if e.Up() {
		t.Error("a bus that has stopped is up")
	}
}

func TestABusComesBackWithItsServer(t *testing.T) {
	t.Parallel()
	addr, stop, start := testenv.PrivateRedis(t)
	e := listen(t, addr)
	e.awaitUp(t)
	for round := range 2 {
		stop()
		eventually(t, "the loss is noticed", func() bool { return !e.Up() })
		if err := e.Publish(t.Context(), []redis.Payload{{Body: []byte("lost")}}); err == nil {
			t.Error("publishing to nobody went well")
		}
		start()
		topic := fmt.Sprint("back", round)
		eventually(t, "it is heard again", func() bool {
			err := e.Publish(t.Context(), []redis.Payload{{Body: []byte(topic + " again")}})
			return err == nil && len(e.of(topic)) > 0
		})
		e.awaitUp(t)
	}
}

// A server that accepts connections and says nothing is the worst: each try
// takes its whole time limit, so soon none is made.
func TestPublishingToASilentServerIsGivenUp(t *testing.T) {
	t.Parallel()
	addr := filepath.Join(t.TempDir(), "silent")
	silent, err := net.Listen("unix", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	client, err := redis.Open(redis.Config{Addr: addr})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	b := redis.NewBus(client, redis.NewGuard(client, testenv.Log(t)), partitions, testenv.Log(t))
	for range 2 {
		if err := b.Publish(t.Context(), []redis.Payload{{Body: []byte("x")}}); err == nil || errors.Is(err, breaker.ErrOpen) {
			t.Errorf("got %v", err)
		}
	}
	if err := b.Publish(t.Context(), []redis.Payload{{Body: []byte("x")}}); !errors.Is(err, breaker.ErrOpen) {
		t.Errorf("another try was made: %v", err)
	}
}

func TestABusLeavesNothingRunning(t *testing.T) { //nolint:paralleltest // it counts all goroutines
	addr := testenv.Redis(t)
	before := goleak.IgnoreCurrent()
	e := listen(t, addr)
	e.awaitUp(t)
	publish(t, e.Bus, redis.Payload{Body: []byte("x")})
	e.stop()

	client, err := redis.Open(redis.Config{Addr: t.TempDir() + "/nobody"})
	if err != nil {
		t.Fatal(err)
	}
	b := redis.NewBus(client, redis.NewGuard(client, testenv.Log(t)), partitions, testenv.Log(t))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); b.Listen(ctx, func(context.Context, []byte) {}) }()
	_ = b.Publish(t.Context(), []redis.Payload{{Body: []byte("x")}})
	cancel()
	<-ended
	_ = client.Close()
	goleak.VerifyNone(t, before)
}

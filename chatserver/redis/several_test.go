package redis_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/limit"
	"uim.dev/uim/chatserver/redis"
	"uim.dev/uim/chatserver/testenv"
)

// everything is all that a chat server does with Redis, on several servers.
type everything struct {
	*testing.T
	a, b   *ear
	limits *redis.Limiter
	board  *redis.Presence
	shelf  *redis.Offline
	rounds int
}

func newEverything(t *testing.T, config redis.Config) *everything {
	t.Helper()
	e := &everything{T: t, a: listenTo(t, config), b: listenTo(t, config)}
	client := openAs(t, config)
	guard := guarded(t, client)
	e.limits = redis.NewLimiter(client, guard)
	e.board = redis.NewPresence(client, guard, redis.PresenceConfig{TTL: time.Minute, Grace: time.Second})
	e.shelf = redis.NewOffline(client, guard, small)
	e.a.awaitUp(t)
	e.b.awaitUp(t)
	return e
}

// works tries all of it until it does: right after a failover a try may fail.
func (e *everything) works() {
	e.Helper()
	e.rounds++
	var last error
	eventually(e.T, fmt.Sprint("all works, round ", e.rounds), func() bool {
		last = e.try()
		return last == nil
	})
}

// many is enough for every master of a Cluster to have some.
const many = 30

func (e *everything) try() error {
	topic := uuid.NewString()
	var payloads []redis.Payload
	for p := range partitions {
		payloads = append(payloads, redis.Payload{Partition: p, Body: fmt.Appendf(nil, "%s %02d", topic, p)})
	}
	if err := e.a.Publish(e.Context(), payloads); err != nil {
		return err
	}
	var (
		all      = make([]uuid.UUID, many)
		requests = make([]limit.Request, many)
		missed   = make([]chat.Missed, many)
	)
	conversation := uuid.New()
	for i := range all {
		all[i] = uuid.New()
		requests[i] = limit.Request{Key: all[i].String(), Tokens: 30}
		missed[i] = chat.Missed{UserID: all[i], Messages: []chat.Message{text(conversation, 1, "hello")}}
	}
	for _, want := range []int{30, 20} { // of the policy's 50, whichever node counts
		for _, g := range e.limits.Take(e.Context(), slow, requests) {
			if g.Tokens != want {
				return fmt.Errorf("%d tokens were granted, want %d", g.Tokens, want)
			}
		}
	}
	if fresh, err := e.board.Arrive(e.Context(), all); err != nil || len(fresh) != many {
		return fmt.Errorf("%d people arrived, %w", len(fresh), err)
	}
	seen, err := e.board.Look(e.Context(), all)
	if err != nil || slices.ContainsFunc(seen, func(s chat.Sighting) bool { return !s.Connected }) {
		return fmt.Errorf("seen are %v, %w", seen, err)
	}
	if err := e.shelf.Add(e.Context(), missed); err != nil {
		return err
	}
	for _, user := range all {
		if w, err := e.shelf.Waiting(e.Context(), user); err != nil || len(w.Messages) != 1 || w.Newest[conversation] != 1 {
			return fmt.Errorf("waiting are %v, %w", w, err)
		}
	}
	if heard := e.b.of(topic); len(heard) != partitions {
		return fmt.Errorf("%d of %d partitions were heard", len(heard), partitions)
	}
	return nil
}

func TestAllWorksOnACluster(t *testing.T) {
	t.Parallel()
	servers := testenv.Cluster(t)
	e := newEverything(t, servers.Config)
	e.works()

	servers.First("SCRIPT", "FLUSH")
	e.works()

	// The replica takes the place of the first master, and its channels.
	servers.FirstMaster().Stop()
	eventually(t, "the loss is noticed", func() bool { return !e.a.Up() && !e.b.Up() })
	e.a.awaitUp(t)
	e.b.awaitUp(t)
	e.works()
}

// A node of a Cluster that has lost the script is asked again alone: what the
// others granted is granted once.
func TestAClusterGrantsOnceThoughANodeForgotTheScript(t *testing.T) {
	t.Parallel()
	servers := testenv.Cluster(t)
	client := openAs(t, servers.Config)
	limits := redis.NewLimiter(client, guarded(t, client))
	requests := make([]limit.Request, many)
	for i := range requests {
		requests[i] = limit.Request{Key: fmt.Sprint(t.Name(), i), Tokens: 25}
	}
	limits.Take(t.Context(), slow, requests)
	servers.First("SCRIPT", "FLUSH")
	for i, g := range limits.Take(t.Context(), slow, requests) {
		if g.Tokens != 25 {
			t.Errorf("%s was granted %d the second time", requests[i].Key, g.Tokens)
		}
	}
	for i, g := range limits.Take(t.Context(), slow, requests) {
		if g.Tokens != 0 {
			t.Errorf("%s was granted %d the third time", requests[i].Key, g.Tokens)
		}
	}
}

func TestAllWorksOnASentinelsMaster(t *testing.T) {
	t.Parallel()
	servers := testenv.Sentinels(t)
	e := newEverything(t, servers.Config)
	e.works()

	old := servers.FirstMaster()
	old.Stop()
	eventually(t, "the loss is noticed", func() bool { return !e.a.Up() && !e.b.Up() })
	e.a.awaitUp(t)
	e.b.awaitUp(t)
	e.works()

	old.Start() // as a replica of the one that took its place
	eventually(t, "it follows", func() bool { return servers.FirstMaster() != old })
	e.works()

	// One that hangs with its connections open is found out as well.
	hanging := servers.FirstMaster()
	hanging.Pause()
	eventually(t, "the hanging is noticed", func() bool { return !e.a.Up() && !e.b.Up() })
	e.a.awaitUp(t)
	e.b.awaitUp(t)
	e.works()
	hanging.Resume()
	e.works()
}

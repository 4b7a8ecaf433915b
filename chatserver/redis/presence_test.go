package redis_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	goredis "github.com/redis/go-redis/v9"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/redis"
	"uim.dev/uim/chatserver/testenv"
)

// meter counts what a client asks of the server, but for the breaker's PING each
// second.
type meter struct{ trips, commands atomic.Int64 }

func (m *meter) DialHook(next goredis.DialHook) goredis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (m *meter) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if cmd.Name() != "ping" {
			m.trips.Add(1)
			m.commands.Add(1)
		}
		return next(ctx, cmd)
	}
}

func (m *meter) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		m.trips.Add(1)
		m.commands.Add(int64(len(cmds)))
		return next(ctx, cmds)
	}
}

func (m *meter) reset() { m.trips.Store(0); m.commands.Store(0) }

// open returns a client of a server, closed with the test.
func open(t testing.TB, addr string) *goredis.Client {
	t.Helper()
	client, err := redis.Open(redis.Config{Addr: addr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// guarded returns a Guard that watches until the test ends.
func guarded(t testing.TB, client *goredis.Client) redis.Guard {
	t.Helper()
	guard := redis.NewGuard(client, testenv.Log(t))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); guard.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return guard
}

// board returns a node's board; the words of its nodes count for ttl.
func board(t testing.TB, addr string, ttl time.Duration) *redis.Presence {
	t.Helper()
	client := open(t, addr)
	return redis.NewPresence(client, guarded(t, client), redis.PresenceConfig{TTL: ttl, Grace: ttl / 6})
}

func must[T any](t testing.TB, value T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func people(n int) []uuid.UUID {
	list := make([]uuid.UUID, n)
	for i := range list {
		list[i] = uuid.New()
	}
	return list
}

func look(t testing.TB, p *redis.Presence, user uuid.UUID) chat.Sighting {
	t.Helper()
	list, err := p.Look(t.Context(), []uuid.UUID{user})
	return must(t, list, err)[0]
}

func TestPeopleAreOnlineWhileANodeSaysSo(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	one, two := board(t, testenv.Redis(t), time.Minute), board(t, testenv.Redis(t), time.Minute)
	user := people(1)
	check := func(when string, online, connected bool) {
		t.Helper()
		if s := look(t, two, user[0]); s.Online != online || s.Connected != connected {
			t.Errorf("%s: %+v", when, s)
		}
	}
	check("at first", false, false)
	if fresh, err := one.Arrive(ctx, user); err != nil || !slices.Equal(fresh, user) {
		t.Errorf("fresh %v, %v", fresh, err)
	}
	check("at one node", true, true)
	if fresh, err := two.Arrive(ctx, user); err != nil || len(fresh) != 0 {
		t.Errorf("at a second node fresh again: %v, %v", fresh, err)
	}
	if offline, err := one.Depart(ctx, user); err != nil || len(offline) != 0 {
		t.Errorf("offline though at the other node: %v, %v", offline, err)
	}
	check("at the other node", true, true)
	if err := two.Leave(ctx, user); err != nil {
		t.Error(err)
	}
	check("in the grace time", true, false)
	if fresh, err := one.Arrive(ctx, user); err != nil || len(fresh) != 0 {
		t.Errorf("fresh in the grace time: %v, %v", fresh, err)
	}
	check("back", true, true)
	if offline, err := one.Depart(ctx, user); err != nil || len(offline) != 0 {
		t.Errorf("offline in the grace time: %v, %v", offline, err)
	}
	if offline, err := two.Depart(ctx, user); err != nil || !slices.Equal(offline, user) {
		t.Errorf("offline %v, %v", offline, err)
	}
	check("gone", false, false)
}

// A node that died says nothing any more; the last it said tells when people
// were last seen.
func TestTheWordOfADeadNodeEnds(t *testing.T) {
	t.Parallel()
	const ttl = 300 * time.Millisecond
	dead, alive := board(t, testenv.Redis(t), ttl), board(t, testenv.Redis(t), ttl)
	user, before := people(2), time.Now().Add(-time.Second)
	if _, err := dead.Arrive(t.Context(), user); err != nil {
		t.Fatal(err)
	}
	stays := user[1:]
	eventually(t, "the word has ended", func() bool {
		if err := alive.Stay(t.Context(), stays); err != nil {
			t.Fatal(err)
		}
		return !look(t, alive, user[0]).Online
	})
	if s := look(t, alive, user[0]); s.SeenAt.Before(before) || s.SeenAt.After(time.Now().Add(time.Second)) {
		t.Errorf("seen at %v", s.SeenAt)
	}
	if s := look(t, alive, stays[0]); !s.Online || !s.SeenAt.IsZero() {
		t.Errorf("who is at a living node is %+v", s)
	}
	if fresh, err := alive.Arrive(t.Context(), user); err != nil || !slices.Equal(fresh, user[:1]) {
		t.Errorf("fresh %v, %v", fresh, err)
	}
}

// Nothing of the board may stay for ever, also not after it was emptied between
// two notes.
func TestABoardForgets(t *testing.T) {
	t.Parallel()
	addr, _, _ := testenv.PrivateRedis(t)
	client, p, user := open(t, addr), board(t, addr, time.Minute), people(1)
	if _, err := p.Arrive(t.Context(), user); err != nil {
		t.Fatal(err)
	}
	if ttl := client.PTTL(t.Context(), "uim:presence:"+user[0].String()).Val(); ttl <= time.Minute || ttl > time.Hour {
		t.Errorf("a note is kept for %v", ttl)
	}
	client.FlushAll(t.Context())
	if err := p.Leave(t.Context(), user); err != nil {
		t.Fatal(err)
	}
	if n := client.DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("%d notes for ever", n)
	}
	if err := p.Stay(t.Context(), user); err != nil || !look(t, p, user[0]).Online {
		t.Errorf("not back after being repeated: %v", err)
	}
}

func TestABoardThatIsAwayFailsAtOnceAndComesBack(t *testing.T) {
	t.Parallel()
	addr, stop, start := testenv.PrivateRedis(t)
	p, user := board(t, addr, time.Minute), people(1)
	if _, err := p.Arrive(t.Context(), user); err != nil {
		t.Fatal(err)
	}
	stop()
	for range 3 {
		if _, err := p.Look(t.Context(), user); err == nil {
			t.Error("an absent board was looked at")
		}
	}
	start()
	eventually(t, "the board is back", func() bool { return p.Stay(t.Context(), user) == nil })
	if !look(t, p, user[0]).Online {
		t.Error("not online though repeated")
	}
}

// crowd is a publisher and a store that count.
type crowd struct{ announced atomic.Int64 }

func (c *crowd) Publish(_ context.Context, events []chat.Event) {
	for _, e := range events {
		c.announced.Add(int64(len(e.(chat.PresenceChanged).UserIDs)))
	}
}

func (c *crowd) SaveLastSeen(context.Context, []chat.LastSeen) error { return nil }

// The design's figure: 3,000 people who reconnect within a second do not storm Redis.
func TestAStormOfReconnectsCostsAHandfulOfRoundTrips(t *testing.T) {
	t.Parallel()
	const n = 3000
	addr := testenv.Redis(t)
	client := open(t, addr)
	m := &meter{}
	client.AddHook(m)
	p := redis.NewPresence(client, guarded(t, client), redis.PresenceConfig{TTL: time.Minute, Grace: 20 * time.Second})
	all, c := people(n), &crowd{}
	config := chat.DefaultAttendanceConfig
	config.Grace, config.Repeat = 20*time.Second, time.Hour
	a := chat.NewAttendance(p, c, c, config, func(err error) { t.Error(err) })
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); a.Run(ctx) }()
	defer func() { cancel(); <-ended }()

	each := func(do func(uuid.UUID)) {
		for _, user := range all {
			do(user)
		}
	}
	report := func(what string, trips, commands int64) {
		t.Helper()
		got := fmt.Sprintf("%s of %d people: %d round trips, %d commands", what, n, m.trips.Load(), m.commands.Load())
		t.Log(got)
		if m.trips.Load() > trips || m.commands.Load() > commands {
			t.Errorf("%s; at most %d and %d", got, trips, commands)
		}
		m.reset()
	}
	each(a.Connected)
	eventually(t, "all are announced", func() bool { return c.announced.Load() == n })
	report("The arrival", 1+2*7, 4*n+20) // a chunk of 500 a round trip; the crowd may fall into two rounds

	each(a.Disconnected)
	each(a.Connected)
	a.Connected(uuid.New()) // when this one is announced, a round has passed
	eventually(t, "a round has passed", func() bool { return c.announced.Load() == n+1 })
	report("A reconnect at once", 2*2*7, 5*n+40)

	each(a.Disconnected)
	eventually(t, "their leaving is noted", func() bool { return m.commands.Load() >= n })
	each(a.Connected)
	eventually(t, "their return is noted", func() bool {
		list, err := p.Look(ctx, all[n-1:])
		return err == nil && list[0].Connected && m.commands.Load() >= 5*n
	})
	if extra := c.announced.Load() - n - 1; extra != 0 {
		t.Errorf("%d announcements of who never was away for long", extra)
	}
	m.reset()
	if err := p.Stay(ctx, all); err != nil {
		t.Fatal(err)
	}
	report("A repetition", 6, 2*n+6)
	if keys := client.Keys(ctx, "uim:presence:*").Val(); len(keys) < n || !strings.HasPrefix(keys[0], "uim:") {
		t.Errorf("%d keys", len(keys))
	}
}

package chatserver_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"uim.dev/uim/chatserver"
	"uim.dev/uim/chatserver/conformance"
	"uim.dev/uim/chatserver/redis"
	"uim.dev/uim/chatserver/testenv"
)

// frail is two nodes on a Postgres and a Redis that the test may stop or pause,
// with alice at one node and bob at the other, both connected.
type frail struct {
	t               *testing.T
	env             *conformance.Env
	urls            []string
	postgres, redis *testenv.Private
	redisAddr       string
	alice, bob      *conformance.Person
	conversation    string
	sent            int // messages that were acknowledged
}

func newFrail(t *testing.T) *frail {
	t.Helper()
	c := newCluster(t)
	f := &frail{t: t}
	c.database, f.postgres = testenv.PrivatePostgres(t)
	f.redisAddr, f.redis = testenv.PrivateRedisServer(t)
	f.begin(c, func(config *chatserver.Config) { config.RedisAddr = f.redisAddr })
	return f
}

// begin starts two nodes, with alice and bob connected to one each.
func (f *frail) begin(c *cluster, change func(*chatserver.Config)) {
	t := f.t
	t.Helper()
	for range 2 {
		url, _ := c.start(t, change)
		f.urls = append(f.urls, url)
	}
	f.env = conformance.NewEnv(f.urls...)
	t.Cleanup(f.env.Close)
	f.alice, f.bob = f.env.NewPerson(t, 0), f.env.NewPerson(t, 1)
	f.conversation = f.alice.Open(t, f.bob)
	f.alice.Connect(t)
	f.bob.Connect(t)
	f.exchange(3)
}

// exchange has alice send messages, of which each is acknowledged and comes to
// bob, in order and once.
func (f *frail) exchange(n int) {
	f.t.Helper()
	for range n {
		content := fmt.Sprint("message ", f.sent+1)
		began := time.Now()
		ack, refused := f.alice.Ask(f.t, f.conversation, uuid.NewString(), content)
		require.Empty(f.t, refused.Code)
		acked := time.Now()
		f.sent++
		require.EqualValues(f.t, f.sent, ack.Seq)
		m := f.bob.Receive(f.t)
		require.Equal(f.t, content, m.Content)
		require.EqualValues(f.t, f.sent, m.Seq)
		f.t.Logf("message %d was acknowledged after %v and delivered after %v", m.Seq, acked.Sub(began), time.Since(began))
	}
}

// awaitHealth waits until both nodes say how they are.
func (f *frail) awaitHealth(want string) {
	f.t.Helper()
	require.Eventually(f.t, func() bool {
		for node := range f.urls {
			if f.env.Health(f.t, node).Status != want {
				return false
			}
		}
		return true
	}, 30*time.Second, 50*time.Millisecond, "both nodes are %s", want)
}

// wanted checks that both nodes want traffic all the same.
func (f *frail) wanted() {
	f.t.Helper()
	for _, url := range f.urls {
		require.True(f.t, ready(f.t, url), "what is away for all nodes must not take them out of service")
	}
}

// stored checks what is in the conversation, at the end: what was acknowledged,
// in order and once.
func (f *frail) stored() {
	f.t.Helper()
	messages := f.bob.History(f.t, f.conversation)
	require.Len(f.t, messages, f.sent)
	for i, m := range messages {
		require.EqualValues(f.t, i+1, m.Seq)
		require.Equal(f.t, fmt.Sprint("message ", i+1), m.Content)
	}
}

func TestMessagesGoOnWhileRedisHangs(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.redis.Pause()
	f.exchange(5)
	f.awaitHealth("degraded")
	f.wanted()
	f.exchange(5)
	f.redis.Resume()
	f.awaitHealth("ok")
	f.exchange(5)
	f.stored()
}

func TestMessagesGoOnAfterRedisForgotEverything(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	client, err := redis.Open(redis.Config{Addr: f.redisAddr})
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Close()) }()
	for _, command := range [][]any{{"FLUSHALL"}, {"SCRIPT", "FLUSH"}, {"CLIENT", "KILL", "TYPE", "pubsub"}, {"CLIENT", "KILL", "TYPE", "normal"}} {
		require.NoError(t, client.Do(t.Context(), command...).Err())
		f.exchange(3)
	}
	f.awaitHealth("ok")
	f.exchange(3)
	f.stored()
}

// Of a conversation that is new nobody could be told over the bus.
func TestAConversationOpenedWhileRedisIsAwayComesToTheOtherNode(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	eve := f.env.NewPerson(t, 1)
	eve.Connect(t)
	f.redis.Stop()
	f.awaitHealth("degraded")
	opened := f.alice.Open(t, eve)
	eve.Shown(t, opened)
	_, refused := f.alice.Ask(t, opened, uuid.NewString(), "hello")
	require.Empty(t, refused.Code)
	require.Equal(t, "hello", eve.Receive(t).Content)
}

// While Postgres is away nothing is acknowledged, and people keep their
// connections; afterwards a repeated message is stored once.
func TestSendsAreRefusedForNowWhilePostgresIsAway(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]struct{ begin, end func(*testenv.Private) }{
		"stopped": {(*testenv.Private).Stop, (*testenv.Private).Start},
		"hanging": {(*testenv.Private).Pause, (*testenv.Private).Resume},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFrail(t)
			away.begin(f.postgres)
			id, content := uuid.NewString(), fmt.Sprint("message ", f.sent+1)
			for range 3 {
				_, refused := f.alice.Ask(t, f.conversation, id, content)
				require.Equal(t, "unavailable", refused.Code)
				require.True(t, refused.Retryable)
				require.Positive(t, refused.RetryAfter)
			}
			f.awaitHealth("down")
			f.wanted()
			began := time.Now()
			_, refused := f.alice.Ask(t, f.conversation, id, content)
			require.Equal(t, "unavailable", refused.Code)
			t.Logf("refused after %v", time.Since(began))

			away.end(f.postgres)
			f.awaitHealth("ok")
			ack, refused := f.alice.Ask(t, f.conversation, id, content) // on the connection she had
			require.Empty(t, refused.Code)
			f.sent++
			require.EqualValues(t, f.sent, ack.Seq)
			require.Equal(t, content, f.bob.Receive(t).Content)
			f.exchange(3)
			f.stored()
		})
	}
}

func TestBothAwayAndBack(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.redis.Stop()
	f.postgres.Stop()
	_, refused := f.alice.Ask(t, f.conversation, uuid.NewString(), "nothing")
	require.Equal(t, "unavailable", refused.Code)
	f.awaitHealth("down")
	f.wanted()
	f.postgres.Start()
	f.awaitHealth("degraded")
	f.exchange(3)
	f.redis.Start()
	f.awaitHealth("ok")
	f.exchange(3)
	f.stored()
}

package chatserver_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"uim.dev/uim/chatserver"
	"uim.dev/uim/chatserver/conformance"
	"uim.dev/uim/chatserver/testenv"
)

// absence is a conversation of alice, who is there, and bob, who comes and goes.
type absence struct {
	env          *conformance.Env
	alice        *conformance.Person
	bob          *conformance.Absence
	conversation string
	redis        *goredis.Client
	sent         int64
}

// newAbsence starts nodes, alice at the first and bob at the last, on a Redis of their own.
func newAbsence(t *testing.T, nodes int, change ...func(*chatserver.Config)) *absence {
	t.Helper()
	c := newCluster(t)
	addr, _, _ := testenv.PrivateRedis(t)
	change = append(change, func(config *chatserver.Config) { config.RedisAddr = addr })
	var urls []string
	for range nodes {
		url, _ := c.start(t, change...)
		urls = append(urls, url)
	}
	env := conformance.NewEnv(urls...)
	t.Cleanup(env.Close)
	a := &absence{env: env, alice: env.NewPerson(t, 0), redis: goredis.NewClient(&goredis.Options{Network: "unix", Addr: addr})}
	t.Cleanup(func() { _ = a.redis.Close() })
	bob := env.NewPerson(t, nodes-1)
	a.conversation = a.alice.Open(t, bob)
	a.bob = bob.Absent(a.conversation)
	return a
}

func (a *absence) send(t *testing.T, n int) {
	t.Helper()
	for range n {
		a.sent = a.alice.Send(t, a.conversation, strconv.FormatInt(a.sent+1, 10))
	}
}

// putBy is the number of messages put by for bob.
func (a *absence) putBy(t *testing.T) int64 {
	t.Helper()
	return a.putByFor(t, a.bob.ID())
}

func (a *absence) putByFor(t *testing.T, user string) int64 {
	t.Helper()
	n, err := a.redis.LLen(t.Context(), "uim:offline:{"+user+"}:frames").Result()
	require.NoError(t, err)
	return n
}

// awaitLooked waits until the queue has looked who missed what alice has sent: what
// she sends last goes to somebody who was never here.
func (a *absence) awaitLooked(t *testing.T) {
	t.Helper()
	nobody := a.env.NewPerson(t, 0)
	a.alice.Send(t, a.alice.Open(t, nobody), "Are you there?")
	require.Eventually(t, func() bool { return a.putByFor(t, nobody.ID()) == 1 }, 15*time.Second, 10*time.Millisecond)
}

func (a *absence) awaitPutBy(t *testing.T, n int64) {
	t.Helper()
	require.Eventually(t, func() bool { return a.putBy(t) == n }, 15*time.Second, 10*time.Millisecond, "%d are put by", n)
}

// returns fails the test unless bob, coming back, gets as many messages from
// the queue, and altogether everything.
func (a *absence) returns(t *testing.T, batched int) {
	t.Helper()
	n, last := a.bob.Return(t)
	require.Equal(t, batched, n, "messages from the queue")
	require.Equal(t, a.sent, last, "the last seq after the sync")
}

func TestWhatIsMissedWaitsUntilItIsReceived(t *testing.T) {
	for nodes := 1; nodes <= 2; nodes++ {
		t.Run(fmt.Sprintf("%d nodes", nodes), func(t *testing.T) {
			a := newAbsence(t, nodes)
			a.send(t, 5) // bob has never been here
			a.awaitPutBy(t, 5)
			a.returns(t, 5)
			a.alice.AwaitPresence(t, a.bob.Person, "online")
			a.send(t, 1) // live
			a.awaitLooked(t)
			a.bob.Leave(t)
			a.alice.AwaitPresence(t, a.bob.Person, "offline")
			require.EqualValues(t, 5, a.putBy(t), "nothing was confirmed, nothing removed")
			a.bob.Forget()
			a.returns(t, 5) // the sixth, by sync
			a.bob.Receive(t)
			a.awaitPutBy(t, 0)
			a.bob.Leave(t)
			a.send(t, 3) // maybe within the grace time
			a.alice.AwaitPresence(t, a.bob.Person, "offline")
			a.send(t, 3)
			require.Eventually(t, func() bool { return a.putBy(t) >= 3 }, 15*time.Second, 10*time.Millisecond)
			_, last := a.bob.Return(t)
			require.Equal(t, a.sent, last)
		})
	}
}

func TestSyncMakesGoodWhatTheQueueLacks(t *testing.T) {
	a := newAbsence(t, 1)
	a.send(t, 4)
	a.awaitPutBy(t, 4)
	require.NoError(t, a.redis.FlushAll(t.Context()).Err())
	a.returns(t, 0) // all was lost
	a.bob.Receive(t)
	a.bob.Leave(t)
	a.alice.AwaitPresence(t, a.bob.Person, "offline")

	a.send(t, 2)
	a.awaitPutBy(t, 2)
	require.NoError(t, a.redis.FlushAll(t.Context()).Err())
	a.send(t, 2)
	a.awaitPutBy(t, 2)
	a.returns(t, 0) // the first of them were lost
	a.bob.Leave(t)
	a.alice.AwaitPresence(t, a.bob.Person, "offline")

	a.bob.ReadOver(t, a.sent) // by another device
	a.returns(t, 0)           // what is put by is stale
	a.awaitPutBy(t, 0)
}

func TestOfMuchTheQueueKeepsNothing(t *testing.T) {
	a := newAbsence(t, 1)
	a.alice.Connect(t)
	for i := range 250 {
		a.alice.Submit(t, a.conversation, strconv.Itoa(i+1))
	}
	require.Eventually(t, func() bool {
		full, err := a.redis.HGet(t.Context(), "uim:offline:{"+a.bob.ID()+"}:heads", "#full").Result()
		return err == nil && full == "1"
	}, 30*time.Second, 10*time.Millisecond)
	require.Zero(t, a.putBy(t))
	n, _ := a.bob.Return(t)
	require.Zero(t, n)
}

func TestTheQueueCanBeSwitchedOff(t *testing.T) {
	a := newAbsence(t, 1, func(config *chatserver.Config) { config.OfflineQueue = false })
	a.send(t, 3)
	a.returns(t, 0)
	a.bob.Receive(t)
	require.Empty(t, a.redis.Keys(t.Context(), "uim:offline:*").Val())
}

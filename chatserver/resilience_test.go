package chatserver_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"uim.dev/uim/chatserver"
	"uim.dev/uim/chatserver/conformance"
	"uim.dev/uim/chatserver/testenv"
)

func TestMessagesTravelBetweenNodesWhileRedisIsAway(t *testing.T) {
	c := newCluster(t)
	redis, stopRedis, startRedis := testenv.PrivateRedis(t)
	privately := func(config *chatserver.Config) { config.RedisAddr = redis }
	first, _ := c.start(t, privately)
	second, _ := c.start(t, privately)
	env := conformance.NewEnv(first, second)
	defer env.Close()
	alice, bob := env.NewPerson(t, 0), env.NewPerson(t, 1)
	conversation := alice.Open(t, bob)
	bob.Connect(t)
	alice.Send(t, conversation, "with Redis")
	require.EqualValues(t, 1, bob.Receive(t).Seq)

	stopRedis()
	for i := range 5 {
		alice.Send(t, conversation, fmt.Sprint("without Redis ", i))
	}
	for i := range 5 {
		require.EqualValues(t, i+2, bob.Receive(t).Seq, "the healer delivers, in order")
	}
	require.Equal(t, "degraded", env.Health(t, 0).Status)
	require.True(t, ready(t, first), "a node without Redis still wants traffic")

	startRedis()
	require.Eventually(t, func() bool { return env.Health(t, 0).Status == "ok" && env.Health(t, 1).Status == "ok" }, 15*time.Second, 50*time.Millisecond)
	alice.Send(t, conversation, "with Redis again")
	require.EqualValues(t, 7, bob.Receive(t).Seq)
}

func TestAStoppingNodeAnswersWhatItTookAndSaysGoodbye(t *testing.T) {
	c := newCluster(t)
	leaving, stop := c.start(t)
	staying, _ := c.start(t)
	env := conformance.NewEnv(leaving, staying)
	defer env.Close()
	alice, bob := env.NewPerson(t, 0), env.NewPerson(t, 1)
	conversation := alice.Open(t, bob)
	alice.Connect(t)
	for i := range 50 {
		alice.Submit(t, conversation, strconv.Itoa(i))
	}
	go stop()
	code, acks, goodbye := alice.Drained(t)
	require.Equal(t, 4000, code, "going away: the client reconnects by itself")
	require.True(t, goodbye, "session.closing comes first")

	stored := map[int64]bool{}
	for _, m := range bob.History(t, conversation) {
		stored[m.Seq] = true
	}
	for _, ack := range acks {
		require.True(t, stored[ack.Seq], "message %d was acknowledged", ack.Seq)
	}
	for seq := int64(1); seq <= int64(len(stored)); seq++ {
		require.True(t, stored[seq], "there is no gap at %d", seq)
	}
}

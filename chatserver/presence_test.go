package chatserver_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"uim.dev/uim/chatserver"
	"uim.dev/uim/chatserver/conformance"
	"uim.dev/uim/chatserver/testenv"
)

func TestPresenceIsUnknownWhileRedisIsAwayAndComesBack(t *testing.T) {
	c := newCluster(t)
	redis, stopRedis, startRedis := testenv.PrivateRedis(t)
	privately := func(config *chatserver.Config) { config.RedisAddr = redis }
	first, _ := c.start(t, privately)
	second, _ := c.start(t, privately)
	env := conformance.NewEnv(first, second)
	defer env.Close()
	alice, bob, carol := env.NewPerson(t, 0), env.NewPerson(t, 1), env.NewPerson(t, 1)
	alice.Open(t, bob)
	alice.Open(t, carol)
	bob.Connect(t)
	alice.AwaitPresence(t, bob, "online")
	require.Equal(t, "offline", alice.Presence(t, carol))

	stopRedis()
	require.Equal(t, "unknown", alice.Presence(t, bob), "and no error")
	carol.Connect(t)
	startRedis() // and it knows nothing any more
	alice.AwaitPresence(t, bob, "online")
	alice.AwaitPresence(t, carol, "online")
}

func TestANodeThatStopsLetsItsPeopleGo(t *testing.T) {
	c := newCluster(t)
	staying, _ := c.start(t)
	leaving, stop := c.start(t)
	env := conformance.NewEnv(staying, leaving)
	defer env.Close()
	alice, bob := env.NewPerson(t, 0), env.NewPerson(t, 1)
	alice.Open(t, bob)
	bob.Connect(t)
	alice.AwaitPresence(t, bob, "online")
	before := time.Now().Add(-time.Second)
	stop()
	alice.AwaitPresence(t, bob, "offline") // within the grace time, not only a minute later
	require.True(t, alice.LastSeen(t, bob).After(before), "and is known to have been there")
}

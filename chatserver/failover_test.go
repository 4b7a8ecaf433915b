package chatserver_test

import (
	"testing"

	"uim.dev/uim/chatserver"
	"uim.dev/uim/chatserver/testenv"
)

// While another Redis takes the place of one that is gone, every message is
// acknowledged and shown, by way of Postgres; afterwards all is as before.
func TestMessagesGoOnThroughAFailoverOfRedis(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB) *testenv.Redises{"sentinels": testenv.Sentinels, "a Cluster": testenv.Cluster} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := start(t)
			f := &frail{t: t}
			f.begin(newCluster(t), func(config *chatserver.Config) {
				to := servers.Config
				config.RedisAddr, config.RedisUsername, config.RedisPassword = to.Addr, to.Username, to.Password
				config.RedisSentinelMaster, config.RedisSentinelPassword, config.RedisCluster = to.SentinelMaster, to.SentinelPassword, to.Cluster
			})
			f.awaitHealth("ok")
			servers.FirstMaster().Stop()
			f.exchange(10)
			f.awaitHealth("ok")
			f.wanted()
			f.exchange(10)
			f.stored()
		})
	}
}

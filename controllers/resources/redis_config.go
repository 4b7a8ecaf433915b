package resources

import (
	"fmt"

	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

// redisConfigKey is the file in the ConfigMap of the managed Redis.
const redisConfigKey = "redis.conf"

// RedisConfigMap holds the configuration of the managed Redis.
func RedisConfigMap(c Cluster) *corev1ac.ConfigMapApplyConfiguration {
	return corev1ac.ConfigMap(RedisName(c), c.Namespace).
		WithLabels(labels(c, ComponentRedis)).
		WithOwnerReferences(owner(c)).
		WithData(map[string]string{redisConfigKey: redisConfig(c)})
}

// redisConfig keeps data twice, as an append-only file (at most a second is lost)
// and as snapshots. A quarter of the memory stays free for the copy-on-write
// pages of a snapshot; when the rest is full, what would expire anyway goes first.
func redisConfig(c Cluster) string {
	return fmt.Sprintf(`port 6379
bind * -::*
protected-mode no
dir %s
aclfile %s/%s
appendonly yes
appendfsync everysec
aof-use-rdb-preamble yes
save 900 1 300 100 60 10000
maxmemory %d
maxmemory-policy volatile-lru
tcp-keepalive 60
`, redisDataFolder, redisACLFolder, redisACLKey, c.Redis.Resources.LimitMemory.Value()/4*3)
}

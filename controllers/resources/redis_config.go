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
	return fmt.Sprintf(`port 0
tls-port 6379
tls-cert-file %[1]s/%[2]s
tls-key-file %[1]s/%[3]s
tls-ca-cert-file %[1]s/%[4]s
tls-auth-clients no
tls-protocols "TLSv1.2 TLSv1.3"
bind * -::*
protected-mode no
dir %[5]s
aclfile %[6]s/%[7]s
appendonly yes
appendfsync everysec
aof-use-rdb-preamble yes
save 900 1 300 100 60 10000
maxmemory %[8]d
maxmemory-policy volatile-lru
tcp-keepalive 60
`, certificateFolder, keyCertificate, keyCertificateKey, keyCA, redisDataFolder, redisACLFolder, redisACLKey, c.Redis.Resources.LimitMemory.Value()/4*3)
}

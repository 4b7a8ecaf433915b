package resources

import (
	_ "embed"

	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

// Files in the ConfigMap of the managed Redis that sentinels watch.
const (
	redisHAScriptKey   = "node.sh"
	sentinelConfigKey  = "sentinel.conf"
	sentinelPortNumber = 26379
)

var (
	//go:embed redisha/node.sh
	redisHAScript string
	//go:embed redisha/sentinel.conf
	sentinelConfig string
)

// RedisHAConfigMap holds the configuration of servers and sentinels, and what
// starts them.
func RedisHAConfigMap(c Cluster) *corev1ac.ConfigMapApplyConfiguration {
	return corev1ac.ConfigMap(RedisHAName(c), c.Namespace).
		WithLabels(labels(c, ComponentRedisHA)).
		WithOwnerReferences(owner(c)).
		WithData(redisHAFiles(c))
}

func redisHAFiles(c Cluster) map[string]string {
	return map[string]string{
		redisHAScriptKey:  redisHAScript,
		sentinelConfigKey: sentinelConfig,
		redisConfigKey:    redisConfig(c) + "tls-replication yes\n",
	}
}

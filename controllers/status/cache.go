package status

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
)

func cacheReady(f Facts) metav1.Condition {
	return serverReady(f, serverCondition{
		conditionType: v1alpha1.ConditionCacheReady,
		part:          Cache,
		title:         "Redis",
		workload:      resources.RedisName(f.Cluster),
		external:      f.Cluster.Redis.External,
		seen:          f.Cache,
	})
}

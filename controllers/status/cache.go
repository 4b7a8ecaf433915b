package status

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
)

func cacheReady(f Facts) metav1.Condition {
	s := serverCondition{
		conditionType: v1alpha1.ConditionCacheReady,
		part:          Cache,
		title:         "Redis",
		workload:      resources.RedisName(f.Cluster),
		wanted:        f.Cluster.Redis,
		seen:          f.Cache,
	}
	s.look = fmt.Sprintf("kubectl describe pod %s-0 -n %s", s.workload, f.Cluster.Namespace)
	if s.several() {
		s.workload = resources.RedisHAName(f.Cluster)
		s.look = fmt.Sprintf("kubectl describe pod -n %s -l %s=%s,%s=%s", f.Cluster.Namespace,
			resources.LabelInstance, f.Cluster.Name, resources.LabelComponent, resources.ComponentRedisHA)
	}
	return serverReady(f, s)
}

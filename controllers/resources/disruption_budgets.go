package resources

import (
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
	policyv1ac "k8s.io/client-go/applyconfigurations/policy/v1"
)

// ChatDisruptionBudget lets nodes be drained one chat server at a time. It is nil
// with less than two servers: a budget for one would either do nothing or keep its
// node from ever being drained. Servers that are not ready may always be moved.
func ChatDisruptionBudget(c Cluster) *policyv1ac.PodDisruptionBudgetApplyConfiguration {
	if c.Chat.Replicas < 2 {
		return nil
	}
	return oneAtATime(c, ChatName(c), ComponentChat)
}

// RedisHADisruptionBudget lets nodes be drained one server at a time, so that
// the others can choose a master. It is nil when there is one server alone.
func RedisHADisruptionBudget(c Cluster) *policyv1ac.PodDisruptionBudgetApplyConfiguration {
	if c.Redis.Instances < 2 {
		return nil
	}
	return oneAtATime(c, RedisHAName(c), ComponentRedisHA)
}

func oneAtATime(c Cluster, name string, component Component) *policyv1ac.PodDisruptionBudgetApplyConfiguration {
	return policyv1ac.PodDisruptionBudget(name, c.Namespace).
		WithLabels(labels(c, component)).
		WithOwnerReferences(owner(c)).
		WithSpec(policyv1ac.PodDisruptionBudgetSpec().
			WithMaxUnavailable(intstr.FromInt32(1)).
			WithUnhealthyPodEvictionPolicy(policyv1.AlwaysAllow).
			WithSelector(metav1ac.LabelSelector().WithMatchLabels(SelectorLabels(c.Name, component))))
}

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
	return policyv1ac.PodDisruptionBudget(ChatName(c), c.Namespace).
		WithLabels(labels(c, ComponentChat)).
		WithOwnerReferences(owner(c)).
		WithSpec(policyv1ac.PodDisruptionBudgetSpec().
			WithMaxUnavailable(intstr.FromInt32(1)).
			WithUnhealthyPodEvictionPolicy(policyv1.AlwaysAllow).
			WithSelector(metav1ac.LabelSelector().WithMatchLabels(SelectorLabels(c.Name, ComponentChat))))
}

package resources

import corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

// ChatServiceAccount is whom the chat servers and the migration run as. They never
// speak to Kubernetes and get no token.
func ChatServiceAccount(c Cluster) *corev1ac.ServiceAccountApplyConfiguration {
	return corev1ac.ServiceAccount(ChatName(c), c.Namespace).
		WithLabels(labels(c, ComponentChat)).
		WithOwnerReferences(owner(c)).
		WithAutomountServiceAccountToken(false)
}

package resources

import (
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

// secret holds data that the cluster cannot do without. Generated values in it
// are made once: builders of its data take what exists and only add.
func secret(c Cluster, name string, component Component, data map[string][]byte) *corev1ac.SecretApplyConfiguration {
	return corev1ac.Secret(name, c.Namespace).
		WithLabels(labels(c, component)).
		WithOwnerReferences(dataOwners(c)...).
		WithData(data)
}

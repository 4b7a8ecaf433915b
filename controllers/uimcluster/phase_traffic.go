package uimcluster

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"uim.dev/uim/controllers/resources"
)

// reconcileTraffic makes the address of the chat servers inside of Kubernetes.
func (p *pass) reconcileTraffic(ctx context.Context) error {
	_, err := apply(ctx, p, resources.ChatService(p.cluster), &corev1.Service{}, corev1ac.ExtractService)
	return err
}

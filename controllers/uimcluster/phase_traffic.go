package uimcluster

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	networkingv1ac "k8s.io/client-go/applyconfigurations/networking/v1"

	"uim.dev/uim/controllers/resources"
)

// reconcileTraffic makes the ways in: the Service, and the Ingress if a host is
// given.
func (p *pass) reconcileTraffic(ctx context.Context) error {
	if _, err := apply(ctx, p, resources.ChatService(p.cluster), &corev1.Service{}, corev1ac.ExtractService); err != nil {
		return err
	}
	ingress := resources.ChatIngress(p.cluster)
	if ingress == nil {
		return p.remove(ctx, resources.ChatName(p.cluster), &networkingv1.Ingress{})
	}
	_, err := apply(ctx, p, ingress, &networkingv1.Ingress{}, networkingv1ac.ExtractIngress)
	return err
}

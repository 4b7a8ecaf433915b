package uimcluster

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"uim.dev/uim/controllers/resources"
)

// reconcileRetirement stops a managed Redis that an external one has replaced, once
// no chat server uses it any more. Its volume and its Secret stay with the cluster.
func (p *pass) reconcileRetirement(ctx context.Context) error {
	if p.cluster.Redis.External == "" || !p.facts.RolledOut() {
		return nil
	}
	name := resources.RedisName(p.cluster)
	if err := p.remove(ctx, name, &appsv1.StatefulSet{}); err != nil {
		return err
	}
	if err := p.remove(ctx, name, &corev1.Service{}); err != nil {
		return err
	}
	if err := p.remove(ctx, name, &networkingv1.NetworkPolicy{}); err != nil {
		return err
	}
	return p.remove(ctx, name, &corev1.ConfigMap{})
}

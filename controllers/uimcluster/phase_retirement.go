package uimcluster

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/controllers/resources"
)

// reconcileRetirement stops a managed Redis that another one has replaced, once no
// chat server uses it any more. Its volumes and its Secret stay with the cluster.
func (p *pass) reconcileRetirement(ctx context.Context) error {
	if !p.facts.RolledOut() {
		return nil
	}
	for name, inUse := range map[string]bool{
		resources.RedisName(p.cluster):   p.cluster.Redis.External == "" && p.cluster.Redis.Instances == 1,
		resources.RedisHAName(p.cluster): p.cluster.Redis.External == "" && p.cluster.Redis.Instances > 1,
	} {
		if inUse {
			continue
		}
		for _, object := range []client.Object{&appsv1.StatefulSet{}, &corev1.Service{}, &networkingv1.NetworkPolicy{}, &corev1.ConfigMap{}} {
			if err := p.remove(ctx, name, object); err != nil {
				return err
			}
		}
	}
	return nil
}

package uimcluster

import (
	"context"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	networkingv1ac "k8s.io/client-go/applyconfigurations/networking/v1"

	"uim.dev/uim/controllers/resources"
)

// reconcileNetwork says who may reach whom. While it is not known where a server is,
// the policies stay as they are.
func (p *pass) reconcileNetwork(ctx context.Context) error {
	if p.cluster.Network != nil && (p.database == nil || p.cache == nil) {
		return nil
	}
	var wanted []string
	if p.cluster.Network != nil {
		for _, policy := range resources.NetworkPolicies(p.cluster, *p.database, *p.cache) {
			if _, err := apply(ctx, p, policy, &networkingv1.NetworkPolicy{}, networkingv1ac.ExtractNetworkPolicy); err != nil {
				return err
			}
			wanted = append(wanted, *policy.GetName())
		}
	}
	for _, name := range resources.NetworkPolicyNames(p.cluster) {
		// A Redis may still be in use when it is no longer wanted; see reconcileRetirement.
		isRedis := name == resources.RedisName(p.cluster) || name == resources.RedisHAName(p.cluster)
		if slices.Contains(wanted, name) || p.cluster.Network != nil && isRedis {
			continue
		}
		if err := p.remove(ctx, name, &networkingv1.NetworkPolicy{}); err != nil {
			return err
		}
	}
	return nil
}

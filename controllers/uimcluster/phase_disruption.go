package uimcluster

import (
	"context"

	policyv1 "k8s.io/api/policy/v1"
	policyv1ac "k8s.io/client-go/applyconfigurations/policy/v1"

	"uim.dev/uim/controllers/resources"
)

// reconcileDisruption says how many servers a drained node may take away.
func (p *pass) reconcileDisruption(ctx context.Context) error {
	for name, budget := range map[string]*policyv1ac.PodDisruptionBudgetApplyConfiguration{
		resources.ChatName(p.cluster):    resources.ChatDisruptionBudget(p.cluster),
		resources.RedisHAName(p.cluster): resources.RedisHADisruptionBudget(p.cluster),
	} {
		if budget == nil {
			if err := p.remove(ctx, name, &policyv1.PodDisruptionBudget{}); err != nil {
				return err
			}
			continue
		}
		if _, err := apply(ctx, p, budget, &policyv1.PodDisruptionBudget{}, policyv1ac.ExtractPodDisruptionBudget); err != nil {
			return err
		}
	}
	return nil
}

package uimcluster

import (
	"context"

	policyv1 "k8s.io/api/policy/v1"
	policyv1ac "k8s.io/client-go/applyconfigurations/policy/v1"

	"uim.dev/uim/controllers/resources"
)

// reconcileDisruption says how many chat servers a drained node may take away.
func (p *pass) reconcileDisruption(ctx context.Context) error {
	budget := resources.ChatDisruptionBudget(p.cluster)
	if budget == nil {
		return p.remove(ctx, resources.ChatName(p.cluster), &policyv1.PodDisruptionBudget{})
	}
	_, err := apply(ctx, p, budget, &policyv1.PodDisruptionBudget{}, policyv1ac.ExtractPodDisruptionBudget)
	return err
}

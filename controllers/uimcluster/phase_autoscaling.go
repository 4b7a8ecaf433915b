package uimcluster

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	autoscalingv2ac "k8s.io/client-go/applyconfigurations/autoscaling/v2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/controllers/resources"
)

// reconcileAutoscaling makes the number of chat servers follow the load.
func (p *pass) reconcileAutoscaling(ctx context.Context) error {
	autoscaler := resources.ChatAutoscaler(p.cluster)
	if autoscaler == nil {
		return p.remove(ctx, resources.ChatName(p.cluster), &autoscalingv2.HorizontalPodAutoscaler{})
	}
	_, err := apply(ctx, p, autoscaler, &autoscalingv2.HorizontalPodAutoscaler{}, autoscalingv2ac.ExtractHorizontalPodAutoscaler)
	return err
}

// replicasManager is the field manager that keeps the number of chat servers for
// the autoscaler.
const replicasManager = resources.FieldManager + "-replicas"

// handOverReplicas keeps the number of chat servers when it becomes the
// autoscaler's: a field that its last owner no longer applies would fall back to
// its default, which is 1, and send everyone away from all the other servers.
func (p *pass) handOverReplicas(ctx context.Context) error {
	live := &appsv1.Deployment{}
	if exists, err := p.load(ctx, resources.ChatName(p.cluster), live); err != nil || !exists {
		return err
	}
	owned, err := appsv1ac.ExtractDeployment(live, resources.FieldManager)
	if err != nil {
		return fmt.Errorf("read the owned fields of %s: %w", p.describe(live), err)
	}
	if owned.Spec == nil || owned.Spec.Replicas == nil || p.hold(live) {
		return nil
	}
	keep := appsv1ac.Deployment(live.Name, live.Namespace).
		WithSpec(appsv1ac.DeploymentSpec().WithReplicas(*owned.Spec.Replicas))
	if err := p.Client.Apply(ctx, keep, client.FieldOwner(replicasManager), client.ForceOwnership); err != nil {
		return fmt.Errorf("hand the replicas of %s to the autoscaler: %w", p.describe(live), err)
	}
	return nil
}

package resources

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	autoscalingv2ac "k8s.io/client-go/applyconfigurations/autoscaling/v2"
)

// connectionsMetric is the metric of a chat server's pod that counts people.
const connectionsMetric = "uim_websocket_connections"

const (
	// shrinkAfterSeconds is how long fewer servers must have been enough before one goes.
	shrinkAfterSeconds = 300
	// shrinkPeriodSeconds is the time between two that go: each sends its people to
	// the others, which then have to take them in.
	shrinkPeriodSeconds = 60
)

// ChatAutoscaler makes the number of chat servers follow the load; it is nil when
// the number is fixed. It grows as fast as Kubernetes does by default and shrinks
// one server at a time.
func ChatAutoscaler(c Cluster) *autoscalingv2ac.HorizontalPodAutoscalerApplyConfiguration {
	a := c.Chat.Autoscaling
	if a == nil {
		return nil
	}
	spec := autoscalingv2ac.HorizontalPodAutoscalerSpec().
		WithScaleTargetRef(autoscalingv2ac.CrossVersionObjectReference().
			WithAPIVersion("apps/v1").WithKind("Deployment").WithName(ChatName(c))).
		WithMinReplicas(c.Chat.Replicas).
		WithMaxReplicas(a.MaxReplicas).
		WithBehavior(autoscalingv2ac.HorizontalPodAutoscalerBehavior().
			WithScaleDown(autoscalingv2ac.HPAScalingRules().
				WithStabilizationWindowSeconds(shrinkAfterSeconds).
				WithSelectPolicy(autoscalingv2.MaxChangePolicySelect).
				WithPolicies(autoscalingv2ac.HPAScalingPolicy().
					WithType(autoscalingv2.PodsScalingPolicy).
					WithValue(1).
					WithPeriodSeconds(shrinkPeriodSeconds))))
	if a.CPUUtilization > 0 {
		spec.WithMetrics(autoscalingv2ac.MetricSpec().
			WithType(autoscalingv2.ResourceMetricSourceType).
			WithResource(autoscalingv2ac.ResourceMetricSource().
				WithName(corev1.ResourceCPU).
				WithTarget(autoscalingv2ac.MetricTarget().
					WithType(autoscalingv2.UtilizationMetricType).
					WithAverageUtilization(a.CPUUtilization))))
	}
	if a.Connections > 0 {
		spec.WithMetrics(autoscalingv2ac.MetricSpec().
			WithType(autoscalingv2.PodsMetricSourceType).
			WithPods(autoscalingv2ac.PodsMetricSource().
				WithMetric(autoscalingv2ac.MetricIdentifier().WithName(connectionsMetric)).
				WithTarget(autoscalingv2ac.MetricTarget().
					WithType(autoscalingv2.AverageValueMetricType).
					WithAverageValue(*resource.NewQuantity(int64(a.Connections), resource.DecimalSI)))))
	}
	return autoscalingv2ac.HorizontalPodAutoscaler(ChatName(c), c.Namespace).
		WithLabels(labels(c, ComponentChat)).
		WithOwnerReferences(owner(c)).
		WithSpec(spec)
}

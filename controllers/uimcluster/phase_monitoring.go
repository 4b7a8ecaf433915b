package uimcluster

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
)

// +kubebuilder:rbac:groups=monitoring.coreos.com,resources=podmonitors;prometheusrules,verbs=get;list;watch;create;patch;delete

// reconcileMonitoring tells Prometheus and Grafana of the cluster. It runs for clusters
// that ask for it, and once more for those that did.
func (p *pass) reconcileMonitoring(ctx context.Context) error {
	m := p.cluster.Monitoring
	seen := &p.facts.Monitoring
	seen.Wanted = m.PodMonitor.Enabled || m.PrometheusRule.Enabled || m.Dashboard.Enabled
	if !seen.Wanted && meta.FindStatusCondition(p.object.Status.Conditions, v1alpha1.ConditionMonitoringReady) == nil {
		return nil
	}
	err := errors.Join(
		p.reconcileDashboard(ctx),
		p.keepMonitoringObject(ctx, resources.PodMonitorKind(), resources.PodMonitor(p.cluster)),
		p.keepMonitoringObject(ctx, resources.PrometheusRuleKind(), resources.PrometheusRule(p.cluster)),
	)
	if problem, ok := errors.AsType[*problemError](err); ok {
		seen.Problem, err = &problem.problem, nil
	}
	if seen.Problem != nil {
		p.wakeAfter(retryBlocked)
	}
	return err
}

func (p *pass) reconcileDashboard(ctx context.Context) error {
	dashboard := resources.Dashboard(p.cluster)
	if dashboard == nil {
		return p.remove(ctx, resources.DashboardName(p.cluster), &corev1.ConfigMap{})
	}
	_, err := apply(ctx, p, dashboard, &corev1.ConfigMap{}, corev1ac.ExtractConfigMap)
	return err
}

// keepMonitoringObject makes an object of the Prometheus operator as wanted; nil means
// that it must not exist. A kind that Kubernetes does not have is noted.
func (p *pass) keepMonitoringObject(ctx context.Context, kind schema.GroupVersionKind, wanted *unstructured.Unstructured) error {
	if wanted == nil {
		return p.removeOptional(ctx, kind, resources.ChatName(p.cluster))
	}
	_, _, err := p.applyOptional(ctx, wanted)
	if errors.Is(err, errKindMissing) {
		p.facts.Monitoring.Missing = append(p.facts.Monitoring.Missing, kind.Kind)
		return nil
	}
	return err
}

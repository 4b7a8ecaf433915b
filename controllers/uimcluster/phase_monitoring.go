package uimcluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
)

// +kubebuilder:rbac:groups=monitoring.coreos.com,resources=podmonitors;prometheusrules,verbs=get;create;patch;delete

// recheckMonitoring is how soon a pass looks again at objects of the Prometheus
// operator, which are not watched: their kinds may come and go while this runs.
const recheckMonitoring = 10 * time.Minute

// reconcileMonitoring tells Prometheus and Grafana of the cluster. It runs for clusters
// that ask for it, and once more for those that did.
func (p *pass) reconcileMonitoring(ctx context.Context) error {
	m := p.cluster.Monitoring
	seen := &p.facts.Monitoring
	seen.Wanted = m.PodMonitor.Enabled || m.PrometheusRule.Enabled || m.Dashboard.Enabled
	if !seen.Wanted && meta.FindStatusCondition(p.object.Status.Conditions, v1alpha1.ConditionMonitoringReady) == nil {
		return nil
	}
	if m.PodMonitor.Enabled || m.PrometheusRule.Enabled {
		p.wakeAfter(recheckMonitoring)
	}
	err := errors.Join(
		p.reconcileDashboard(ctx),
		p.keepMonitoringObject(ctx, resources.PodMonitorKind(), resources.PodMonitor(p.cluster)),
		p.keepMonitoringObject(ctx, resources.PrometheusRuleKind(), resources.PrometheusRule(p.cluster)),
	)
	if problem, ok := errors.AsType[*problemError](err); ok {
		seen.Problem, err = &problem.problem, nil
	}
	if len(seen.Missing) > 0 || seen.Problem != nil {
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
// that it must not exist. A kind that Kubernetes does not know is noted.
func (p *pass) keepMonitoringObject(ctx context.Context, kind schema.GroupVersionKind, wanted *unstructured.Unstructured) error {
	_, err := p.Client.RESTMapper().RESTMapping(kind.GroupKind(), kind.Version)
	switch {
	case meta.IsNoMatchError(err):
		if wanted != nil {
			p.facts.Monitoring.Missing = append(p.facts.Monitoring.Missing, kind.Kind)
		}
		return nil
	case err != nil:
		return fmt.Errorf("find out about kind %s: %w", kind.Kind, err)
	}
	live := &unstructured.Unstructured{}
	live.SetGroupVersionKind(kind)
	if wanted == nil {
		return p.remove(ctx, resources.ChatName(p.cluster), live)
	}
	exists, err := p.load(ctx, wanted.GetName(), live)
	if err != nil {
		return err
	}
	if exists && has(live.Object, wanted.Object) {
		return nil
	}
	live.SetName(wanted.GetName())
	if p.hold(live) {
		return nil
	}
	err = p.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(wanted), client.FieldOwner(resources.FieldManager), client.ForceOwnership)
	switch {
	case apierrors.IsNotFound(err):
		// It was known a moment ago.
		p.facts.Monitoring.Missing = append(p.facts.Monitoring.Missing, kind.Kind)
		return nil
	case err != nil:
		return fmt.Errorf("apply %s: %w", p.describe(live), err)
	}
	log.FromContext(ctx).Info("Applied an object", "object", p.describe(live), "created", !exists)
	return nil
}

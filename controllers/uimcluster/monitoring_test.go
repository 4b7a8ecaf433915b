package uimcluster_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/controllers/resources"
)

// The kinds of the Prometheus operator come and go while the operator runs.
func TestMonitoring(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{monitoring: {
		podMonitor: {enabled: true, labels: {release: prometheus}}, prometheusRule: {enabled: true}, dashboard: {enabled: true}}}`)
	s.thenCondition("MonitoringReady", "False", "KindMissing", "no PodMonitor and no PrometheusRule (monitoring.coreos.com/v1): install the Prometheus operator")
	s.thenCondition("Ready", "True", "AllPartsReady", "")
	s.thenExists("acme-dashboard", &corev1.ConfigMap{})

	s.whenMonitoringKinds("apply", "--server-side")
	s.afterPasses(1)
	s.thenCondition("MonitoringReady", "True", "Applied", "")
	if monitor := s.monitoringObject(resources.PodMonitorKind()); monitor.GetLabels()["release"] != "prometheus" {
		t.Errorf("the PodMonitor has the labels %v", monitor.GetLabels())
	}
	rule := s.monitoringObject(resources.PrometheusRuleKind())
	s.thenPassesWriteNothing()

	// What somebody else changes comes back, what they add stays.
	change(s, "acme-chat", rule, func(o *unstructured.Unstructured) {
		o.SetLabels(map[string]string{"cost-centre": "42", resources.LabelInstance: "acme", resources.LabelManagedBy: resources.FieldManager, resources.LabelName: "uim"})
		if err := unstructured.SetNestedSlice(o.Object, nil, "spec", "groups"); err != nil {
			t.Fatal(err)
		}
	})
	s.afterPasses(1)
	s.eventually("the rules", func() error {
		now := s.monitoringObject(resources.PrometheusRuleKind())
		groups, _, _ := unstructured.NestedSlice(now.Object, "spec", "groups")
		if len(groups) != 1 || now.GetLabels()["cost-centre"] != "42" {
			return fmt.Errorf("there are %d groups, labels %v", len(groups), now.GetLabels())
		}
		return nil
	})

	s.whenSpecBecomes(`{monitoring: {podMonitor: {enabled: true}}}`)
	s.thenGone("acme-chat", ofKind(resources.PrometheusRuleKind()))
	s.thenGone("acme-dashboard", &corev1.ConfigMap{})
	s.eventually("a PodMonitor without the label", func() error {
		if labels := s.monitoringObject(resources.PodMonitorKind()).GetLabels(); labels["release"] != "" {
			return fmt.Errorf("has %v", labels)
		}
		return nil
	})

	s.whenSpecBecomes(`{}`)
	s.thenGone("acme-chat", ofKind(resources.PodMonitorKind()))
	s.eventually("the condition to go", func() error {
		if meta.FindStatusCondition(s.cluster().Status.Conditions, "MonitoringReady") != nil {
			return errors.New("is there")
		}
		return nil
	})

	s.whenSpecBecomes(`{monitoring: {podMonitor: {enabled: true}}}`)
	s.thenCondition("MonitoringReady", "True", "Applied", "")
	s.whenMonitoringKinds("delete")
	s.afterPasses(1)
	s.thenCondition("MonitoringReady", "False", "KindMissing", "no PodMonitor")
	s.whenMonitoringKinds("apply", "--server-side")
	s.thenCondition("MonitoringReady", "True", "Applied", "")
	s.monitoringObject(resources.PodMonitorKind())
}

func (s *story) whenMonitoringKinds(verb ...string) {
	s.Helper()
	folder, err := kubernetes.Module(s.Context(), "github.com/prometheus-operator/prometheus-operator")
	if err != nil {
		s.Fatal(err)
	}
	for _, kind := range []string{"podmonitors", "prometheusrules"} {
		file := filepath.Join(folder, "example", "prometheus-operator-crd", "monitoring.coreos.com_"+kind+".yaml")
		if _, err := kubernetes.Kubectl(append(verb, "-f", file)...); err != nil {
			s.Fatal(err)
		}
	}
	if verb[0] == "apply" {
		if _, err := kubernetes.Kubectl("wait", "--for=condition=Established", "--timeout=20s",
			"crd/podmonitors.monitoring.coreos.com", "crd/prometheusrules.monitoring.coreos.com"); err != nil {
			s.Fatal(err)
		}
	}
}

func (s *story) monitoringObject(kind schema.GroupVersionKind) *unstructured.Unstructured {
	s.Helper()
	object := ofKind(kind)
	s.eventually(kind.Kind, func() error {
		return kubernetes.Client.Get(s.Context(), client.ObjectKey{Namespace: s.namespace, Name: "acme-chat"}, object)
	})
	return object
}

func ofKind(kind schema.GroupVersionKind) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	return object
}

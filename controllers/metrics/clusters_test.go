package metrics_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/metrics"
)

func TestFiguresOfAClusterComeAndGoWithIt(t *testing.T) {
	clusters := metrics.NewClusters()
	acme := types.NamespacedName{Namespace: "chat", Name: "acme"}
	status := v1alpha1.UIMClusterStatus{Phase: v1alpha1.PhaseRunning, Conditions: []metav1.Condition{
		{Type: "Ready", Status: metav1.ConditionTrue}, {Type: "Paused", Status: metav1.ConditionFalse}, {Type: "Odd", Status: metav1.ConditionUnknown},
	}}
	end := time.Unix(1_800_000_000, 0)
	clusters.Observe(acme, status, map[string]metrics.Certificate{"acme-postgres-tls": {End: end, Late: end.Add(-24 * time.Hour)}})
	want := `
# HELP uim_operator_certificate_expiry_timestamp_seconds When a certificate that a UIMCluster uses ends, in seconds since 1970.
# TYPE uim_operator_certificate_expiry_timestamp_seconds gauge
uim_operator_certificate_expiry_timestamp_seconds{secret="acme-postgres-tls",uim_cluster="acme",uim_namespace="chat"} 1.8e+09
# HELP uim_operator_certificate_late_timestamp_seconds From when on the successor of a certificate that a UIMCluster uses should be there, in seconds since 1970.
# TYPE uim_operator_certificate_late_timestamp_seconds gauge
uim_operator_certificate_late_timestamp_seconds{secret="acme-postgres-tls",uim_cluster="acme",uim_namespace="chat"} 1.7999136e+09
# HELP uim_operator_cluster_condition Conditions of UIMClusters: 1 True, 0 False, -1 Unknown.
# TYPE uim_operator_cluster_condition gauge
uim_operator_cluster_condition{condition="Odd",uim_cluster="acme",uim_namespace="chat"} -1
uim_operator_cluster_condition{condition="Paused",uim_cluster="acme",uim_namespace="chat"} 0
uim_operator_cluster_condition{condition="Ready",uim_cluster="acme",uim_namespace="chat"} 1
`
	err := testutil.CollectAndCompare(clusters, strings.NewReader(want), "uim_operator_certificate_expiry_timestamp_seconds",
		"uim_operator_certificate_late_timestamp_seconds", "uim_operator_cluster_condition")
	if err != nil {
		t.Error(err)
	}
	if problems, err := testutil.CollectAndLint(clusters); err != nil || len(problems) > 0 {
		t.Errorf("the names are bad: %v %v", problems, err)
	}

	// A condition that is no longer there goes, and all with the cluster.
	status.Conditions = status.Conditions[:1]
	clusters.Observe(acme, status, nil)
	if n := testutil.CollectAndCount(clusters, "uim_operator_cluster_condition"); n != 1 {
		t.Errorf("there are %d conditions", n)
	}
	clusters.Forget(acme)
	if n := testutil.CollectAndCount(clusters); n != 0 {
		t.Errorf("there are %d figures of a cluster that is gone", n)
	}
}

// Every phase that the API knows has a series.
func TestEveryPhaseIsShown(t *testing.T) {
	text, err := os.ReadFile("../../config/crd/bases/uim.dev_uimclusters.yaml")
	if err != nil {
		t.Fatal(err)
	}
	definition := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.Unmarshal(text, definition); err != nil {
		t.Fatal(err)
	}
	clusters := metrics.NewClusters()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(clusters)
	clusters.Observe(types.NamespacedName{Namespace: "chat", Name: "acme"}, v1alpha1.UIMClusterStatus{Phase: v1alpha1.PhaseRunning}, nil)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, m := range families[0].GetMetric() {
		shown = append(shown, fmt.Sprintf("%q", m.GetLabel()[0].GetValue()))
	}
	var known []string
	for _, phase := range definition.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["status"].Properties["phase"].Enum {
		known = append(known, string(phase.Raw))
	}
	slices.Sort(shown)
	slices.Sort(known)
	if !slices.Equal(shown, known) {
		t.Errorf("shown are %v, the API knows %v", shown, known)
	}
}

// Several operators of one process, in a test, share their figures.
func TestRegisterTwice(t *testing.T) {
	registry := prometheus.NewRegistry()
	first, err := metrics.Register(registry, "1.4.0")
	if err != nil {
		t.Fatal(err)
	}
	second, err := metrics.Register(registry, "1.4.0")
	if err != nil || first != second {
		t.Errorf("the second one gets %p, not %p (%v)", second, first, err)
	}
}

// Package metrics shows what the operator knows of its UIMClusters as figures for
// Prometheus, beside those that controller-runtime has of its work.
package metrics

import (
	"maps"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"uim.dev/uim/api/v1alpha1"
)

// Clusters are the figures of all UIMClusters that this operator looks after. Their
// labels name clusters, conditions, phases and Secrets of the operator, so that there
// are as many as there are of those; the series of a cluster go with it. Its methods
// may be called at any time.
//
// The labels are uim_namespace and uim_cluster, because Prometheus gives namespace to
// the operator's own pod.
type Clusters struct {
	condition *prometheus.Desc
	phase     *prometheus.Desc
	expiry    *prometheus.Desc
	late      *prometheus.Desc

	mu   sync.Mutex
	seen map[types.NamespacedName]seen // guarded by mu
}

// seen is what a pass saw of a cluster.
type seen struct {
	conditions   map[string]metav1.ConditionStatus
	phase        v1alpha1.Phase
	certificates map[string]Certificate
}

// Certificate is when a certificate ends, and from when on its successor should be there.
type Certificate struct{ End, Late time.Time }

// NewClusters has no figures yet.
func NewClusters() *Clusters {
	labels := func(more string) []string { return []string{"uim_namespace", "uim_cluster", more} }
	return &Clusters{
		condition: prometheus.NewDesc("uim_operator_cluster_condition",
			"Conditions of UIMClusters: 1 True, 0 False, -1 Unknown.", labels("condition"), nil),
		phase: prometheus.NewDesc("uim_operator_cluster_phase",
			"1 for the phase that a UIMCluster is in, 0 for the others.", labels("phase"), nil),
		expiry: prometheus.NewDesc("uim_operator_certificate_expiry_timestamp_seconds",
			"When a certificate that a UIMCluster uses ends, in seconds since 1970.", labels("secret"), nil),
		late: prometheus.NewDesc("uim_operator_certificate_late_timestamp_seconds",
			"From when on the successor of a certificate that a UIMCluster uses should be there, in seconds since 1970.", labels("secret"), nil),
		seen: map[types.NamespacedName]seen{},
	}
}

// Observe takes the figures of a cluster from its status, and its certificates by the
// names of their Secrets.
func (c *Clusters) Observe(cluster types.NamespacedName, status v1alpha1.UIMClusterStatus, certificates map[string]Certificate) {
	now := seen{conditions: map[string]metav1.ConditionStatus{}, phase: status.Phase, certificates: maps.Clone(certificates)}
	for _, condition := range status.Conditions {
		now.conditions[condition.Type] = condition.Status
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[cluster] = now
}

// Forget drops the figures of a cluster that is gone.
func (c *Clusters) Forget(cluster types.NamespacedName) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.seen, cluster)
}

// Describe implements prometheus.Collector.
func (c *Clusters) Describe(out chan<- *prometheus.Desc) {
	out <- c.condition
	out <- c.phase
	out <- c.expiry
	out <- c.late
}

// Collect implements prometheus.Collector.
func (c *Clusters) Collect(out chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for cluster, s := range c.seen {
		gauge := func(desc *prometheus.Desc, value float64, label string) {
			out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, cluster.Namespace, cluster.Name, label)
		}
		for name, status := range s.conditions {
			gauge(c.condition, conditionValue(status), name)
		}
		for _, phase := range phases() {
			gauge(c.phase, truth(phase == s.phase), string(phase))
		}
		for secret, certificate := range s.certificates {
			gauge(c.expiry, float64(certificate.End.Unix()), secret)
			gauge(c.late, float64(certificate.Late.Unix()), secret)
		}
	}
}

func conditionValue(status metav1.ConditionStatus) float64 {
	switch status {
	case metav1.ConditionTrue:
		return 1
	case metav1.ConditionFalse:
		return 0
	default:
		return -1
	}
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// phases are all that a cluster can be in.
func phases() []v1alpha1.Phase {
	return []v1alpha1.Phase{
		v1alpha1.PhaseInstalling, v1alpha1.PhaseRunning, v1alpha1.PhaseUpdating, v1alpha1.PhaseDegraded,
		v1alpha1.PhaseBlocked, v1alpha1.PhaseHibernated, v1alpha1.PhasePaused,
	}
}

package status

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/api/v1alpha1"
)

// Monitoring is what was seen of what spec.monitoring asks for.
type Monitoring struct {
	// Wanted is true when it asks for anything.
	Wanted bool
	// Missing are kinds that it asks for and that Kubernetes does not know.
	Missing []string
	// Problem is why an object could not be made, or nil.
	Problem *Problem
}

// monitoringReady is no part of Ready: people chat as well without it.
func monitoringReady(f Facts) metav1.Condition {
	const t = v1alpha1.ConditionMonitoringReady
	m := f.Monitoring
	if p, ok := f.Problems[Watching]; ok {
		return isNot(t, p.Reason, p.Message)
	}
	switch {
	case m.Problem != nil:
		return isNot(t, m.Problem.Reason, m.Problem.Message)
	case len(m.Missing) > 0:
		return isNot(t, "KindMissing", fmt.Sprintf(
			"This Kubernetes has no %s (monitoring.coreos.com/v1): install the Prometheus operator, or switch it off in spec.monitoring; once installed it is found by itself",
			strings.Join(m.Missing, " and no ")))
	default:
		return is(t, "Applied", "What spec.monitoring asks for is there; whether Prometheus and Grafana pick it up depends on the labels they look for")
	}
}

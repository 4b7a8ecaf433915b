package status_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/status"
)

func TestMonitoringReady(t *testing.T) {
	wanted := func(f *status.Facts) { f.Monitoring.Wanted = true }
	for name, test := range map[string]struct {
		facts  status.Facts
		status metav1.ConditionStatus // empty: there is no such condition
		reason string
		says   string
	}{
		"not asked for": {healthy(), "", "", ""},
		"there":         {healthy(wanted), metav1.ConditionTrue, "Applied", "labels"},
		"kinds missing": {
			healthy(wanted, func(f *status.Facts) { f.Monitoring.Missing = []string{"PodMonitor", "PrometheusRule"} }),
			metav1.ConditionFalse, "KindMissing", "no PodMonitor and no PrometheusRule",
		},
		"name taken": {
			healthy(wanted, func(f *status.Facts) {
				f.Monitoring.Problem = &status.Problem{Reason: "NameTaken", Message: "in the way"}
			}),
			metav1.ConditionFalse, "NameTaken", "in the way",
		},
		"removal fails": {healthy(problem(status.Watching, "Retrying", false)), metav1.ConditionFalse, "Retrying", "in the way"},
	} {
		t.Run(name, func(t *testing.T) {
			before := v1alpha1.UIMClusterStatus{Conditions: []metav1.Condition{{Type: v1alpha1.ConditionMonitoringReady, Status: metav1.ConditionTrue}}}
			now := status.Compute(before, test.facts)
			c := meta.FindStatusCondition(now.Conditions, v1alpha1.ConditionMonitoringReady)
			switch {
			case test.status == "" && c != nil:
				t.Errorf("there is %+v", c)
			case test.status != "" && (c == nil || c.Status != test.status || c.Reason != test.reason || !strings.Contains(c.Message, test.says)):
				t.Errorf("it is %+v", c)
			}
			if !meta.IsStatusConditionTrue(now.Conditions, v1alpha1.ConditionReady) {
				t.Error("chat counts as not Ready because of its monitoring")
			}
		})
	}
}

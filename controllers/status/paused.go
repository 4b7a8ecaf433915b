package status

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/api/v1alpha1"
)

func paused(f Facts) metav1.Condition {
	const t = v1alpha1.ConditionPaused
	switch {
	case !f.Paused:
		return isNot(t, "NotPaused", "The operator makes changes")
	case len(f.Pending) == 0:
		return is(t, "Paused", "The operator makes no changes; none are pending")
	default:
		return is(t, "Paused", "The operator makes no changes; pending: "+strings.Join(f.Pending, ", "))
	}
}

package status

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/api/v1alpha1"
)

// ready is the summary: everything the spec asks for is there. Its reason and
// message are those of the first part that is not well.
func ready(f Facts) metav1.Condition {
	const t = v1alpha1.ConditionReady
	for _, part := range []metav1.Condition{databaseReady(f), cacheReady(f), migrationsCurrent(f)} {
		if part.Status != metav1.ConditionTrue {
			return isNot(t, part.Reason, part.Message)
		}
	}
	if p, ok := f.Problems[Chat]; ok {
		return isNot(t, p.Reason, p.Message)
	}
	switch {
	case len(f.Pending) > 0:
		return isNot(t, "ChangesPending", "Paused with changes held back: "+strings.Join(f.Pending, ", "))
	case f.RolledOut():
		return readyOnceRolledOut(f)
	case f.chatTrouble().Reason != "":
		trouble := f.chatTrouble()
		return isNot(t, trouble.Reason, trouble.Message)
	case f.Chat.Stuck != "":
		return isNot(t, reasonRolloutStuck, stuckMessage(f))
	}
	if available := chatAvailable(f); available.Status != metav1.ConditionTrue && f.wanted() > 0 {
		return isNot(t, available.Reason, available.Message)
	}
	if f.rolling() {
		return isNot(t, reasonRollingOut, rollingMessage(f))
	}
	return isNot(t, "ServersMissing", fmt.Sprintf("%d of %d chat servers are ready", f.Chat.Ready, f.wanted()))
}

// readyOnceRolledOut is the summary when the chat servers are as asked for: what is
// left is how people get to them.
func readyOnceRolledOut(f Facts) metav1.Condition {
	const t = v1alpha1.ConditionReady
	for _, part := range []metav1.Condition{certificatesValid(f), trafficRouted(f)} {
		if part.Status != metav1.ConditionTrue {
			return isNot(t, part.Reason, part.Message)
		}
	}
	if f.hibernated() {
		return is(t, "Hibernated", "Everything is there; no chat servers are asked for")
	}
	return is(t, "AllPartsReady", "Everything the spec asks for is there")
}

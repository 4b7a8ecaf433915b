package status

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
)

// reasonRolloutStuck is the reason of Ready when new chat servers never get ready.
const reasonRolloutStuck = "RolloutStuck"

// chatAvailable says whether people can chat, on whatever version.
func chatAvailable(f Facts) metav1.Condition {
	const t = v1alpha1.ConditionChatAvailable
	switch {
	case f.Chat.Available > 0:
		return is(t, "Serving", "Chat servers take people")
	case f.hibernated():
		return isNot(t, "Hibernated", "chat.replicas is 0: nobody can chat, the data is kept")
	}
	if p, ok := f.Problems[Chat]; ok {
		return isNot(t, p.Reason, p.Message)
	}
	trouble := f.chatTrouble()
	switch {
	case trouble.Reason != "":
		return isNot(t, trouble.Reason, trouble.Message)
	case f.Chat.Stuck != "":
		return isNot(t, reasonRolloutStuck, stuckMessage(f))
	case !f.Chat.Exist && f.Migrations.State != MigrationDone:
		return isNot(t, "WaitingForMigrations", "Chat servers start when the schema is current")
	default:
		return isNot(t, "NoServerReady", fmt.Sprintf(
			"No chat server is ready; if this lasts: kubectl logs deployment/%s -n %s", resources.ChatName(f.Cluster), f.Cluster.Namespace))
	}
}

func stuckMessage(f Facts) string {
	return fmt.Sprintf("Deployment %q makes no progress (%s): see kubectl describe pod -n %s -l %s=%s,%s=%s",
		resources.ChatName(f.Cluster), f.Chat.Stuck, f.Cluster.Namespace,
		resources.LabelInstance, f.Cluster.Name, resources.LabelComponent, resources.ComponentChat)
}

// chatTrouble is why chat servers do not get to run, if some are missing.
func (f Facts) chatTrouble() Problem {
	trouble := f.Troubles[Chat]
	if trouble.Reason == "" && f.Chat.Refused != "" {
		trouble = Problem{NeedsHelp: true, Reason: "PodsRefused", Message: fmt.Sprintf(
			"Kubernetes makes no pods for Deployment %q (%s): correct the spec, the quota or what else the message names", resources.ChatName(f.Cluster), f.Chat.Refused)}
	}
	if trouble.Reason == "" || f.RolledOut() {
		return Problem{}
	}
	if f.Chat.Available > 0 {
		trouble.Message += fmt.Sprintf("; %d chat servers go on serving", f.Chat.Available)
	}
	return trouble
}

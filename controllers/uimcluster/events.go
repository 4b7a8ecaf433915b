package uimcluster

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/status"
)

// event is worth a line in kubectl describe.
type event struct{ kind, reason, action, note string }

// news are the events that follow from a change of conditions. They are few: that
// a cluster became ready or ceased to be, that it needs a person, that a certificate is
// about to end, and that it was paused or goes on.
func news(before, after []metav1.Condition) []event {
	var all []event
	wasReady := meta.IsStatusConditionTrue(before, v1alpha1.ConditionReady)
	ready := condition(after, v1alpha1.ConditionReady)
	switch {
	case ready.Status == metav1.ConditionTrue && !wasReady:
		all = append(all, event{corev1.EventTypeNormal, "Ready", "Reconcile", ready.Message})
	case ready.Status != metav1.ConditionTrue && wasReady:
		all = append(all, event{corev1.EventTypeNormal, "NotReady", "Reconcile", ready.Message})
	}

	stopped, stoppedBefore := condition(after, v1alpha1.ConditionProgressing), condition(before, v1alpha1.ConditionProgressing)
	if needsHelp(stopped) && stopped.Reason != stoppedBefore.Reason {
		all = append(all, event{corev1.EventTypeWarning, stopped.Reason, "Reconcile", stopped.Message})
	}

	if c := condition(after, v1alpha1.ConditionCertificatesValid); c.Reason == status.ReasonExpiringSoon &&
		condition(before, v1alpha1.ConditionCertificatesValid).Reason != c.Reason {
		all = append(all, event{corev1.EventTypeWarning, c.Reason, "Reconcile", c.Message})
	}

	wasPaused := meta.IsStatusConditionTrue(before, v1alpha1.ConditionPaused)
	switch isPaused := meta.IsStatusConditionTrue(after, v1alpha1.ConditionPaused); {
	case isPaused && !wasPaused:
		all = append(all, event{corev1.EventTypeNormal, "Paused", "Pause", "The operator makes no changes while spec.paused is true"})
	case !isPaused && wasPaused:
		all = append(all, event{corev1.EventTypeNormal, "Resumed", "Resume", "The operator makes changes again"})
	}
	return all
}

// rotations are the events of keys and passwords that were replaced.
func rotations(before, after v1alpha1.RotationStatus) []event {
	var all []event
	for _, r := range []struct {
		before, after v1alpha1.RotationTimes
		reason, note  string
	}{
		{before.SigningKeys, after.SigningKeys, "SigningKeysRotated", "A new key signs access tokens soon; the one before is honoured until its last token has ended"},
		{before.Passwords, after.Passwords, "PasswordsRotated", "The managed servers and all chat servers have new passwords; the old ones are closed"},
	} {
		if r.before.LastTime != nil && r.after.LastTime != nil && !r.after.LastTime.Equal(r.before.LastTime) {
			all = append(all, event{corev1.EventTypeNormal, r.reason, "Rotate", r.note})
		}
	}
	return all
}

// needsHelp is true for a stop that is neither the end of the work nor a pause.
func needsHelp(progressing metav1.Condition) bool {
	return progressing.Status == metav1.ConditionFalse &&
		progressing.Reason != "Settled" && progressing.Reason != "Paused"
}

// condition is the condition of a type, or an empty one.
func condition(all []metav1.Condition, conditionType string) metav1.Condition {
	if c := meta.FindStatusCondition(all, conditionType); c != nil {
		return *c
	}
	return metav1.Condition{}
}

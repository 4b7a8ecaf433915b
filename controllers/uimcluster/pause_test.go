package uimcluster_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"uim.dev/uim/api/v1alpha1"
)

func TestPauseHoldsChangesBackAndSaysWhich(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	s.whenSpecBecomes(`paused: true`)
	s.thenCondition("Paused", "True", "Paused", "none are pending")
	s.thenCondition("Ready", "True", "AllPartsReady", "")
	s.thenPhase(v1alpha1.PhasePaused)
	s.thenEvent("Normal", "Paused")

	s.whenSpecBecomes(`{paused: true, chat: {replicas: 5}, ingress: {host: chat.example.com}}`)
	s.thenCondition("Paused", "True", "Paused", `pending: Deployment "acme-chat", Ingress "acme-chat"`)
	s.thenCondition("Ready", "False", "ChangesPending", "")
	if n := *s.deployment().Spec.Replicas; n != 2 {
		t.Errorf("there are %d chat servers", n)
	}
	s.requireNone("acme-chat", &networkingv1.Ingress{})

	s.whenSpecBecomes(`{chat: {replicas: 5}, ingress: {host: chat.example.com}}`)
	s.whenChatIsRolledOut()
	s.thenExists("acme-chat", &networkingv1.Ingress{})
	s.thenRunsOnceRolledOut("AllPartsReady")
	s.thenEvent("Normal", "Resumed")
}

// Paused from the beginning, a cluster makes nothing at all.
func TestPausedFromTheBeginning(t *testing.T) {
	s := newStory(t)
	s.givenCluster(`paused: true`)
	s.thenCondition("Paused", "True", "Paused", `Secret "acme-keys"`)
	if all := names(s.everything()); len(all) > 0 {
		t.Errorf("it made %v", all)
	}
	s.requireNone("acme-keys", &corev1.Secret{})
}

package uimcluster_test

import (
	"errors"
	"fmt"
	"testing"

	policyv1 "k8s.io/api/policy/v1"

	"uim.dev/uim/api/v1alpha1"
)

func TestHibernationAndBack(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	s.thenExists("acme-chat", &policyv1.PodDisruptionBudget{})

	s.whenSpecBecomes(`chat: {replicas: 0}`)
	s.thenGone("acme-chat", &policyv1.PodDisruptionBudget{})
	s.eventually("no chat servers wanted", func() error {
		if n := *s.deployment().Spec.Replicas; n != 0 {
			return fmt.Errorf("%d are", n)
		}
		return nil
	})
	s.thenRunsOnceRolledOut("Hibernated")
	s.thenCondition("ChatAvailable", "False", "Hibernated", "")
	s.thenPhase(v1alpha1.PhaseHibernated)

	s.whenSpecBecomes(`chat: {replicas: 3}`)
	s.thenExists("acme-chat", &policyv1.PodDisruptionBudget{})
	s.thenRunsOnceRolledOut("AllPartsReady")
	if got := s.cluster().Status.Replicas; got != "3/3" {
		t.Errorf("replicas are %s", got)
	}
}

// kubectl scale works even where the spec leaves the number out.
func TestKubectlScale(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	if _, err := kubernetes.Kubectl("scale", "uim/acme", "--replicas=4", "-n", s.namespace); err != nil {
		t.Fatal(err)
	}
	s.eventually("four chat servers", func() error {
		if *s.deployment().Spec.Replicas != 4 {
			return errors.New("are not wanted yet")
		}
		return nil
	})
}

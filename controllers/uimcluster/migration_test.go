package uimcluster_test

import (
	"fmt"
	"testing"

	batchv1 "k8s.io/api/batch/v1"

	"uim.dev/uim/api/v1alpha1"
)

func TestFailedMigrationStopsTheRollout(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	first := s.migrations()[0].Name

	s.whenSpecBecomes(`image: localhost/uim:1.5.0`)
	failed := s.whenMigrationFails(first)
	s.thenCondition("MigrationsCurrent", "False", "MigrationFailed", "BackoffLimitExceeded")
	s.thenCondition("Ready", "False", "MigrationFailed", "kubectl logs job/"+failed.Name+" -n "+s.namespace)
	s.thenCondition("ChatAvailable", "True", "Serving", "")
	s.thenPhase(v1alpha1.PhaseBlocked)
	s.thenEvent("Warning", "MigrationFailed")
	s.requireImage("localhost/uim:1.4.0")

	// Deleted, it runs again, and this time it works.
	s.delete(failed)
	s.eventually("the migration again", func() error {
		job := s.migration(first)
		if job.UID == failed.UID {
			return fmt.Errorf("%s is still there", job.Name)
		}
		return nil
	})
	s.requireImage("localhost/uim:1.4.0")
	s.whenMigrationEnds(first)
	s.eventually("the rollout", func() error {
		if image := s.deployment().Spec.Template.Spec.Containers[0].Image; image != "localhost/uim:1.5.0" {
			return fmt.Errorf("is at %s", image)
		}
		return nil
	})
	s.thenRunsOnceRolledOut("AllPartsReady")
	if v := s.cluster().Status.Version; v != "1.5.0" {
		t.Errorf("the version is %s", v)
	}
}

func TestGoingBackEndsAFailedMigration(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	first := s.migrations()[0].Name
	s.whenSpecBecomes(`image: localhost/uim:1.5.0`)
	s.whenMigrationFails(first)
	s.thenPhase(v1alpha1.PhaseBlocked)
	s.whenSpecBecomes(`{}`)
	s.thenCondition("Ready", "True", "AllPartsReady", "")
	s.thenPhase(v1alpha1.PhaseRunning)
}

// Kubernetes removes finished Jobs after a day; the schema is current all the same.
func TestFinishedMigrationIsNotRunAgain(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	job := s.migrations()[0]
	s.delete(&job)
	s.thenGone(job.Name, &batchv1.Job{})
	s.afterPasses(3)
	if jobs := s.migrations(); len(jobs) > 0 {
		t.Errorf("%s was made again", jobs[0].Name)
	}
	s.thenCondition("MigrationsCurrent", "True", "Current", "")
}

func (s *story) requireImage(want string) {
	s.Helper()
	if got := s.deployment().Spec.Template.Spec.Containers[0].Image; got != want {
		s.Fatalf("the chat servers' image is %s, want %s", got, want)
	}
}

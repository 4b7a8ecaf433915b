package uimcluster_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
)

// whenAskedToRotate does what kubectl annotate does.
func (s *story) whenAskedToRotate(annotation, value string) {
	s.Helper()
	if _, err := kubernetes.Kubectl("annotate", "uim/acme", "-n", s.namespace, "--overwrite", annotation+"="+value); err != nil {
		s.Fatal(err)
	}
}

// loginsJobs are those that tell a server of its passwords, oldest first.
func (s *story) loginsJobs(server string) []batchv1.Job {
	s.Helper()
	jobs := &batchv1.JobList{}
	if err := kubernetes.Client.List(s.Context(), jobs, client.InNamespace(s.namespace),
		client.MatchingLabels(resources.SelectorLabels("acme", resources.ComponentLogins))); err != nil {
		s.Fatal(err)
	}
	return slices.DeleteFunc(jobs.Items, func(j batchv1.Job) bool {
		return !slices.Contains(j.Spec.Template.Spec.Containers[0].Args, server)
	})
}

// loginsJob waits for the Job for the passwords that the Secret holds now.
func (s *story) loginsJob(server string) *batchv1.Job {
	s.Helper()
	var found *batchv1.Job
	s.eventually("a Job that tells "+server, func() error {
		version := string(s.secret("acme-" + server)["logins"])
		for _, job := range s.loginsJobs(server) {
			if slices.Contains(job.Spec.Template.Spec.Containers[0].Args, version) {
				found = &job
				return nil
			}
		}
		return errors.New("there is none")
	})
	return found
}

func (s *story) whenServersAreTold(servers ...string) {
	s.Helper()
	for _, server := range servers {
		s.endJob(s.loginsJob(server), true)
	}
}

func (s *story) thenRotation(stage string) {
	s.Helper()
	s.eventually("rotation", func() error { return s.checkRotation(stage) })
}

func (s *story) checkRotation(stage string) error {
	s.Helper()
	if got := s.cluster().Status.Rotation.Passwords.Stage; got != stage {
		return fmt.Errorf("is at %q, want %q", got, stage)
	}
	return nil
}

func both(secret map[string][]byte) []string {
	return []string{string(secret["user"]) + string(secret["password"]), string(secret["other-user"]) + string(secret["other-password"])}
}

// The whole rotation: servers take a second login, pods change to it, the first one
// is closed. Postgres and Redis are not restarted, and the first login is not
// closed while a pod that may use it still ends.
func TestPasswordsRotateWithoutDowntime(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	before := map[string][]string{"postgres": both(s.secret("acme-postgres")), "redis": both(s.secret("acme-redis"))}
	chatBefore, pods := fingerprint(s.deployment().Spec.Template), s.podTemplates()
	firstMade := s.cluster().Status.Rotation.Passwords.LastTime

	s.whenAskedToRotate(v1alpha1.AnnotationRotatePasswords, "1")
	s.thenRotation("preparing")
	s.thenCondition("Progressing", "True", "RotatingPasswords", "")
	s.whenServersAreTold("postgres")
	s.afterPasses(2)
	for server, logins := range before {
		if got := both(s.secret("acme-" + server)); got[0] != logins[0] {
			t.Fatalf("pods change to the new login of %s before both servers know theirs", server)
		}
	}
	s.whenServersAreTold("redis")

	s.thenRotation("switching")
	for server, logins := range before {
		if got := both(s.secret("acme-" + server)); got[0] == logins[0] || got[1] != logins[0] {
			t.Fatalf("the old login of %s is not good beside the new one", server)
		}
	}
	s.eventually("a rollout of the chat servers", func() error {
		if fingerprint(s.deployment().Spec.Template) == chatBefore {
			return errors.New("has not begun")
		}
		return nil
	})
	s.afterPasses(2)
	s.thenRotation("switching")
	s.whenChatIsRolledOutWith(1) // the new ones are there, an old one still ends
	s.thenCondition("Ready", "True", "AllPartsReady", "")
	s.afterPasses(2)
	s.thenRotation("switching")

	s.whenChatIsRolledOut()
	s.thenRotation("closing")
	s.whenServersAreTold("postgres", "redis")
	s.thenRotation("")
	s.thenEvent("Normal", "PasswordsRotated")
	s.thenCondition("Progressing", "False", "Settled", "")
	for server, logins := range before {
		got := both(s.secret("acme-" + server))
		if got[0] == logins[0] || got[1] != "" {
			t.Errorf("%s: the logins are not the new one alone", server)
		}
	}
	if got := s.podTemplates(); got != pods {
		t.Error("Postgres or Redis was restarted")
	}
	if n := len(s.migrations()); n != 1 {
		t.Errorf("%d migrations ran", n)
	}
	last := s.cluster().Status.Rotation.Passwords.LastTime
	if firstMade == nil || last == nil || last.Before(firstMade) {
		t.Errorf("status says %v after %v", last, firstMade)
	}

	// The same request again is none.
	s.afterPasses(2)
	s.thenRotation("")
}

// podTemplates are those of Postgres and Redis: another one restarts them.
func (s *story) podTemplates() string {
	s.Helper()
	var all strings.Builder
	for _, name := range []string{"acme-postgres", "acme-redis"} {
		set := &appsv1.StatefulSet{}
		s.get(name, set)
		fmt.Fprintln(&all, set.UID, set.Spec.Template.String())
	}
	return all.String()
}

// Servers go on with the passwords they have, and the cluster stays Ready.
func TestRotationThatFailsChangesNothing(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	before, generation := both(s.secret("acme-postgres")), s.deployment().Generation
	s.whenAskedToRotate(v1alpha1.AnnotationRotatePasswords, "1")
	job := s.loginsJob("postgres")
	s.endJob(job, false)
	s.whenServersAreTold("redis")
	s.thenCondition("Progressing", "False", "RotationFailed", "kubectl logs job/"+job.Name+" -n "+s.namespace)
	s.thenCondition("Ready", "True", "AllPartsReady", "")
	s.thenEvent("Warning", "RotationFailed")
	if got := both(s.secret("acme-postgres")); got[0] != before[0] || s.deployment().Generation != generation {
		t.Error("pods change to a login that the server does not have")
	}

	// The Job is deleted, and this time it works.
	s.delete(job)
	s.eventually("another try", func() error {
		if s.loginsJob("postgres").UID == job.UID {
			return errors.New("has not begun")
		}
		return nil
	})
	s.whenServersAreTold("postgres")
	s.thenRotation("switching")
}

func TestSigningKeysRotateWithoutARestart(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	generation := s.deployment().Generation
	keys := func() (names []string) {
		for name := range s.secret("acme-keys") {
			if strings.HasPrefix(name, "signing-") {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		return names
	}
	first := keys()
	s.whenAskedToRotate(v1alpha1.AnnotationRotateSigningKeys, "1")
	s.eventually("a second key", func() error {
		if now := keys(); len(now) != 2 || now[0] != first[0] {
			return fmt.Errorf("are %v", now)
		}
		return nil
	})
	s.thenEvent("Normal", "SigningKeysRotated")
	s.afterPasses(2)
	if now := keys(); len(now) != 2 || s.deployment().Generation != generation {
		t.Errorf("there are %v, or the chat servers roll", now)
	}
	status := s.cluster().Status.Rotation.SigningKeys
	if status.LastTime == nil || status.NextTime == nil || status.NextTime.Sub(status.LastTime.Time).Hours() != 90*24 {
		t.Errorf("status says %+v", status)
	}
}

package uimcluster_test

import (
	"errors"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/controllers/resources"
)

// The parts of the controller manager and the kubelet, played by the tests.

func (s *story) whenPostgresStarts() { s.Helper(); s.whenServerIs("acme-postgres", 1) }
func (s *story) whenRedisStarts()    { s.Helper(); s.whenServerIs("acme-redis", 1) }

func (s *story) whenServerIs(name string, ready int32) {
	s.Helper()
	s.eventually("start "+name, func() error {
		set := &appsv1.StatefulSet{}
		if err := s.find(name, set); err != nil {
			return err
		}
		set.Status = appsv1.StatefulSetStatus{
			ObservedGeneration: set.Generation,
			Replicas:           1,
			ReadyReplicas:      ready,
			CurrentRevision:    "1",
			UpdateRevision:     "1",
		}
		return kubernetes.Client.Status().Update(s.Context(), set)
	})
}

// migration waits for the newest migration Job that is not in known.
func (s *story) migration(known ...string) *batchv1.Job {
	s.Helper()
	var found *batchv1.Job
	s.eventually("a migration Job", func() error {
		for _, job := range s.migrations() {
			if !slices.Contains(known, job.Name) {
				found = &job
				return nil
			}
		}
		return errors.New("there is none")
	})
	return found
}

func (s *story) migrations() []batchv1.Job {
	s.Helper()
	jobs := &batchv1.JobList{}
	if err := kubernetes.Client.List(s.Context(), jobs, client.InNamespace(s.namespace),
		client.MatchingLabels(resources.SelectorLabels("acme", resources.ComponentMigration))); err != nil {
		s.Fatal(err)
	}
	return jobs.Items
}

// whenMigrationEnds ends the migration Job that is not in known well.
func (s *story) whenMigrationEnds(known ...string) *batchv1.Job {
	s.Helper()
	job := s.migration(known...)
	now := metav1.NewTime(time.Now())
	job.Status = batchv1.JobStatus{
		StartTime:      &now,
		CompletionTime: &now,
		Succeeded:      1,
		Conditions: []batchv1.JobCondition{
			{Type: batchv1.JobSuccessCriteriaMet, Status: corev1.ConditionTrue, LastTransitionTime: now},
			{Type: batchv1.JobComplete, Status: corev1.ConditionTrue, LastTransitionTime: now},
		},
	}
	s.updateStatus(job)
	return job
}

// whenMigrationFails ends the migration Job that is not in known badly.
func (s *story) whenMigrationFails(known ...string) *batchv1.Job {
	s.Helper()
	job := s.migration(known...)
	now := metav1.NewTime(time.Now())
	job.Status = batchv1.JobStatus{
		StartTime: &now,
		Failed:    4,
		Conditions: []batchv1.JobCondition{
			{Type: batchv1.JobFailureTarget, Status: corev1.ConditionTrue, LastTransitionTime: now, Reason: "BackoffLimitExceeded", Message: "Job has reached the specified backoff limit"},
			{Type: batchv1.JobFailed, Status: corev1.ConditionTrue, LastTransitionTime: now, Reason: "BackoffLimitExceeded", Message: "Job has reached the specified backoff limit"},
		},
	}
	s.updateStatus(job)
	return job
}

// whenChatIsRolledOut makes all the chat servers asked for ready.
func (s *story) whenChatIsRolledOut() {
	s.Helper()
	s.eventually("roll out the chat servers", func() error {
		deployment := &appsv1.Deployment{}
		if err := s.find("acme-chat", deployment); err != nil {
			return err
		}
		n := *deployment.Spec.Replicas
		deployment.Status = appsv1.DeploymentStatus{
			ObservedGeneration: deployment.Generation,
			Replicas:           n,
			UpdatedReplicas:    n,
			ReadyReplicas:      n,
			AvailableReplicas:  n,
		}
		return kubernetes.Client.Status().Update(s.Context(), deployment)
	})
}

// whenCollected plays the garbage collector after the end of the UIMCluster with
// the uid: what it owns goes.
func (s *story) whenCollected(uid string) {
	s.Helper()
	for _, object := range s.everything() {
		for _, owner := range object.GetOwnerReferences() {
			if string(owner.UID) == uid {
				s.delete(object)
			}
		}
	}
}

func (s *story) updateStatus(object client.Object) {
	s.Helper()
	if err := kubernetes.Client.Status().Update(s.Context(), object); err != nil {
		s.Fatal(err)
	}
}

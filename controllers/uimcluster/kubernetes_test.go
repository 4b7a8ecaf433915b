package uimcluster_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
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
		if err := s.findOwned(name, set); err != nil {
			return err
		}
		set.Status = appsv1.StatefulSetStatus{
			ObservedGeneration: set.Generation,
			Replicas:           *set.Spec.Replicas,
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
			if !slices.Contains(known, job.Name) && metav1.IsControlledBy(&job, s.cluster()) {
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
		if err := s.findOwned("acme-chat", deployment); err != nil {
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

// whenCollected plays the garbage collector, from now to the end of the test: what
// the UIMCluster with the uid owns goes. That it goes on matters: a pass that was
// under way when the UIMCluster went may still make an object.
func (s *story) whenCollected(uid types.UID) {
	s.Helper()
	collector := sync.WaitGroup{}
	collector.Go(func() {
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for s.Context().Err() == nil {
			if err := collect(s.Context(), s.namespace, uid); err != nil && s.Context().Err() == nil {
				s.Errorf("collect garbage: %v", err)
				return
			}
			select {
			case <-ticker.C:
			case <-s.Context().Done():
			}
		}
	})
	s.Cleanup(collector.Wait)
}

// collect deletes once what the UIMCluster with the uid owns.
func collect(ctx context.Context, namespace string, uid types.UID) error {
	all, err := listEverything(ctx, namespace)
	if err != nil {
		return err
	}
	for _, object := range all {
		owner := metav1.GetControllerOf(object)
		if owner == nil || owner.UID != uid || !object.GetDeletionTimestamp().IsZero() {
			continue
		}
		err := kubernetes.Client.Delete(ctx, object, client.PropagationPolicy(metav1.DeletePropagationBackground))
		if client.IgnoreNotFound(err) != nil {
			return err
		}
	}
	return nil
}

// findOwned finds an object of the UIMCluster that is there now, not of one of the
// same name before it.
func (s *story) findOwned(name string, object client.Object) error {
	s.Helper()
	if err := s.find(name, object); err != nil {
		return err
	}
	if !metav1.IsControlledBy(object, s.cluster()) {
		return fmt.Errorf("%s is another UIMCluster's", name)
	}
	return nil
}

func (s *story) updateStatus(object client.Object) {
	s.Helper()
	if err := kubernetes.Client.Status().Update(s.Context(), object); err != nil {
		s.Fatal(err)
	}
}

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
	s.endJob(job, true)
	return job
}

// whenMigrationFails ends the migration Job that is not in known badly.
func (s *story) whenMigrationFails(known ...string) *batchv1.Job {
	s.Helper()
	job := s.migration(known...)
	s.endJob(job, false)
	return job
}

func (s *story) endJob(job *batchv1.Job, well bool) {
	s.Helper()
	if err := endJob(s.Context(), job, well); err != nil {
		s.Fatal(err)
	}
}

// endJob ends a Job well or badly.
func endJob(ctx context.Context, job *batchv1.Job, well bool) error {
	now := metav1.NewTime(time.Now())
	condition := func(kind batchv1.JobConditionType) batchv1.JobCondition {
		return batchv1.JobCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: now}
	}
	job.Status = batchv1.JobStatus{StartTime: &now}
	if well {
		job.Status.CompletionTime, job.Status.Succeeded = &now, 1
		job.Status.Conditions = []batchv1.JobCondition{condition(batchv1.JobSuccessCriteriaMet), condition(batchv1.JobComplete)}
	} else {
		job.Status.Failed = 4
		for _, kind := range []batchv1.JobConditionType{batchv1.JobFailureTarget, batchv1.JobFailed} {
			c := condition(kind)
			c.Reason, c.Message = "BackoffLimitExceeded", "Job has reached the specified backoff limit"
			job.Status.Conditions = append(job.Status.Conditions, c)
		}
	}
	return kubernetes.Client.Status().Update(ctx, job)
}

// whenChatIsRolledOut makes all the chat servers asked for ready, and old ones gone.
func (s *story) whenChatIsRolledOut() { s.Helper(); s.whenChatIsRolledOutWith(0) }

// whenChatIsRolledOutWith leaves some old ones that are still ending.
func (s *story) whenChatIsRolledOutWith(terminating int32) {
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

			TerminatingReplicas: &terminating,
		}
		return kubernetes.Client.Status().Update(s.Context(), deployment)
	})
}

// whenChatIsRolledOutTo is whenChatIsRolledOut once the chat servers are given an
// address.
func (s *story) whenChatIsRolledOutTo(url string) {
	s.Helper()
	s.eventually("chat servers at "+url, func() error {
		for _, e := range s.deployment().Spec.Template.Spec.Containers[0].Env {
			if e.Name == "UIM_PUBLIC_URL" && e.Value == url {
				return nil
			}
		}
		return errors.New("they have another address")
	})
	s.whenChatIsRolledOut()
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

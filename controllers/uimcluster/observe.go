package uimcluster

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"uim.dev/uim/controllers/status"
)

// observeServer reads how Postgres or Redis is. changed is true when the object was
// applied after it was read, so that what it says is about the past.
func observeServer(secret string, size volumeSize, set *appsv1.StatefulSet, changed bool) status.Server {
	s := set.Status
	started := s.ObservedGeneration > 0
	return status.Server{
		Secret:          secret,
		StorageSize:     size.asked,
		StorageCapacity: size.there,
		Ready:           s.ReadyReplicas > 0,
		ReadyServers:    s.ReadyReplicas,
		Updating: started && (changed || s.ObservedGeneration < set.Generation ||
			s.UpdateRevision != s.CurrentRevision),
	}
}

// observeMigration reads how a migration Job is.
func observeMigration(job *batchv1.Job) status.Migration {
	m := status.Migration{Job: job.Name, State: status.MigrationRunning}
	for _, c := range job.Status.Conditions {
		if c.Status != corev1.ConditionTrue {
			continue
		}
		switch c.Type {
		case batchv1.JobComplete:
			m.State = status.MigrationDone
		case batchv1.JobFailed:
			m.State, m.Detail = status.MigrationFailed, c.Reason+": "+c.Message
		default:
		}
	}
	return m
}

// observeChat reads how the chat servers are. changed is true when the Deployment
// was applied after it was read, or could not be brought up to the spec.
func observeChat(deployment *appsv1.Deployment, changed bool) status.Servers {
	s := deployment.Status
	servers := status.Servers{
		Exist:     deployment.UID != "",
		Current:   !changed && s.ObservedGeneration >= deployment.Generation,
		Replicas:  s.Replicas,
		Updated:   s.UpdatedReplicas,
		Ready:     s.ReadyReplicas,
		Available: s.AvailableReplicas,

		Terminating: s.TerminatingReplicas,
	}
	if replicas := deployment.Spec.Replicas; replicas != nil { // It did not exist when it was read.
		servers.Wanted = *replicas
	}
	for _, c := range s.Conditions {
		if c.Type == appsv1.DeploymentProgressing {
			servers.ProgressedAt = c.LastUpdateTime.Time
		}
		if servers.Current && c.Type == appsv1.DeploymentProgressing && c.Status == corev1.ConditionFalse {
			servers.Stuck = c.Reason
		}
		if c.Type == appsv1.DeploymentReplicaFailure && c.Status == corev1.ConditionTrue {
			servers.Refused = c.Message
		}
	}
	return servers
}

package status

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
)

// Compute is the status that follows from the facts. From the status before it
// takes only the times of conditions that did not change.
func Compute(before v1alpha1.UIMClusterStatus, f Facts) v1alpha1.UIMClusterStatus {
	c := f.Cluster
	s := v1alpha1.UIMClusterStatus{
		Conditions:         slices.Clone(before.Conditions),
		ObservedGeneration: f.Generation,
		Phase:              phase(f, before.Phase),
		Replicas:           fmt.Sprintf("%d/%d", f.Chat.Ready, f.wanted()),
		Image:              c.Image,
		Version:            resources.Version(c.Image),
		URL:                c.URL(),
		TLS:                publicCertificate(f),
		Chat: v1alpha1.ChatStatus{
			Replicas:      f.Chat.Replicas,
			ReadyReplicas: f.Chat.Ready,
			Resources:     c.Chat.Resources.Effective(),
			DrainSeconds:  c.Chat.DrainSeconds,
			Selector:      labels.SelectorFromSet(resources.SelectorLabels(c.Name, resources.ComponentChat)).String(),
		},
		Postgres: server(c.Postgres, f.Database),
		Redis:    server(c.Redis, f.Cache),
		Rotation: v1alpha1.RotationStatus{
			SigningKeys: times(f.Rotation.SigningKeys),
			Passwords:   times(f.Rotation.Passwords),
		},
	}
	for _, condition := range []metav1.Condition{
		ready(f),
		databaseReady(f),
		cacheReady(f),
		migrationsCurrent(f),
		chatAvailable(f),
		certificatesValid(f),
		trafficRouted(f),
		progressing(f),
		paused(f),
	} {
		condition.ObservedGeneration = f.Generation
		meta.SetStatusCondition(&s.Conditions, condition)
	}
	if _, failed := f.Problems[Watching]; f.Monitoring.Wanted || failed {
		condition := monitoringReady(f)
		condition.ObservedGeneration = f.Generation
		meta.SetStatusCondition(&s.Conditions, condition)
	} else {
		meta.RemoveStatusCondition(&s.Conditions, v1alpha1.ConditionMonitoringReady)
	}
	return s
}

func server(wanted resources.Server, seen Server) v1alpha1.DatabaseStatus {
	if wanted.External != "" {
		return v1alpha1.DatabaseStatus{Mode: "External", SecretName: seen.Secret}
	}
	s := v1alpha1.DatabaseStatus{
		Mode:             "Managed",
		Servers:          fmt.Sprintf("%d/%d", seen.ReadyServers, wanted.Instances),
		SecretName:       seen.Secret,
		Image:            wanted.Image,
		StorageSize:      seen.StorageSize,
		StorageCapacity:  seen.StorageCapacity,
		StorageClassName: wanted.StorageClass,
		Resources:        wanted.Resources.Effective(),
	}
	switch {
	case wanted.CloudNativePG:
		s.Mode = "CloudNativePG"
	case wanted.Instances > 1:
		s.Mode = "Sentinel"
	}
	for _, p := range wanted.Parameters {
		if s.Parameters == nil {
			s.Parameters = map[string]string{}
		}
		s.Parameters[p.Name] = p.Value
	}
	return s
}

func times(t Times) v1alpha1.RotationTimes {
	at := func(t time.Time) *metav1.Time {
		if t.IsZero() {
			return nil
		}
		return new(metav1.NewTime(t.Truncate(time.Second)))
	}
	return v1alpha1.RotationTimes{LastTime: at(t.Last), NextTime: at(t.Next), Stage: string(t.Stage)}
}

func is(conditionType, reason, message string) metav1.Condition {
	return metav1.Condition{Type: conditionType, Status: metav1.ConditionTrue, Reason: reason, Message: message}
}

func isNot(conditionType, reason, message string) metav1.Condition {
	return metav1.Condition{Type: conditionType, Status: metav1.ConditionFalse, Reason: reason, Message: message}
}

package resources

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

// PostgresVolume holds the messages. See volume about existing.
func PostgresVolume(c Cluster, existing *resource.Quantity) *corev1ac.PersistentVolumeClaimApplyConfiguration {
	return volume(c, PostgresName(c), ComponentPostgres, c.Postgres, existing)
}

// RedisVolume holds the append-only file and the snapshots. See volume about
// existing.
func RedisVolume(c Cluster, existing *resource.Quantity) *corev1ac.PersistentVolumeClaimApplyConfiguration {
	return volume(c, RedisName(c), ComponentRedis, c.Redis, existing)
}

// RedisHAVolume holds the same of one of the servers that sentinels watch. See volume
// about existing.
func RedisHAVolume(ordinal int32) func(c Cluster, existing *resource.Quantity) *corev1ac.PersistentVolumeClaimApplyConfiguration {
	return func(c Cluster, existing *resource.Quantity) *corev1ac.PersistentVolumeClaimApplyConfiguration {
		return volume(c, RedisHAVolumeName(c, ordinal), ComponentRedisHA, c.Redis, existing)
	}
}

// volume claims the volume of a server. It is an object of its own and not a
// template of the StatefulSet: templates can never be changed, but this claim can
// grow, change hands with the deletion policy and be taken up by a new cluster.
// Kubernetes refuses claims that shrink, so one that exists keeps its size.
func volume(c Cluster, name string, component Component, s Server, existing *resource.Quantity) *corev1ac.PersistentVolumeClaimApplyConfiguration {
	size := s.StorageSize
	if existing != nil && existing.Cmp(size) > 0 {
		size = *existing
	}
	spec := corev1ac.PersistentVolumeClaimSpec().
		WithAccessModes(corev1.ReadWriteOnce).
		WithResources(corev1ac.VolumeResourceRequirements().
			WithRequests(corev1.ResourceList{corev1.ResourceStorage: size}))
	if s.StorageClass != "" {
		spec.WithStorageClassName(s.StorageClass)
	}
	return corev1ac.PersistentVolumeClaim(name, c.Namespace).
		WithLabels(labels(c, component)).
		WithOwnerReferences(dataOwners(c)...).
		WithSpec(spec)
}

package uimcluster_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const sentinelSpec = `redis: {managed: {mode: Sentinel}}`

func TestRedisWithSentinels(t *testing.T) {
	s := newStory(t)
	s.givenCluster(sentinelSpec)
	s.whenPostgresStarts()
	s.whenMigrationEnds()
	s.whenServerIs("acme-redis-ha", 1)
	s.thenCondition("CacheReady", "False", "NoQuorum", "1 of 3 servers are ready, and 2 are needed")
	s.whenServerIs("acme-redis-ha", 2)
	s.thenCondition("CacheReady", "True", "Degraded", "2 of 3 servers are ready")
	s.whenServerIs("acme-redis-ha", 3)
	s.thenRunsOnceRolledOut("AllPartsReady")
	s.requireEnvironment(s.deployment().Spec.Template, "UIM_REDIS_SENTINEL_MASTER", "acme-redis-ha/sentinel-master")
	if status := s.cluster().Status.Redis; status.Mode != "Sentinel" || status.Servers != "3/3" {
		t.Errorf("the status is %+v", status)
	}
	s.requireNone("acme-redis", &appsv1.StatefulSet{})
	for _, name := range []string{"data-acme-redis-ha-0", "data-acme-redis-ha-1", "data-acme-redis-ha-2"} {
		s.thenVolumeAsksFor(name, "1Gi")
	}

	// The namespace admits restricted pods only: the API server itself judges.
	set := &appsv1.StatefulSet{}
	s.get("acme-redis-ha", set)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "node", Labels: set.Spec.Template.Labels}, Spec: set.Spec.Template.Spec}
	pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: "data", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}) // as the StatefulSet's controller does
	if err := kubernetes.Client.Create(t.Context(), pod, client.DryRunAll); err != nil {
		t.Error(err)
	}

	s.thenPassesWriteNothing()
}

func TestVolumesOfRedisWithSentinelsGrow(t *testing.T) {
	s := newStory(t)
	class := s.givenStorageClass(true)
	spec := func(size string) string {
		return "redis: {managed: {mode: Sentinel, storage: {storageClassName: " + class + ", size: " + size + "}}}"
	}
	s.givenCluster(spec("1Gi"))
	for _, name := range []string{"data-acme-redis-ha-0", "data-acme-redis-ha-1", "data-acme-redis-ha-2"} {
		s.thenExists(name, &corev1.PersistentVolumeClaim{})
		s.whenVolumeIsBound(name)
	}
	s.whenSpecBecomes(spec("2Gi"))
	for _, name := range []string{"data-acme-redis-ha-0", "data-acme-redis-ha-1", "data-acme-redis-ha-2"} {
		s.thenVolumeAsksFor(name, "2Gi")
	}
}

// Chat servers move over before the Redis they used is stopped, both ways.
func TestRedisChangesItsMode(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	s.whenSpecBecomes(sentinelSpec)
	s.whenServerIs("acme-redis-ha", 3)
	s.thenCondition("Ready", "False", "RollingOut", "")
	s.afterPasses(1)
	s.get("acme-redis", &appsv1.StatefulSet{})
	s.get("acme-redis", &networkingv1.NetworkPolicy{})
	s.whenChatIsRolledOut()
	s.thenGone("acme-redis", &appsv1.StatefulSet{})
	s.thenGone("acme-redis", &networkingv1.NetworkPolicy{})
	s.get("acme-redis", &corev1.PersistentVolumeClaim{})
	s.thenCondition("Ready", "True", "AllPartsReady", "")
	s.get("acme-redis-ha", &policyv1.PodDisruptionBudget{})

	s.whenSpecBecomes(`{}`)
	s.whenRedisStarts()
	s.afterPasses(1)
	s.get("acme-redis-ha", &appsv1.StatefulSet{})
	s.whenChatIsRolledOut()
	s.thenGone("acme-redis-ha", &appsv1.StatefulSet{})
	s.thenGone("acme-redis-ha", &corev1.Service{})
	s.thenGone("acme-redis-ha", &corev1.ConfigMap{})
	s.thenGone("acme-redis-ha", &networkingv1.NetworkPolicy{})
	s.thenGone("acme-redis-ha", &policyv1.PodDisruptionBudget{})
	s.thenCondition("Ready", "True", "AllPartsReady", "")
}

package uimcluster_test

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/api/v1alpha1"
)

// givenStorageClass makes a class that can expand volumes or not.
func (s *story) givenStorageClass(expands bool) string {
	s.Helper()
	class := &storagev1.StorageClass{
		ObjectMeta:           metav1.ObjectMeta{GenerateName: "class-"},
		Provisioner:          "example.com/none",
		AllowVolumeExpansion: &expands,
	}
	if err := kubernetes.Client.Create(s.Context(), class); err != nil {
		s.Fatal(err)
	}
	return class.Name
}

// whenVolumeIsBound plays the provisioner of volumes.
func (s *story) whenVolumeIsBound(name string) {
	s.Helper()
	change(s, name, &corev1.PersistentVolumeClaim{}, func(o *corev1.PersistentVolumeClaim) { o.Spec.VolumeName = "volume-" + s.namespace })
	claim := &corev1.PersistentVolumeClaim{}
	s.get(name, claim)
	before := claim.DeepCopy()
	claim.Status.Phase = corev1.ClaimBound
	claim.Status.Capacity = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("10Gi")}
	if err := kubernetes.Client.Status().Patch(s.Context(), claim, client.MergeFrom(before)); err != nil {
		s.Fatal(err)
	}
}

func (s *story) thenVolumeAsksFor(name, want string) {
	s.Helper()
	s.eventually("volume "+name, func() error {
		claim := &corev1.PersistentVolumeClaim{}
		if err := s.find(name, claim); err != nil {
			return err
		}
		if got := claim.Spec.Resources.Requests.Storage().String(); got != want {
			return fmt.Errorf("asks for %s, want %s", got, want)
		}
		return nil
	})
}

func postgresSpec(class, size string) string {
	return `postgres: {managed: {storage: {size: ` + size + `, storageClassName: ` + class + `}}}`
}

func TestVolumeGrows(t *testing.T) {
	s := newStory(t)
	class := s.givenStorageClass(true)
	s.givenRunning(postgresSpec(class, "10Gi"))
	s.whenVolumeIsBound("acme-postgres")
	s.whenSpecBecomes(postgresSpec(class, "20Gi"))
	s.thenVolumeAsksFor("acme-postgres", "20Gi")
	s.thenCondition("Ready", "True", "AllPartsReady", "")
	if got := s.cluster().Status.Postgres.StorageSize; got != "20Gi" {
		t.Errorf("status says %s", got)
	}
}

// A volume that cannot grow stops nothing else.
func TestVolumeThatCannotGrow(t *testing.T) {
	s := newStory(t)
	class := s.givenStorageClass(false)
	s.givenRunning(postgresSpec(class, "10Gi"))
	s.whenVolumeIsBound("acme-postgres")
	s.whenSpecBecomes("{chat: {replicas: 3}, " + postgresSpec(class, "20Gi") + "}")
	s.thenCondition("DatabaseReady", "False", "VolumeCannotGrow", `PersistentVolumeClaim "acme-postgres" stays at 10Gi`)
	s.thenCondition("ChatAvailable", "True", "Serving", "")
	s.eventually("three chat servers", func() error {
		if n := *s.deployment().Spec.Replicas; n != 3 {
			return fmt.Errorf("%d are wanted", n)
		}
		return nil
	})
}

// A volume that was kept is bigger than a new spec asks for.
func TestKeptVolumeKeepsItsSize(t *testing.T) {
	s := newStory(t)
	class := s.givenStorageClass(true)
	s.givenRunning(postgresSpec(class, "30Gi"))
	s.whenVolumeIsBound("acme-postgres")
	old := s.cluster()
	s.delete(old)
	s.thenGone("acme", &v1alpha1.UIMCluster{})
	s.whenCollected(old.UID)
	s.givenRunning(postgresSpec(class, "10Gi"))
	s.thenVolumeAsksFor("acme-postgres", "30Gi")
}

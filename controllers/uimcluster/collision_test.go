package uimcluster_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/api/v1alpha1"
)

func TestObjectsOfOthersAreNotTaken(t *testing.T) {
	s := newStory(t)
	foreign := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "acme-postgres"},
		Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 1234}}},
	}
	s.create(foreign)
	s.givenSecret("acme-redis", map[string]string{"password": "of somebody else"})
	s.givenCluster(`{}`)

	s.thenCondition("DatabaseReady", "False", "NameTaken", `Service "acme-postgres" was there before and is not this UIMCluster's: delete or rename it`)
	s.thenCondition("CacheReady", "False", "NameTaken", `Secret "acme-redis"`)
	s.thenPhase(v1alpha1.PhaseBlocked)
	s.thenEvent("Warning", "NameTaken")
	service := &corev1.Service{}
	s.get("acme-postgres", service)
	if service.Spec.Ports[0].Port != 1234 || len(service.OwnerReferences) > 0 || len(service.Labels) > 0 {
		t.Errorf("the Service of somebody else is now %+v", service)
	}
	if secret := s.secret("acme-redis"); len(secret) != 1 || string(secret["password"]) != "of somebody else" {
		t.Error("the Secret of somebody else was written to")
	}

	// The rest went on, and this goes on when the name is free.
	s.get("acme-keys", &corev1.Secret{})
	s.delete(service)
	s.delete(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "acme-redis"}})
	s.whenSpecBecomes(`chat: {replicas: 1}`)
	s.whenPostgresStarts()
	s.whenRedisStarts()
	s.thenCondition("DatabaseReady", "True", "Accepting", "")
	s.thenCondition("CacheReady", "True", "Accepting", "")
}

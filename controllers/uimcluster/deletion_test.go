package uimcluster_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"uim.dev/uim/api/v1alpha1"
)

// data is what outlives a cluster with the policy Retain.
func data() []string {
	return []string{
		"*v1.PersistentVolumeClaim acme-postgres", "*v1.PersistentVolumeClaim acme-redis",
		"*v1.Secret acme-ca", "*v1.Secret acme-keys", "*v1.Secret acme-postgres", "*v1.Secret acme-postgres-tls",
		"*v1.Secret acme-redis", "*v1.Secret acme-redis-tls",
	}
}

func TestDeletionKeepsDataThatANewClusterTakesUp(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	password := s.secret("acme-postgres")
	old := s.cluster()
	s.delete(old)
	s.thenGone("acme", &v1alpha1.UIMCluster{})
	s.whenCollected(old.UID)
	s.eventually("the data alone", func() error {
		if left := names(s.everything()); !slices.Equal(left, data()) {
			return fmt.Errorf("what is left is %v, want %v", left, data())
		}
		return nil
	})

	s.givenRunning(`{}`)
	if !maps.EqualFunc(password, s.secret("acme-postgres"), bytes.Equal) {
		t.Error("the new cluster has other passwords than its data")
	}
}

func TestDeletionDeletesDataIfAskedTo(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`deletionPolicy: Delete`)
	old := s.cluster()
	s.delete(old)
	s.thenGone("acme", &v1alpha1.UIMCluster{})
	s.whenCollected(old.UID)
	s.eventually("nothing", func() error {
		for _, object := range s.everything() {
			// Volumes have a finalizer that Kubernetes itself takes off.
			if object.GetDeletionTimestamp().IsZero() {
				return fmt.Errorf("%T %s is left", object, object.GetName())
			}
		}
		return nil
	})
}

func TestDeletionPolicyMayChange(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	owners := func() int {
		n := 0
		for _, object := range s.everything() {
			switch object.(type) {
			case *corev1.Secret, *corev1.PersistentVolumeClaim:
				n += len(object.GetOwnerReferences())
			}
		}
		return n
	}
	for _, step := range []struct {
		spec string
		want int
	}{{`deletionPolicy: Delete`, len(data())}, {`deletionPolicy: Retain`, 0}} {
		s.whenSpecBecomes(step.spec)
		s.eventually("data after "+step.spec, func() error {
			if n := owners(); n != step.want {
				return errors.New("is not owned as it should be")
			}
			return nil
		})
	}
}

// The objects of a cluster that was just deleted may still be there.
func TestNewClusterWaitsForTheOldOneToBeCollected(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	old := s.cluster()
	s.delete(old)
	s.thenGone("acme", &v1alpha1.UIMCluster{})

	s.givenCluster(`{}`)
	s.thenCondition("DatabaseReady", "False", "WaitingForDeletion", "belongs to an earlier UIMCluster of this name")
	s.whenCollected(old.UID)
	s.whenPostgresStarts()
	s.whenRedisStarts()
	s.whenMigrationEnds()
	s.thenRunsOnceRolledOut("AllPartsReady")
}

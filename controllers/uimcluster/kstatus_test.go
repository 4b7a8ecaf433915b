package uimcluster_test

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

// thenKstatus waits for what the library thinks that helm --wait, Flux and others go by.
func (s *story) thenKstatus(want status.Status) {
	s.Helper()
	s.eventually("kstatus", func() error {
		object := &unstructured.Unstructured{}
		object.SetGroupVersionKind(schema.GroupVersionKind{Group: "uim.dev", Version: "v1alpha1", Kind: "UIMCluster"})
		if err := s.find("acme", object); err != nil {
			return err
		}
		got, err := status.Compute(object)
		if err != nil {
			return err
		}
		if got.Status != want {
			return fmt.Errorf("is %s (%s), want %s", got.Status, got.Message, want)
		}
		return nil
	})
}

// A cluster that waits for a person is in progress to kstatus, not failed: the Secret
// it lacks may be the next thing that GitOps applies.
func TestKstatusAgrees(t *testing.T) {
	s := newStory(t)
	s.givenCluster(`{}`)
	s.thenKstatus(status.InProgressStatus)
	s.whenPostgresStarts()
	s.whenRedisStarts()
	s.whenMigrationEnds()
	s.whenChatIsRolledOut()
	s.thenKstatus(status.CurrentStatus)

	first := s.migrations()[0].Name
	s.whenSpecBecomes(`image: localhost/uim:1.5.0`)
	s.thenKstatus(status.InProgressStatus)
	s.whenMigrationFails(first)
	s.thenCondition("Ready", "False", "MigrationFailed", "")
	s.thenKstatus(status.InProgressStatus)
	s.whenSpecBecomes(`chat: {replicas: 0}`)
	s.thenRunsOnceRolledOut("Hibernated")
	s.thenKstatus(status.CurrentStatus)
	s.delete(s.cluster())
}

// Tools that wait do so from the first moment, before any operator has seen it.
func TestKstatusOfAClusterWithoutOperator(t *testing.T) {
	s, _ := newStoryOfAnother(t)
	s.givenCluster(`{}`)
	s.thenKstatus(status.InProgressStatus)
}

package uimcluster_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"uim.dev/uim/api/v1alpha1"
)

// patience is how long a test waits for what takes milliseconds on an idle machine.
const patience = 20 * time.Second

// story is a test about the UIMCluster acme in a namespace of its own.
type story struct {
	*testing.T
	namespace string
	// annotations are those of the UIMCluster when it is made.
	annotations map[string]string
}

func newStory(t *testing.T) *story {
	t.Helper()
	before := panics(t)
	t.Cleanup(func() {
		if n := panics(t) - before; n > 0 {
			t.Errorf("%v passes panicked", n)
		}
	})
	return &story{T: t, namespace: kubernetes.Namespace(t)}
}

// panics counts the passes that the controller had to catch.
func panics(t *testing.T) (n float64) {
	t.Helper()
	for _, m := range gathered(t, "controller_runtime_reconcile_panics_total") {
		n += m.GetCounter().GetValue()
	}
	return n
}

// givenCluster makes the UIMCluster with a spec in YAML.
func (s *story) givenCluster(spec string) {
	s.Helper()
	cluster := &v1alpha1.UIMCluster{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "acme", Annotations: s.annotations}}
	s.parse(spec, &cluster.Spec)
	s.create(cluster)
}

// givenRunning makes the UIMCluster, plays Kubernetes until it is Ready and is done
// with it.
func (s *story) givenRunning(spec string) {
	s.Helper()
	s.givenCluster(spec)
	s.whenChatRuns()
	s.thenCondition("Ready", "True", "AllPartsReady", "")
}

// whenChatRuns plays Kubernetes until the chat servers of a new cluster run.
func (s *story) whenChatRuns() {
	s.Helper()
	s.whenPostgresStarts()
	s.whenRedisStarts()
	s.whenMigrationEnds()
	s.whenChatIsRolledOut()
}

// whenSpecBecomes replaces the spec.
func (s *story) whenSpecBecomes(spec string) {
	s.Helper()
	s.eventually("change the spec", func() error {
		cluster := s.cluster()
		cluster.Spec = v1alpha1.UIMClusterSpec{}
		s.parse(spec, &cluster.Spec)
		return kubernetes.Client.Update(s.Context(), cluster)
	})
}

// thenCondition waits for a condition of the spec as it is now, with a part of its
// message.
func (s *story) thenCondition(name string, want metav1.ConditionStatus, reason, says string) {
	s.Helper()
	s.eventually("condition "+name, func() error { return s.checkCondition(name, want, reason, says) })
}

func (s *story) checkCondition(name string, want metav1.ConditionStatus, reason, says string) error {
	s.Helper()
	cluster := s.cluster()
	c := meta.FindStatusCondition(cluster.Status.Conditions, name)
	if c == nil {
		return errors.New("is not there")
	}
	if c.ObservedGeneration != cluster.Generation || c.Status != want || c.Reason != reason || !strings.Contains(c.Message, says) {
		return fmt.Errorf("is %s, %s: %s; want %s, %s: %s", c.Status, c.Reason, c.Message, want, reason, says)
	}
	return nil
}

func (s *story) thenPhase(want v1alpha1.Phase) {
	s.Helper()
	s.eventually("phase", func() error {
		if got := s.cluster().Status.Phase; got != want {
			return fmt.Errorf("is %s, want %s", got, want)
		}
		return nil
	})
}

func (s *story) cluster() *v1alpha1.UIMCluster {
	s.Helper()
	cluster := &v1alpha1.UIMCluster{}
	s.get("acme", cluster)
	return cluster
}

// deployment waits for the chat servers' Deployment.
func (s *story) deployment() *appsv1.Deployment {
	s.Helper()
	deployment := &appsv1.Deployment{}
	s.thenExists("acme-chat", deployment)
	return deployment
}

func (s *story) create(object client.Object) {
	s.Helper()
	object.SetNamespace(s.namespace)
	if err := kubernetes.Client.Create(s.Context(), object, client.FieldValidation("Strict")); err != nil {
		s.Fatal(err)
	}
}

func (s *story) get(name string, object client.Object) {
	s.Helper()
	if err := s.find(name, object); err != nil {
		s.Fatal(err)
	}
}

func (s *story) find(name string, object client.Object) error {
	return kubernetes.Client.Get(s.Context(), client.ObjectKey{Namespace: s.namespace, Name: name}, object)
}

// delete deletes as kubectl does.
func (s *story) delete(object client.Object) {
	s.Helper()
	if err := kubernetes.Client.Delete(s.Context(), object, client.PropagationPolicy(metav1.DeletePropagationBackground)); err != nil {
		s.Fatal(err)
	}
}

// change alters an object as somebody else would.
func change[O client.Object](s *story, name string, object O, alter func(O)) {
	s.Helper()
	s.eventually("change "+name, func() error {
		if err := s.find(name, object); err != nil {
			return err
		}
		alter(object)
		return kubernetes.Client.Update(s.Context(), object, client.FieldOwner("somebody-else"))
	})
}

func (s *story) thenExists(name string, object client.Object) {
	s.Helper()
	s.eventually(fmt.Sprintf("%T %s", object, name), func() error { return s.find(name, object) })
}

func (s *story) thenGone(name string, object client.Object) {
	s.Helper()
	s.eventually(fmt.Sprintf("end of %T %s", object, name), func() error {
		err := s.find(name, object)
		if apierrors.IsNotFound(err) {
			return nil
		}
		return errors.Join(err, errors.New("is still there"))
	})
}

// requireNone fails if the object exists now.
func (s *story) requireNone(name string, object client.Object) {
	s.Helper()
	if err := s.find(name, object); !apierrors.IsNotFound(err) {
		s.Fatalf("%T %s is there already (%v)", object, name, err)
	}
}

// eventually tries until it succeeds or patience ends.
func (s *story) eventually(what string, try func() error) {
	s.Helper()
	var last error
	err := wait.PollUntilContextTimeout(s.Context(), 20*time.Millisecond, patience, true, func(context.Context) (bool, error) {
		last = try()
		return last == nil, nil
	})
	if err != nil {
		s.Fatalf("%s: %v", what, last)
	}
}

func (s *story) parse(text string, into any) {
	s.Helper()
	if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
		s.Fatalf("the test's own YAML: %v", err)
	}
}

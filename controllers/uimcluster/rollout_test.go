package uimcluster_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/api/v1alpha1"
)

// whenPodWaits makes a pod of a template whose container waits for a reason, as the
// kubelet does.
func (s *story) whenPodWaits(name string, template corev1.PodTemplateSpec, reason, message string) *corev1.Pod {
	s.Helper()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: template.Labels}, Spec: template.Spec}
	s.create(pod)
	c := template.Spec.Containers[0]
	pod.Status = corev1.PodStatus{
		Phase: corev1.PodPending,
		ContainerStatuses: []corev1.ContainerStatus{{
			Name: c.Name, Image: c.Image,
			State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}},
		}},
	}
	s.updateStatus(pod)
	return pod
}

func (s *story) removePod(pod *corev1.Pod) {
	s.Helper()
	if err := kubernetes.Client.Delete(s.Context(), pod, client.GracePeriodSeconds(0)); err != nil {
		s.Fatal(err)
	}
}

// whenChatRollsOut is a rollout in the middle: the old servers serve, a new one is
// not ready.
func (s *story) whenChatRollsOut() {
	s.Helper()
	s.eventually("the middle of a rollout", func() error {
		deployment := &appsv1.Deployment{}
		if err := s.findOwned("acme-chat", deployment); err != nil {
			return err
		}
		n := *deployment.Spec.Replicas
		deployment.Status = appsv1.DeploymentStatus{
			ObservedGeneration: deployment.Generation,
			Replicas:           n + 1,
			UpdatedReplicas:    1,
			ReadyReplicas:      n,
			AvailableReplicas:  n,
		}
		return kubernetes.Client.Status().Update(s.Context(), deployment)
	})
}

func (s *story) thenImage(want string) {
	s.Helper()
	s.eventually("image of the chat servers", func() error {
		if got := s.deployment().Spec.Template.Spec.Containers[0].Image; got != want {
			return fmt.Errorf("is %s, want %s", got, want)
		}
		return nil
	})
}

// What stops a rollout of the chat servers: nobody is sent away, the conditions say
// why and what to do, and the old image back ends it.
func TestBadRolloutStopsSafely(t *testing.T) {
	for _, bad := range []struct{ name, reason, message, says string }{
		{"an image that is not there", "ImagePullBackOff", "Back-off pulling image", `Pod "acme-chat-new" cannot get its image localhost/uim:1.5.0 (Back-off pulling image): name one that the nodes can pull, or go back to the image before; 2 chat servers go on serving`},
		{"a server that crashes", "CrashLoopBackOff", "back-off 40s", `Pod "acme-chat-new" ends again and again: read kubectl logs acme-chat-new -n`},
		{"a Secret's key that is not there", "CreateContainerConfigError", "couldn't find key x", `Pod "acme-chat-new" cannot start (couldn't find key x): see kubectl describe pod acme-chat-new`},
	} {
		t.Run(bad.name, func(t *testing.T) {
			s := newStory(t)
			s.givenRunning(`{}`)
			first := s.migrations()[0].Name
			s.whenSpecBecomes(`image: localhost/uim:1.5.0`)
			s.whenMigrationEnds(first)
			s.thenImage("localhost/uim:1.5.0")
			s.whenChatRollsOut()
			pod := s.whenPodWaits("acme-chat-new", s.deployment().Spec.Template, bad.reason, bad.message)

			s.thenCondition("Ready", "False", bad.reason, bad.says)
			s.thenCondition("ChatAvailable", "True", "Serving", "")
			s.thenCondition("Progressing", "False", bad.reason, "")
			s.thenPhase(v1alpha1.PhaseBlocked)
			s.thenEvent("Warning", bad.reason)

			s.whenSpecBecomes(`{}`)
			s.thenImage("localhost/uim:1.4.0")
			s.removePod(pod)
			s.whenChatIsRolledOut()
			s.thenCondition("Ready", "True", "AllPartsReady", "")
		})
	}
}

// Between two waits the kubelet tries once more: that is no recovery.
func TestCrashLoopIsToldBetweenItsTries(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	s.whenSpecBecomes(`chat: {extraEnv: [{name: UIM_LOG_LEVEL, value: debug}]}`)
	s.whenChatRollsOut()
	pod := s.whenPodWaits("acme-chat-new", s.deployment().Spec.Template, "CrashLoopBackOff", "back-off 40s")
	s.thenCondition("Progressing", "False", "CrashLoopBackOff", "")

	begun := metav1.Now()
	container := &pod.Status.ContainerStatuses[0]
	container.State = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: begun}}
	container.RestartCount = 4
	container.LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ExitCode: 1, StartedAt: begun, FinishedAt: metav1.NewTime(begun.Add(2 * time.Second))}
	s.updateStatus(pod)
	s.afterPasses(3)
	s.thenCondition("Progressing", "False", "CrashLoopBackOff", "")

	container = &pod.Status.ContainerStatuses[0]
	container.Ready, container.Started = true, new(true)
	s.updateStatus(pod)
	s.thenCondition("Progressing", "True", "RollingOut", "")
}

// A bad image is met by the migration first: no chat server is touched at all.
func TestBadImageIsMetByTheMigration(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	first, generation := s.migrations()[0].Name, s.deployment().Generation
	s.whenSpecBecomes(`image: localhost/uim:nonsense`)
	job := s.migration(first)
	s.whenPodWaits("acme-migrate-pod", job.Spec.Template, "ErrImagePull", "not found")
	s.thenCondition("MigrationsCurrent", "False", "ImagePullBackOff", "localhost/uim:nonsense (not found): name one that the nodes can pull")
	s.thenPhase(v1alpha1.PhaseBlocked)
	if got := s.deployment().Generation; got != generation {
		t.Error("the chat servers were touched")
	}
	s.whenSpecBecomes(`{}`)
	s.thenCondition("Ready", "True", "AllPartsReady", "")
}

// The schema of 1.5.0 stays when its image goes; migrations only add, and migrate up
// of 1.4.0 finds nothing to do (package postgres tests that).
func TestRollbackAfterAMigration(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	first := s.migrations()[0]
	s.whenSpecBecomes(`image: localhost/uim:1.5.0`)
	second := s.whenMigrationEnds(first.Name)
	s.thenImage("localhost/uim:1.5.0")
	s.thenRunsOnceRolledOut("AllPartsReady")

	// The first migration's Job is long gone when somebody goes back.
	s.delete(&first)
	s.eventually("the end of the first migration's Job", func() error {
		if n := len(s.migrations()); n != 1 {
			return fmt.Errorf("there are %d", n)
		}
		return nil
	})
	s.whenSpecBecomes(`{}`)
	back := s.whenMigrationEnds(second.Name)
	if back.Spec.Template.Spec.Containers[0].Image != "localhost/uim:1.4.0" {
		t.Errorf("the migration runs %s", back.Spec.Template.Spec.Containers[0].Image)
	}
	s.thenImage("localhost/uim:1.4.0")
	s.thenRunsOnceRolledOut("AllPartsReady")
	if v := s.cluster().Status.Version; v != "1.4.0" {
		t.Errorf("the version is %s", v)
	}
}

// A class that is not there, a quota that is used up: Kubernetes says so on the
// Deployment, and no pod ever tells.
func TestPodsThatKubernetesRefuses(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	s.whenSpecBecomes(`chat: {priorityClassName: nobody-made-it}`)
	s.whenChatRollsOut()
	s.eventually("the refusal", func() error {
		o := s.deployment()
		o.Status.Conditions = []appsv1.DeploymentCondition{{
			Type: appsv1.DeploymentReplicaFailure, Status: corev1.ConditionTrue, Reason: "FailedCreate",
			Message: `pods "acme-chat-" is forbidden: no PriorityClass with name nobody-made-it was found`,
		}}
		return kubernetes.Client.Status().Update(s.Context(), o)
	})
	s.thenCondition("Ready", "False", "PodsRefused", "no PriorityClass with name nobody-made-it was found): correct the spec")
	s.thenPhase(v1alpha1.PhaseBlocked)
}

// Databases that do not get to run say why, too.
func TestPodThatFindsNoNode(t *testing.T) {
	s := newStory(t)
	s.givenCluster(`{}`)
	set := &appsv1.StatefulSet{}
	s.thenExists("acme-postgres", set)
	pod := s.whenPodWaits("acme-postgres-0", set.Spec.Template, "ContainerCreating", "")
	pod.Status.ContainerStatuses = nil
	pod.Status.Conditions = []corev1.PodCondition{{
		Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable, Message: "0/3 nodes are available",
	}}
	s.updateStatus(pod)
	s.thenCondition("DatabaseReady", "False", "Unschedulable", `Pod "acme-postgres-0" finds no node (0/3 nodes are available): add nodes`)
	s.thenPhase(v1alpha1.PhaseInstalling) // more nodes may be on their way
}

// New settings of topology reach the pods, and an empty list is the default again.
func TestTopologySpreadReachesThePods(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`chat: {topologySpread: [{topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule}]}`)
	spread := s.deployment().Spec.Template.Spec.TopologySpreadConstraints
	if len(spread) != 1 || spread[0].WhenUnsatisfiable != corev1.DoNotSchedule || spread[0].MaxSkew != 1 {
		t.Errorf("it is %+v", spread)
	}
	s.whenSpecBecomes(`{}`)
	s.eventually("the default", func() error {
		if n := len(s.deployment().Spec.Template.Spec.TopologySpreadConstraints); n != 2 {
			return errors.New("is not there")
		}
		return nil
	})
}

package uimcluster_test

import (
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// whenAutoscalerWants plays the autoscaler.
func (s *story) whenAutoscalerWants(n int32) {
	s.Helper()
	scale := &autoscalingv1.Scale{Spec: autoscalingv1.ScaleSpec{Replicas: n}}
	if err := kubernetes.Client.SubResource("scale").Update(s.Context(), s.deployment(), client.WithSubResourceBody(scale)); err != nil {
		s.Fatal(err)
	}
}

func (s *story) thenStatusReplicas(want string) {
	s.Helper()
	s.eventually("the number of chat servers", func() error {
		if got := s.cluster().Status.Replicas; got != want {
			return fmt.Errorf("is %s, want %s", got, want)
		}
		return nil
	})
}

func (s *story) requireReplicas(want int32) {
	s.Helper()
	if n := *s.deployment().Spec.Replicas; n != want {
		s.Errorf("there are %d chat servers, want %d", n, want)
	}
}

func TestTheAutoscalerHasTheLastWord(t *testing.T) {
	s := newStory(t)
	s.givenCluster(`chat: {autoscaling: {minReplicas: 2, maxReplicas: 9}}`)
	s.whenPostgresStarts()
	s.whenRedisStarts()
	s.whenMigrationEnds()
	s.whenAutoscalerWants(2)
	s.thenRunsOnceRolledOut("AllPartsReady")
	s.thenExists("acme-chat", &autoscalingv2.HorizontalPodAutoscaler{})
	s.thenExists("acme-chat", &policyv1.PodDisruptionBudget{})

	s.whenAutoscalerWants(6)
	s.thenCondition("Ready", "False", "RollingOut", "of 6 chat servers")
	s.thenRunsOnceRolledOut("AllPartsReady")
	s.thenStatusReplicas("6/6")
	s.afterPasses(3)
	s.requireReplicas(6)
}

// The number of servers must not fall to the default in between.
func TestAutoscalingTakesOverTheServersThereAre(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`chat: {replicas: 5}`)
	least := s.watchReplicas()
	s.whenSpecBecomes(`chat: {autoscaling: {maxReplicas: 9}}`)
	s.thenExists("acme-chat", &autoscalingv2.HorizontalPodAutoscaler{})
	s.thenCondition("Ready", "True", "AllPartsReady", "")
	s.requireReplicas(5)

	s.whenAutoscalerWants(7)
	s.whenChatIsRolledOut()
	s.thenStatusReplicas("7/7")
	if n := least(); n < 5 {
		t.Errorf("there were only %d chat servers in between", n)
	}

	s.whenSpecBecomes(`chat: {replicas: 3}`)
	s.thenGone("acme-chat", &autoscalingv2.HorizontalPodAutoscaler{})
	s.eventually("a fixed number of servers", func() error {
		if n := *s.deployment().Spec.Replicas; n != 3 {
			return fmt.Errorf("there are %d", n)
		}
		return nil
	})
}

// watchReplicas returns a function that tells the smallest number of chat servers
// asked for until then.
func (s *story) watchReplicas() (least func() int32) {
	s.Helper()
	list := &appsv1.DeploymentList{}
	watch, err := kubernetes.Client.Watch(s.Context(), list, client.InNamespace(s.namespace))
	if err != nil {
		s.Fatal(err)
	}
	smallest := make(chan int32, 1)
	go func() {
		n := int32(1 << 30)
		for event := range watch.ResultChan() {
			if deployment, ok := event.Object.(*appsv1.Deployment); ok {
				n = min(n, *deployment.Spec.Replicas)
			}
		}
		smallest <- n
	}()
	return func() int32 { watch.Stop(); return <-smallest }
}

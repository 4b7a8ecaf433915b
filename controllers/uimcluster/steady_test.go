package uimcluster_test

import (
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// everythingSpec uses all fields that change an object, to look for a difference
// between what is wanted and what the API server makes of it.
const everythingSpec = `
chat:
  replicas: 3
  resources: {requests: {cpu: 1500m, memory: 1024Mi}, limits: {cpu: 2000m, memory: 1.5Gi}}
  nodeSelector: {disk: ssd}
  tolerations: [{key: dedicated, value: chat, effect: NoSchedule}, {operator: Exists, effect: NoExecute, tolerationSeconds: 30}]
  limits: {messagesPerMinute: 100}
  extraEnv: [{name: UIM_LOG_LEVEL, value: debug}, {name: EMPTY}]
postgres: {managed: {storage: {size: 10240Mi}, parameters: {work_mem: 16MB}}}
redis: {managed: {storage: {size: "2147483648"}}}
ingress: {host: chat.example.com, className: traefik, annotations: {a.example/b: c}}
tls: {selfSigned: {}}
networkPolicy: {chatFrom: [{cidr: 10.0.0.0/8}], metricsFrom: [{namespaceLabels: {a: b}, podLabels: {c: d}}]}
deletionPolicy: Delete
`

// A pass that finds everything as it should be writes nothing.
func TestSteadyStateWritesNothing(t *testing.T) {
	for name, spec := range map[string]string{"minimal": "{}", "everything": everythingSpec} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t)
			s.givenRunning(spec)
			s.thenPassesWriteNothing()
			mark := requests.mark()
			const wanted = 5
			s.afterPasses(wanted)
			seen := requests.in(s.namespace, mark)
			if written := writes(seen); len(written) > 0 {
				t.Errorf("%d passes wrote %v", passes(seen), written)
			}
			t.Logf("%d passes: %d reads of the API server, 0 writes", passes(seen), len(seen))
		})
	}
}

// thenPassesWriteNothing is what TestSteadyStateWritesNothing sees, after what is still
// on its way: the pass that follows a write may not know of it yet.
func (s *story) thenPassesWriteNothing() {
	s.Helper()
	var written []request
	for range 4 {
		mark := requests.mark()
		s.afterPasses(3)
		if written = writes(requests.in(s.namespace, mark)); len(written) == 0 {
			return
		}
	}
	s.Errorf("passes that find everything as it should be wrote %v", written)
}

// afterPasses makes somebody else touch an object until so many passes were seen.
func (s *story) afterPasses(wanted int) {
	s.Helper()
	mark := requests.mark()
	for i := 0; passes(requests.in(s.namespace, mark)) < wanted; i++ {
		before := passes(requests.in(s.namespace, mark))
		change(s, "acme-chat", &corev1.Service{}, func(o *corev1.Service) {
			o.Annotations = map[string]string{"somebody.example/else": fmt.Sprintf("%d-%d", mark, i)}
		})
		s.eventually("a pass", func() error {
			if passes(requests.in(s.namespace, mark)) == before {
				return fmt.Errorf("%d passes", before)
			}
			return nil
		})
	}
}

// Fields of others stay; fields of the operator come back.
func TestFieldsOfOthersStayAndOwnOnesComeBack(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`ingress: {host: chat.example.com}`)

	// What kubectl rollout restart does, and a label of a cost report.
	change(s, "acme-chat", &appsv1.Deployment{}, func(o *appsv1.Deployment) {
		o.Labels["cost-centre"] = "42"
		o.Spec.Template.Annotations["kubectl.kubernetes.io/restartedAt"] = "now"
		o.Spec.Template.Spec.PriorityClassName = "important"
	})
	change(s, "acme-chat", &networkingv1.Ingress{}, func(o *networkingv1.Ingress) {
		o.Annotations = map[string]string{"controller.example/note": "mine"}
	})
	// What only the operator decides.
	change(s, "acme-chat", &appsv1.Deployment{}, func(o *appsv1.Deployment) {
		one := int32(1)
		o.Spec.Replicas = &one
		o.Spec.Template.Spec.Containers[0].Image = "elsewhere/uim:1"
	})

	s.eventually("the Deployment as the spec wants it", func() error {
		o := s.deployment()
		if *o.Spec.Replicas != 2 || o.Spec.Template.Spec.Containers[0].Image != "localhost/uim:1.4.0" {
			return fmt.Errorf("has %d replicas of %s", *o.Spec.Replicas, o.Spec.Template.Spec.Containers[0].Image)
		}
		return nil
	})
	s.thenRunsOnceRolledOut("AllPartsReady")
	o := s.deployment()
	if o.Labels["cost-centre"] != "42" || o.Spec.Template.Annotations["kubectl.kubernetes.io/restartedAt"] != "now" ||
		o.Spec.Template.Spec.PriorityClassName != "important" {
		t.Error("fields of others are gone from the Deployment")
	}
	ingress := &networkingv1.Ingress{}
	s.get("acme-chat", ingress)
	if ingress.Annotations["controller.example/note"] != "mine" {
		t.Error("the annotation of others is gone from the Ingress")
	}
}

// What the spec no longer asks for goes away, down to single fields.
func TestWhatIsNoLongerWantedGoes(t *testing.T) {
	s := newStory(t)
	s.givenRunning(everythingSpec)
	s.thenExists("acme-chat", &networkingv1.Ingress{})

	s.whenSpecBecomes(`{chat: {replicas: 3}, redis: {managed: {storage: {size: 2Gi}}}}`)
	s.thenGone("acme-chat", &networkingv1.Ingress{})
	s.eventually("the Deployment without what was asked for", func() error {
		o := s.deployment().Spec.Template.Spec
		for _, e := range o.Containers[0].Env {
			if e.Name == "UIM_LOG_LEVEL" || e.Name == "UIM_MESSAGES_PER_MINUTE" {
				return fmt.Errorf("has %s", e.Name)
			}
		}
		if len(o.NodeSelector) > 0 || len(o.Tolerations) > 0 {
			return fmt.Errorf("has node selector %v and tolerations %v", o.NodeSelector, o.Tolerations)
		}
		return nil
	})
}

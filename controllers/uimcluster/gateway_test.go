package uimcluster_test

import (
	"errors"
	"fmt"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"uim.dev/uim/controllers/resources"
)

const byGateway = `gateway: {host: chat.example.com, parentRefs: [{name: public, namespace: infra, sectionName: http}]}`

// Without the Gateway API the cluster says so; when it appears, the operator that
// runs makes the route, and the Gateway's word decides. First in this file: the API
// stays for the other tests.
func TestGatewayAPIThatAppearsLater(t *testing.T) {
	s := newStory(t)
	s.requireAbsent(resources.HTTPRouteKind())
	s.givenCluster(byGateway)
	s.thenCondition("TrafficRouted", "False", "GatewayAPIMissing", "install its CustomResourceDefinitions")
	s.whenChatRuns()
	s.thenCondition("Ready", "False", "GatewayAPIMissing", "")
	s.thenCondition("ChatAvailable", "True", "Serving", "")

	s.whenGatewayAPIAppears()
	s.thenCondition("TrafficRouted", "False", "WaitingForGateway", "Gateway infra/public has not answered")
	s.thenCondition("Progressing", "True", "WaitingForParts", "")

	s.whenGatewaySays("False", "True", "NotAllowedByListeners", "no listener takes routes of this namespace")
	s.thenCondition("TrafficRouted", "False", "RouteRefused", `HTTPRoute "acme-chat": Gateway infra/public does not serve it (Accepted is False, NotAllowedByListeners: no listener`)
	s.thenCondition("Ready", "False", "RouteRefused", "")
	s.whenGatewaySays("True", "False", "BackendNotFound", "no such Service")
	s.thenCondition("TrafficRouted", "False", "RouteRefused", "ResolvedRefs is False, BackendNotFound")
	s.whenGatewaySays("True", "True", "Accepted", "")
	s.thenCondition("TrafficRouted", "True", "RouteAccepted", "http://chat.example.com")
	s.thenCondition("Ready", "True", "AllPartsReady", "")

	// What it said of an older route says nothing of this one.
	s.whenSpecBecomes(`gateway: {host: other.example.com, parentRefs: [{name: public, namespace: infra, sectionName: http}]}`)
	s.whenChatIsRolledOutTo("http://other.example.com")
	s.thenCondition("TrafficRouted", "False", "WaitingForGateway", "")
	s.whenGatewaySays("True", "True", "Accepted", "")
	s.thenCondition("Ready", "True", "AllPartsReady", "")
}

func TestWayInFollowsTheSpec(t *testing.T) {
	s := newStory(t)
	s.whenGatewayAPIAppears()
	s.givenRunning(`ingress: {host: chat.example.com}`)
	s.thenExists("acme-chat", &networkingv1.Ingress{})

	s.whenSpecBecomes(byGateway)
	s.thenGone("acme-chat", &networkingv1.Ingress{})
	s.whenGatewaySays("True", "True", "Accepted", "")
	s.thenCondition("Ready", "True", "AllPartsReady", "")

	s.whenSpecBecomes(`ingress: {host: chat.example.com}`)
	s.thenGone("acme-chat", kindOnly(resources.HTTPRouteKind()))
	s.thenExists("acme-chat", &networkingv1.Ingress{})
	s.thenCondition("TrafficRouted", "True", "IngressMade", `Ingress "acme-chat"`)
}

// As for all objects: nothing is written when all is well, fields of others stay, and
// the operator's come back.
func TestRouteIsKept(t *testing.T) {
	s := newStory(t)
	s.whenGatewayAPIAppears()
	s.givenCluster(byGateway)
	s.whenChatRuns()
	s.whenGatewaySays("True", "True", "Accepted", "")
	s.thenCondition("Ready", "True", "AllPartsReady", "")
	s.thenPassesWriteNothing()

	change(s, "acme-chat", kindOnly(resources.HTTPRouteKind()), func(o *unstructured.Unstructured) {
		o.SetAnnotations(map[string]string{"somebody.example/else": "mine"})
		if err := unstructured.SetNestedStringSlice(o.Object, []string{"evil.example.com"}, "spec", "hostnames"); err != nil {
			t.Fatal(err)
		}
	})
	s.eventually("the host as the spec wants it", func() error {
		route := s.route()
		hosts, _, err := unstructured.NestedStringSlice(route.Object, "spec", "hostnames")
		if err != nil || len(hosts) != 1 || hosts[0] != "chat.example.com" {
			return fmt.Errorf("it is %v (%w)", hosts, err)
		}
		if route.GetAnnotations()["somebody.example/else"] != "mine" {
			return errors.New("the annotation of others is gone")
		}
		return nil
	})
}

func TestRouteOfSomebodyElseIsLeftAlone(t *testing.T) {
	s := newStory(t)
	s.whenGatewayAPIAppears()
	s.eventually("a route of somebody else", func() error {
		foreign := kindOnly(resources.HTTPRouteKind())
		foreign.SetName("acme-chat")
		foreign.SetNamespace(s.namespace)
		foreign.Object["spec"] = map[string]any{"hostnames": []any{"other.example.com"}}
		return kubernetes.Client.Create(s.Context(), foreign)
	})
	s.givenCluster(byGateway)
	s.thenCondition("TrafficRouted", "False", "NameTaken", `HTTPRoute "acme-chat"`)
	if metav1.GetControllerOf(s.route()) != nil {
		t.Error("it was taken")
	}
}

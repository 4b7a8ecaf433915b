package uimcluster_test

import (
	"path/filepath"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"uim.dev/uim/controllers/resources"
)

// The APIs of other projects, and the parts of their controllers, played by the tests.

// whenGatewayAPIAppears installs the Gateway API; other tests of the package may have
// done so before.
func (s *story) whenGatewayAPIAppears() {
	s.Helper()
	s.install("sigs.k8s.io/gateway-api", "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml")
}

func (s *story) whenCertManagerAppears() {
	s.Helper()
	s.install("github.com/cert-manager/cert-manager", "deploy/crds/cert-manager.io_certificates.yaml")
}

func (s *story) install(module, file string) {
	s.Helper()
	folder, err := kubernetes.Module(s.Context(), module)
	if err != nil {
		s.Fatal(err)
	}
	if _, err := kubernetes.Kubectl("apply", "--server-side", "-f", filepath.Join(folder, file)); err != nil {
		s.Fatal(err)
	}
}

// requireAbsent fails if an API is there that the test wants to see appear.
func (s *story) requireAbsent(kind schema.GroupVersionKind) {
	s.Helper()
	if _, err := kubernetes.Client.RESTMapper().RESTMapping(kind.GroupKind(), kind.Version); err == nil {
		s.Fatalf("%s is there already", kind.Kind)
	}
}

func (s *story) route() *unstructured.Unstructured {
	s.Helper()
	return s.foreign(resources.HTTPRouteKind())
}

// foreign waits for the object of another project's kind.
func (s *story) foreign(kind schema.GroupVersionKind) *unstructured.Unstructured {
	s.Helper()
	object := kindOnly(kind)
	s.thenExists("acme-chat", object)
	return object
}

func kindOnly(kind schema.GroupVersionKind) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	return object
}

// whenGatewaySays answers for the first parent of the route.
func (s *story) whenGatewaySays(accepted, resolved metav1.ConditionStatus, reason, message string) {
	s.Helper()
	s.eventually("answer as the Gateway", func() error {
		route := s.route()
		parents, _, err := unstructured.NestedSlice(route.Object, "spec", "parentRefs")
		if err != nil {
			return err
		}
		status := []any{map[string]any{
			"parentRef": parents[0], "controllerName": "example.com/gateway",
			"conditions": []any{
				conditionAs("Accepted", accepted, reason, message, route.GetGeneration()),
				conditionAs("ResolvedRefs", resolved, reason, message, route.GetGeneration()),
			},
		}}
		if err := unstructured.SetNestedSlice(route.Object, status, "status", "parents"); err != nil {
			return err
		}
		return kubernetes.Client.Status().Update(s.Context(), route)
	})
}

// whenCertificateIs writes the Ready condition of the Certificate.
func (s *story) whenCertificateIs(ready metav1.ConditionStatus, reason, message string) {
	s.Helper()
	s.eventually("answer as cert-manager", func() error {
		certificate := s.foreign(resources.CertificateKind())
		conditions := []any{conditionAs("Ready", ready, reason, message, certificate.GetGeneration())}
		if err := unstructured.SetNestedSlice(certificate.Object, conditions, "status", "conditions"); err != nil {
			return err
		}
		return kubernetes.Client.Status().Update(s.Context(), certificate)
	})
}

func conditionAs(name string, status metav1.ConditionStatus, reason, message string, generation int64) map[string]any {
	return map[string]any{
		"type": name, "status": string(status), "reason": reason, "message": message,
		"observedGeneration": generation, "lastTransitionTime": time.Now().UTC().Format(time.RFC3339),
	}
}

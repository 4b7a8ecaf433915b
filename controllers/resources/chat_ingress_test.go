package resources_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation"

	"uim.dev/uim/controllers/resources"
)

func TestChatIngress(t *testing.T) {
	t.Run("full", func(t *testing.T) { golden(t, resources.ChatIngress(given(t, fullSpec))) })
	t.Run("plain", func(t *testing.T) { golden(t, resources.ChatIngress(given(t, externalSpec))) })
	for _, spec := range []string{"{}", gatewaySpec} {
		if resources.ChatIngress(given(t, spec)) != nil {
			t.Errorf("there is an Ingress with the spec %s", spec)
		}
	}
}

func TestAnnotationsOfTheUserWin(t *testing.T) {
	const name = "nginx.ingress.kubernetes.io/proxy-read-timeout"
	annotations := resources.ChatIngress(given(t, `ingress: {host: a.example, annotations: {`+name+`: "90", x.example/y: z}}`)).Annotations
	if annotations[name] != "90" || annotations["x.example/y"] != "z" || annotations["nginx.org/websocket-services"] != "acme-chat" {
		t.Errorf("the annotations are %v", annotations)
	}
	for name := range annotations {
		if problems := validation.IsQualifiedName(strings.ToLower(name)); problems != nil {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

func TestChatRoute(t *testing.T) {
	t.Run("gateways", func(t *testing.T) { golden(t, resources.ChatRoute(given(t, gatewaySpec))) })
	if resources.ChatRoute(given(t, fullSpec)) != nil {
		t.Error("there is an HTTPRoute beside the Ingress")
	}
}

func TestChatCertificate(t *testing.T) {
	t.Run("gateways", func(t *testing.T) { golden(t, resources.ChatCertificate(given(t, gatewaySpec))) })
	t.Run("other-issuer", func(t *testing.T) {
		golden(t, resources.ChatCertificate(given(t, "{ingress: {host: a.example}, tls: {issuerRef: {name: x, kind: AWSPCAIssuer, group: awspca.cert-manager.io}}}")))
	})
	issuer, _, _ := unstructured.NestedStringMap(resources.ChatCertificate(given(t, "{ingress: {host: a.example}, tls: {issuerRef: {name: x}}}")).Object, "spec", "issuerRef")
	if issuer["kind"] != "Issuer" || issuer["group"] != "cert-manager.io" {
		t.Errorf("the defaults of an issuer are %v", issuer)
	}
	if resources.ChatCertificate(given(t, fullSpec)) != nil {
		t.Error("cert-manager is asked beside a Secret of the user")
	}
}

func TestURL(t *testing.T) {
	for spec, want := range map[string]string{
		"{}":                         "http://acme-chat.chat.svc",
		"ingress: {host: a.example}": "http://a.example",
		"{ingress: {host: a.example}, tls: {secretName: x}}":                "https://a.example",
		"{ingress: {host: a.example}, tls: {external: {}}}":                 "https://a.example",
		"gateway: {host: a.example, parentRefs: [{name: x}]}":               "http://a.example",
		"{gateway: {host: a.example, parentRefs: []}, tls: {external: {}}}": "https://a.example",
		gatewaySpec: "https://chat.example.com",
	} {
		if got := given(t, spec).URL(); got != want {
			t.Errorf("%s: %s, want %s", spec, got, want)
		}
	}
}

// Where the certificate is, by the spec.
func TestCertificateOfTheIngress(t *testing.T) {
	for tls, want := range map[string]string{
		"secretName: mine":     "mine",
		"issuerRef: {name: x}": "acme-chat-tls",
		"selfSigned: {}":       "acme-chat-tls",
		"external: {}":         "",
	} {
		spec := resources.ChatIngress(given(t, "{ingress: {host: a.example}, tls: {"+tls+"}}")).Spec
		switch {
		case want == "" && len(spec.TLS) > 0:
			t.Errorf("%s: the Ingress has a certificate", tls)
		case want != "" && (len(spec.TLS) != 1 || *spec.TLS[0].SecretName != want || spec.TLS[0].Hosts[0] != "a.example"):
			t.Errorf("%s: the Ingress has not the certificate in %s", tls, want)
		}
	}
}

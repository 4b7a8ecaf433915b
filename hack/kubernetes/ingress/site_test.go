package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestConfiguration(t *testing.T) {
	cluster := objects{
		"chat/acme-chat": service("10.96.0.7", 8080),
		"chat/docs":      service("10.96.0.8", 80),
		"chat/acme-tls":  certificateSecret(t),
	}
	tests := map[string][]*networkingv1.Ingress{
		"nothing": nil,
		"plain":   {ingress("acme", rule("chat.example.test", prefix("/", "acme-chat")))},
		"any-host": {
			ingress("demo", rule("", prefix("/", "acme-chat"))),
		},
		"tls": {
			withTLS(ingress("acme", rule("chat.example.test", prefix("/", "acme-chat"))), "acme-tls"),
		},
		"paths": {
			ingress("a", rule("chat.example.test", prefix("/", "acme-chat"), exact("/openapi.yaml", "docs"))),
			annotated(ingress("b", rule("chat.example.test", prefix("/docs", "docs"))), "proxy-read-timeout", "3600"),
		},
	}
	for name, ingresses := range tests {
		t.Run(name, func(t *testing.T) {
			s, _, problems := newSite(ingresses, nil, nil, cluster)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			golden(t, name, rendered(t, s))
		})
	}
}

func TestOrderOfObjectsDoesNotMatter(t *testing.T) {
	cluster := objects{"chat/acme-chat": service("10.96.0.7", 8080), "chat/docs": service("10.96.0.8", 80)}
	ingresses := []*networkingv1.Ingress{
		ingress("a", rule("a.example.test", prefix("/", "acme-chat"))),
		ingress("b", rule("b.example.test", prefix("/", "docs"))),
		ingress("c", rule("a.example.test", prefix("/", "docs"))),
	}
	forward, _, _ := newSite(ingresses, nil, nil, cluster)
	slices.Reverse(ingresses)
	backward, _, _ := newSite(ingresses, nil, nil, cluster)
	if x, y := rendered(t, forward), rendered(t, backward); x != y {
		t.Errorf("differs:\n%s\n%s", x, y)
	}
}

func TestWhatCannotBeServedIsLeftOut(t *testing.T) {
	cluster := objects{
		"chat/acme-chat": service("10.96.0.7", 8080),
		"chat/headless":  service(corev1.ClusterIPNone, 8080),
		"chat/broken":    &corev1.Secret{Data: map[string][]byte{corev1.TLSCertKey: []byte("x")}},
	}
	good := prefix("/", "acme-chat")
	tests := map[string]*networkingv1.Ingress{
		"no such service":     ingress("x", rule("h", prefix("/", "nowhere"))),
		"no cluster address":  ingress("x", rule("h", prefix("/", "headless"))),
		"host with a command": ingress("x", rule("h; return 200", good)),
		"path with a command": ingress("x", rule("h", prefix("/ { return 200; }", "acme-chat"))),
		"broken certificate":  withTLS(ingress("x", rule("h", good)), "broken"),
		"missing certificate": withTLS(ingress("x", rule("h", good)), "nowhere"),
	}
	for name, bad := range tests {
		t.Run(name, func(t *testing.T) {
			s, _, problems := newSite([]*networkingv1.Ingress{bad, ingress("y", rule("fine.example.test", good))}, nil, nil, cluster)
			if len(problems) != 1 {
				t.Errorf("problems %v, want one", problems)
			}
			text := rendered(t, s)
			if !strings.Contains(text, "server_name fine.example.test;") {
				t.Errorf("the good one is missing:\n%s", text)
			}
			if strings.Contains(text, "return 200;\n    }") || strings.Contains(text, "ssl_certificate ") {
				t.Errorf("the bad one is there:\n%s", text)
			}
		})
	}
}

func TestAnnotationsCannotInjectStatements(t *testing.T) {
	cluster := objects{"chat/acme-chat": service("10.96.0.7", 8080)}
	bad := annotated(ingress("x", rule("h", prefix("/", "acme-chat"))), "proxy-body-size", "1m; return 200")
	s, _, _ := newSite([]*networkingv1.Ingress{bad}, nil, nil, cluster)
	if text := rendered(t, s); !strings.Contains(text, "client_max_body_size 1m;") {
		t.Errorf("not the default:\n%s", text)
	}
}

// objects is a cluster: what lies under namespace/name.
type objects map[string]any

func (o objects) service(namespace, name string) (*corev1.Service, error) {
	if s, ok := o[namespace+"/"+name].(*corev1.Service); ok {
		s.Name = name
		return s, nil
	}
	return nil, fmt.Errorf("no service %s", name)
}

func (o objects) secret(namespace, name string) (*corev1.Secret, error) {
	if s, ok := o[namespace+"/"+name].(*corev1.Secret); ok {
		return s, nil
	}
	return nil, fmt.Errorf("no secret %s", name)
}

func service(address string, port int32) *corev1.Service {
	return &corev1.Service{Spec: corev1.ServiceSpec{ClusterIP: address, Ports: []corev1.ServicePort{{Name: "http", Port: port}}}}
}

func ingress(name string, rules ...networkingv1.IngressRule) *networkingv1.Ingress {
	return &networkingv1.Ingress{
		ObjectMeta: metav1.ObjectMeta{Namespace: "chat", Name: name},
		Spec:       networkingv1.IngressSpec{Rules: rules},
	}
}

func withTLS(i *networkingv1.Ingress, secret string) *networkingv1.Ingress {
	i.Spec.TLS = []networkingv1.IngressTLS{{Hosts: []string{i.Spec.Rules[0].Host}, SecretName: secret}}
	return i
}

func annotated(i *networkingv1.Ingress, name, value string) *networkingv1.Ingress {
	i.Annotations = map[string]string{annotationPrefix + name: value}
	return i
}

func rule(host string, paths ...networkingv1.HTTPIngressPath) networkingv1.IngressRule {
	return networkingv1.IngressRule{
		Host:             host,
		IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: paths}},
	}
}

func prefix(path, service string) networkingv1.HTTPIngressPath {
	return pathTo(path, networkingv1.PathTypePrefix, service)
}

func exact(path, service string) networkingv1.HTTPIngressPath {
	return pathTo(path, networkingv1.PathTypeExact, service)
}

func pathTo(path string, kind networkingv1.PathType, service string) networkingv1.HTTPIngressPath {
	return networkingv1.HTTPIngressPath{Path: path, PathType: &kind, Backend: networkingv1.IngressBackend{
		Service: &networkingv1.IngressServiceBackend{Name: service, Port: networkingv1.ServiceBackendPort{Name: "http"}},
	}}
}

func certificateSecret(t *testing.T) *corev1.Secret {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"chat.example.test"}}
	chain, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return &corev1.Secret{Data: map[string][]byte{
		corev1.TLSCertKey:       pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: chain}),
		corev1.TLSPrivateKeyKey: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	}}
}

func rendered(t *testing.T, s site) string {
	t.Helper()
	text, err := render("/tmp", s)
	if err != nil {
		t.Fatal(err)
	}
	// The name of a certificate's file holds the hash of a fresh key.
	return regexp.MustCompile(`-[0-9a-f]{16}\.pem`).ReplaceAllString(string(text), "-HASH.pem")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".conf")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update and look at the difference. Got:\n%s", file, got)
	}
}

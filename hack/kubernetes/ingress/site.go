package main

import (
	"cmp"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"regexp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// site is what nginx is to serve. It is the same for the same objects in any
// order, so that an unchanged site means there is nothing to reload.
type site struct {
	Servers      []*server
	Upstreams    []upstream
	Certificates []certificate
}

// server is one host. Certificate is empty without TLS.
type server struct {
	Host        string // empty for all hosts that no other server names
	Certificate string
	Locations   []location
}

type location struct {
	Path        string
	Exact       bool
	Upstream    string
	ReadTimeout string
	BodySize    string
}

// upstream is a port of a Service at its cluster address.
type upstream struct{ Name, Address string }

// certificate is a file of a chain and its key, named after its contents.
type certificate struct {
	Name string
	PEM  []byte
}

// source gives newSite the objects that Ingresses refer to.
type source interface {
	service(namespace, name string) (*corev1.Service, error)
	secret(namespace, name string) (*corev1.Secret, error)
}

const annotationPrefix = "nginx.ingress.kubernetes.io/"

// What may stand in nginx's configuration as it is; anything else could end a
// statement and begin another.
var (
	safePath  = regexp.MustCompile(`^/[A-Za-z0-9/._~%@:+-]*$`)
	safeHost  = regexp.MustCompile(`^(\*\.)?[A-Za-z0-9.-]*$`)
	safeValue = regexp.MustCompile(`^[0-9]+[smkg]?$`)
)

// newSite gathers Ingresses and routes by host. What cannot be served is left out and
// named in the problems, or in the answers to routes.
func newSite(ingresses []*networkingv1.Ingress, routes []*route, gateways []*gateway, from source) (site, []answer, []error) {
	b := builder{from: from, servers: map[string]*server{}, upstreams: map[string]string{}, certificates: map[string][]byte{}}
	ingresses = slices.Clone(ingresses)
	slices.SortFunc(ingresses, func(x, y *networkingv1.Ingress) int {
		return cmp.Or(cmp.Compare(x.Namespace, y.Namespace), cmp.Compare(x.Name, y.Name))
	})
	for _, ingress := range ingresses {
		b.addRules(ingress)
		b.addTLS(ingress)
	}
	answers := b.addRoutes(routes, gateways)
	return b.site(), answers, b.problems
}

type builder struct {
	from         source
	servers      map[string]*server
	upstreams    map[string]string
	certificates map[string][]byte
	problems     []error
}

func (b *builder) fail(ingress *networkingv1.Ingress, err error) {
	b.problems = append(b.problems, fmt.Errorf("ingress %s/%s: %w", ingress.Namespace, ingress.Name, err))
}

func (b *builder) addRules(ingress *networkingv1.Ingress) {
	for _, rule := range ingress.Spec.Rules {
		if !safeHost.MatchString(rule.Host) {
			b.fail(ingress, fmt.Errorf("host %q", rule.Host))
			continue
		}
		if rule.HTTP == nil {
			continue
		}
		for _, path := range rule.HTTP.Paths {
			if err := b.addPath(ingress, rule.Host, path); err != nil {
				b.fail(ingress, err)
			}
		}
	}
}

func (b *builder) addPath(ingress *networkingv1.Ingress, host string, path networkingv1.HTTPIngressPath) error {
	place := cmp.Or(path.Path, "/")
	if !safePath.MatchString(place) {
		return fmt.Errorf("path %q", place)
	}
	name, err := b.addUpstream(ingress.Namespace, path.Backend)
	if err != nil {
		return err
	}
	to := location{
		Upstream:    name,
		ReadTimeout: setting(ingress, "proxy-read-timeout", "60"),
		BodySize:    setting(ingress, "proxy-body-size", "1m"),
	}
	b.addLocations(host, place, path.PathType != nil && *path.PathType == networkingv1.PathTypeExact, to)
	return nil
}

// setting reads an annotation, with the default that ingress-nginx has.
func setting(ingress *networkingv1.Ingress, name, otherwise string) string {
	if value := ingress.Annotations[annotationPrefix+name]; safeValue.MatchString(value) {
		return value
	}
	return otherwise
}

func (b *builder) server(host string) *server {
	s := b.servers[host]
	if s == nil {
		s = &server{Host: host}
		b.servers[host] = s
	}
	return s
}

func (b *builder) addUpstream(namespace string, backend networkingv1.IngressBackend) (string, error) {
	if backend.Service == nil {
		return "", errors.New("a backend that is not a service")
	}
	wanted := backend.Service.Port
	return b.addUpstreamPort(namespace, backend.Service.Name, func(port corev1.ServicePort) bool {
		return port.Port == wanted.Number || wanted.Name != "" && port.Name == wanted.Name
	})
}

// addUpstreamPort adds the first of a Service's ports that is wanted.
func (b *builder) addUpstreamPort(namespace, name string, wanted func(corev1.ServicePort) bool) (string, error) {
	service, err := b.from.service(namespace, name)
	if err != nil {
		return "", err
	}
	if address := service.Spec.ClusterIP; address == "" || address == corev1.ClusterIPNone {
		return "", fmt.Errorf("service %s has no cluster address", service.Name)
	}
	for _, port := range service.Spec.Ports {
		if wanted(port) {
			key := fmt.Sprintf("%s_%s_%d", namespace, service.Name, port.Port)
			b.upstreams[key] = fmt.Sprintf("%s:%d", service.Spec.ClusterIP, port.Port)
			return key, nil
		}
	}
	return "", fmt.Errorf("service %s has no such port", service.Name)
}

func (b *builder) addTLS(ingress *networkingv1.Ingress) {
	for _, entry := range ingress.Spec.TLS {
		if entry.SecretName == "" {
			continue
		}
		name, err := b.addCertificate(ingress.Namespace, entry.SecretName)
		if err != nil {
			b.fail(ingress, err)
			continue
		}
		for _, host := range entry.Hosts {
			if s := b.servers[host]; s != nil {
				s.Certificate = name
			}
		}
	}
}

func (b *builder) addCertificate(namespace, name string) (string, error) {
	secret, err := b.from.secret(namespace, name)
	if err != nil {
		return "", err
	}
	chain, key := secret.Data[corev1.TLSCertKey], secret.Data[corev1.TLSPrivateKeyKey]
	// nginx would refuse the whole configuration.
	if _, err := tls.X509KeyPair(chain, key); err != nil {
		return "", fmt.Errorf("secret %s: %w", name, err)
	}
	pem := slices.Concat(chain, []byte("\n"), key)
	file := fmt.Sprintf("%s-%s-%.8x.pem", namespace, name, sha256.Sum256(pem))
	b.certificates[file] = pem
	return file, nil
}

func (b *builder) site() site {
	var s site
	for _, host := range b.servers {
		s.Servers = append(s.Servers, host)
	}
	for name, address := range b.upstreams {
		s.Upstreams = append(s.Upstreams, upstream{name, address})
	}
	for name, pem := range b.certificates {
		s.Certificates = append(s.Certificates, certificate{name, pem})
	}
	slices.SortFunc(s.Servers, func(x, y *server) int { return cmp.Compare(x.Host, y.Host) })
	slices.SortFunc(s.Upstreams, func(x, y upstream) int { return cmp.Compare(x.Name, y.Name) })
	slices.SortFunc(s.Certificates, func(x, y certificate) int { return cmp.Compare(x.Name, y.Name) })
	for _, server := range s.Servers {
		server.Locations = firstOfEach(server.Locations)
	}
	return s
}

// firstOfEach keeps the first location of each path: nginx refuses a second.
func firstOfEach(locations []location) []location {
	type place struct {
		path  string
		exact bool
	}
	seen := map[place]bool{}
	return slices.DeleteFunc(locations, func(l location) bool {
		p := place{l.Path, l.Exact}
		known := seen[p]
		seen[p] = true
		return known
	})
}

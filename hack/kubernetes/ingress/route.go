package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The parts of the Gateway API that are served here: listeners with a certificate or
// without, and routes by host and path to one Service.
type (
	gateway struct {
		metav1.ObjectMeta `json:"metadata"`
		Spec              struct {
			GatewayClassName string     `json:"gatewayClassName"`
			Listeners        []listener `json:"listeners"`
		} `json:"spec"`
	}
	listener struct {
		Name     string `json:"name"`
		Protocol string `json:"protocol"`
		TLS      struct {
			CertificateRefs []struct {
				Name string `json:"name"`
			} `json:"certificateRefs"`
		} `json:"tls"`
	}
	route struct {
		metav1.ObjectMeta `json:"metadata"`
		Spec              struct {
			ParentRefs []parent    `json:"parentRefs"`
			Hostnames  []string    `json:"hostnames"`
			Rules      []routeRule `json:"rules"`
		} `json:"spec"`
	}
	parent struct {
		Name        string `json:"name"`
		Namespace   string `json:"namespace"`
		SectionName string `json:"sectionName"`
	}
	routeRule struct {
		Matches []struct {
			Path struct {
				Type  string `json:"type"`
				Value string `json:"value"`
			} `json:"path"`
		} `json:"matches"`
		BackendRefs []struct {
			Name string `json:"name"`
			Port int32  `json:"port"`
		} `json:"backendRefs"`
	}
)

// answer is what a Gateway says of a route that names it as a parent.
type answer struct {
	route  *route
	parent int // in spec.parentRefs
	reason string
	err    error // nil when the route is served
}

// addRoutes adds the routes to the Gateways, and answers for each of their parents
// that is one of them.
func (b *builder) addRoutes(routes []*route, gateways []*gateway) []answer {
	routes = slices.Clone(routes)
	slices.SortFunc(routes, func(x, y *route) int {
		return cmp.Or(cmp.Compare(x.Namespace, y.Namespace), cmp.Compare(x.Name, y.Name))
	})
	var answers []answer
	for _, r := range routes {
		for i, p := range r.Spec.ParentRefs {
			for _, g := range gateways {
				if g.Name == p.Name && g.Namespace == cmp.Or(p.Namespace, r.Namespace) {
					reason, err := b.addRoute(r, p, g)
					answers = append(answers, answer{r, i, reason, err})
				}
			}
		}
	}
	return answers
}

func (b *builder) addRoute(r *route, p parent, g *gateway) (reason string, err error) {
	listeners := slices.DeleteFunc(slices.Clone(g.Spec.Listeners), func(l listener) bool {
		return p.SectionName != "" && p.SectionName != l.Name
	})
	if len(listeners) == 0 {
		return "NoMatchingParent", fmt.Errorf("gateway %s has no listener %q", g.Name, p.SectionName)
	}
	certificate := ""
	for _, l := range listeners {
		if l.Protocol != "HTTPS" || len(l.TLS.CertificateRefs) == 0 {
			continue
		}
		if certificate, err = b.addCertificate(g.Namespace, l.TLS.CertificateRefs[0].Name); err != nil {
			return "InvalidCertificateRef", err
		}
	}
	for _, host := range r.Spec.Hostnames {
		if !safeHost.MatchString(host) {
			return "UnsupportedValue", fmt.Errorf("host %q", host)
		}
		for _, rule := range r.Spec.Rules {
			if err := b.addRouteRule(r.Namespace, host, rule); err != nil {
				return "BackendNotFound", err
			}
		}
		if certificate != "" {
			b.server(host).Certificate = certificate
		}
	}
	return "", nil
}

func (b *builder) addRouteRule(namespace, host string, rule routeRule) error {
	if len(rule.BackendRefs) != 1 {
		return errors.New("a rule without one backend")
	}
	name, err := b.addUpstreamPort(namespace, rule.BackendRefs[0].Name, func(port corev1.ServicePort) bool {
		return port.Port == rule.BackendRefs[0].Port
	})
	if err != nil {
		return err
	}
	for _, match := range rule.Matches {
		if !safePath.MatchString(match.Path.Value) {
			return fmt.Errorf("path %q", match.Path.Value)
		}
		// The timeout and the size are what nginx has when nobody says otherwise.
		b.addLocations(host, match.Path.Value, match.Path.Type == "Exact", location{Upstream: name, ReadTimeout: "60", BodySize: "1m"})
	}
	return nil
}

// addLocations adds a path to the server of a host. The prefix /a matches /a and
// /a/b, but not /ab.
func (b *builder) addLocations(host, place string, exact bool, to location) {
	s := b.server(host)
	if exact || place != "/" {
		to.Path, to.Exact = strings.TrimSuffix(place, "/"), true
		if exact {
			to.Path = place
		}
		s.Locations = append(s.Locations, to)
	}
	if !exact {
		to.Path, to.Exact = strings.TrimSuffix(place, "/")+"/", false
		s.Locations = append(s.Locations, to)
	}
}

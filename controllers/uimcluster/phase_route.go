package uimcluster

import (
	"context"
	"errors"
	"fmt"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	networkingv1ac "k8s.io/client-go/applyconfigurations/networking/v1"

	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/status"
)

// reconcileRoute makes the way in from outside: an Ingress or an HTTPRoute. It does
// not wait for the certificate, which may only be issued by way of it.
func (p *pass) reconcileRoute(ctx context.Context) error {
	if err := p.reconcileIngress(ctx); err != nil {
		return err
	}
	wanted := resources.ChatRoute(p.cluster)
	if wanted == nil {
		return p.removeOptional(ctx, resources.HTTPRouteKind(), resources.ChatName(p.cluster))
	}
	live, _, err := p.applyOptional(ctx, wanted)
	if errors.Is(err, errKindMissing) {
		return &problemError{status.Problem{
			Reason: "GatewayAPIMissing",
			Message: "spec.gateway needs the Gateway API, and this Kubernetes does not have gateway.networking.k8s.io/v1: " +
				"install its CustomResourceDefinitions and a Gateway controller, or use ingress",
			NeedsHelp: true,
		}}
	}
	if err != nil {
		return err
	}
	for _, parent := range p.cluster.Gateway.Parents {
		if problem := observeParent(live, parent); problem != nil {
			problem.Message = fmt.Sprintf("HTTPRoute %q: %s", resources.ChatName(p.cluster), problem.Message)
			return &problemError{*problem}
		}
	}
	return nil
}

func (p *pass) reconcileIngress(ctx context.Context) error {
	if p.cluster.Ingress == nil {
		return p.remove(ctx, resources.ChatName(p.cluster), &networkingv1.Ingress{})
	}
	cluster := p.cluster
	former, err := p.formerCertificate(ctx)
	if err != nil {
		return err
	}
	if former != "" {
		tls := *cluster.TLS
		tls.Secret = former
		cluster.TLS = &tls
		p.facts.FormerCertificate = former
	}
	_, err = apply(ctx, p, resources.ChatIngress(cluster), &networkingv1.Ingress{}, networkingv1ac.ExtractIngress)
	return err
}

// formerCertificate is the Secret by which people are served while the one that spec.tls
// says now is not good yet, or empty. Without it they would meet plain HTTP, or a
// certificate of the proxy's, until another one is issued. Where the Ingress asks for
// it, it has to name the new Secret at once.
func (p *pass) formerCertificate(ctx context.Context) (string, error) {
	good := slices.ContainsFunc(p.facts.Certificates, func(c status.Certificate) bool { return c.Public })
	if p.cluster.TLS == nil || p.cluster.TLS.Secret == "" || good || p.ingressAsksForCertificate() {
		return "", nil
	}
	live := &networkingv1.Ingress{}
	if exists, err := p.load(ctx, resources.ChatName(p.cluster), live); err != nil || !exists {
		return "", err
	}
	for _, tls := range live.Spec.TLS {
		if tls.SecretName != p.cluster.TLS.Secret && slices.Contains(tls.Hosts, p.cluster.Host) {
			return tls.SecretName, nil
		}
	}
	return "", nil
}

// refused is the problem of a Gateway that does not take the route.
func refused(message string) *status.Problem {
	return &status.Problem{Reason: "RouteRefused", Message: message, NeedsHelp: true}
}

// unanswered is the problem of a Gateway that has not said anything yet.
func unanswered(message string) *status.Problem {
	return &status.Problem{Reason: "WaitingForGateway", Message: message}
}

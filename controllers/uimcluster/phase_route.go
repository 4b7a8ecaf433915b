package uimcluster

import (
	"context"
	"errors"
	"fmt"

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
	ingress := resources.ChatIngress(p.cluster)
	if ingress == nil {
		return p.remove(ctx, resources.ChatName(p.cluster), &networkingv1.Ingress{})
	}
	_, err := apply(ctx, p, ingress, &networkingv1.Ingress{}, networkingv1ac.ExtractIngress)
	return err
}

// refused is the problem of a Gateway that does not take the route.
func refused(message string) *status.Problem {
	return &status.Problem{Reason: "RouteRefused", Message: message, NeedsHelp: true}
}

// unanswered is the problem of a Gateway that has not said anything yet.
func unanswered(message string) *status.Problem {
	return &status.Problem{Reason: "WaitingForGateway", Message: message}
}

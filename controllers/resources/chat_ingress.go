package resources

import (
	networkingv1 "k8s.io/api/networking/v1"
	networkingv1ac "k8s.io/client-go/applyconfigurations/networking/v1"
)

// ChatIngress lets browsers in, or is nil when there is none.
func ChatIngress(c Cluster) *networkingv1ac.IngressApplyConfiguration {
	if c.Ingress == nil {
		return nil
	}
	backend := networkingv1ac.IngressBackend().WithService(networkingv1ac.IngressServiceBackend().
		WithName(ChatServiceName(c)).
		WithPort(networkingv1ac.ServiceBackendPort().WithName(chatPort)))
	spec := networkingv1ac.IngressSpec().WithRules(networkingv1ac.IngressRule().
		WithHost(c.Host).
		WithHTTP(networkingv1ac.HTTPIngressRuleValue().WithPaths(networkingv1ac.HTTPIngressPath().
			WithPath("/").
			WithPathType(networkingv1.PathTypePrefix).
			WithBackend(backend))))
	if c.Ingress.ClassName != "" {
		spec.WithIngressClassName(c.Ingress.ClassName)
	}
	if c.TLS != nil && c.TLS.Secret != "" {
		spec.WithTLS(networkingv1ac.IngressTLS().WithHosts(c.Host).WithSecretName(c.TLS.Secret))
	}
	return networkingv1ac.Ingress(ChatName(c), c.Namespace).
		WithLabels(labels(c, ComponentChat)).
		WithAnnotations(websocketAnnotations(c)).
		WithAnnotations(c.Ingress.Annotations).
		WithOwnerReferences(owner(c)).
		WithSpec(spec)
}

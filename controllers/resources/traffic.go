package resources

import (
	"cmp"

	"uim.dev/uim/api/v1alpha1"
)

// Ingress is a way in by an Ingress.
type Ingress struct {
	ClassName   string
	Annotations map[string]string
}

// Gateway is a way in by an HTTPRoute.
type Gateway struct {
	Parents     []v1alpha1.GatewayReference
	Annotations map[string]string
}

// TLS says where the certificate of the host comes from.
type TLS struct {
	// Secret has the certificate; it is empty when that is somewhere else.
	Secret string
	// Issuer is asked for it, unless it is nil.
	Issuer *v1alpha1.IssuerReference
	// Own is true when the cluster's own authority signs it.
	Own bool
}

func resolveTraffic(c *Cluster, spec v1alpha1.UIMClusterSpec) {
	switch {
	case spec.Ingress != nil:
		c.Host = spec.Ingress.Host
		c.Ingress = &Ingress{ClassName: spec.Ingress.ClassName, Annotations: spec.Ingress.Annotations}
	case spec.Gateway != nil:
		c.Host = spec.Gateway.Host
		c.Gateway = &Gateway{Parents: spec.Gateway.ParentRefs, Annotations: spec.Gateway.Annotations}
	default:
		return
	}
	switch tls := spec.TLS; {
	case tls == nil:
	case tls.IssuerRef != nil:
		c.TLS = &TLS{Secret: ChatCertificateSecretName(*c), Issuer: &v1alpha1.IssuerReference{
			Name:  tls.IssuerRef.Name,
			Kind:  cmp.Or(tls.IssuerRef.Kind, "Issuer"),
			Group: cmp.Or(tls.IssuerRef.Group, "cert-manager.io"),
		}}
	case tls.SelfSigned != nil:
		c.TLS = &TLS{Secret: ChatCertificateSecretName(*c), Own: true}
	default:
		c.TLS = &TLS{Secret: tls.SecretName}
	}
}

// URL is the address people reach the chat at: its host, or else the Service, which
// only Kubernetes itself can reach.
func (c Cluster) URL() string {
	switch {
	case c.Host == "":
		return "http://" + ChatServiceName(c) + "." + c.Namespace + ".svc"
	case c.TLS != nil:
		return "https://" + c.Host
	default:
		return "http://" + c.Host
	}
}

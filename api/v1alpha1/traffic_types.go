package v1alpha1

// IngressSpec lets browsers in by an Ingress.
type IngressSpec struct {
	// Host people type into the browser, such as chat.example.com.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="!format.dns1123Subdomain().validate(self).hasValue() && !isIP(self)",message="must be a DNS name in lower case without scheme, port or path, such as chat.example.com"
	// +required
	Host string `json:"host"`

	// Ingress class to use. Left out, the default class of Kubernetes.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	ClassName string `json:"className,omitempty"`

	// Annotations of the Ingress, for the controller that serves it. What WebSockets
	// need of the usual controllers is set without them; an annotation given here
	// takes its place.
	// +kubebuilder:validation:MaxProperties=64
	// +optional
	Annotations map[string]string `json:"annotations,omitempty"`
}

// GatewaySpec lets browsers in by an HTTPRoute (gateway.networking.k8s.io/v1).
type GatewaySpec struct {
	// Host people type into the browser, such as chat.example.com.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="!format.dns1123Subdomain().validate(self).hasValue() && !isIP(self)",message="must be a DNS name in lower case without scheme, port or path, such as chat.example.com"
	// +required
	Host string `json:"host"`

	// Gateways that serve the route. With tls, name the listener that has the
	// certificate by its sectionName.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	// +listType=atomic
	// +required
	ParentRefs []GatewayReference `json:"parentRefs"`

	// Annotations of the HTTPRoute.
	// +kubebuilder:validation:MaxProperties=64
	// +optional
	Annotations map[string]string `json:"annotations,omitempty"`
}

// GatewayReference is a Gateway, or one of its listeners.
type GatewayReference struct {
	// Name of the Gateway.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="!format.dns1123Subdomain().validate(self).hasValue()",message="must be the name of a Gateway"
	// +required
	Name string `json:"name"`

	// Namespace of the Gateway. Left out, that of this UIMCluster.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +optional
	Namespace string `json:"namespace,omitempty"`

	// Listener of the Gateway. Left out, all that take the route.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="!format.dns1123Subdomain().validate(self).hasValue()",message="must be the name of a listener"
	// +optional
	SectionName string `json:"sectionName,omitempty"`

	// Port of the listeners. Left out, all ports.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	// +optional
	Port *int32 `json:"port,omitempty"`
}

// TLSSpec says where the certificate of the host comes from: exactly one of its
// fields is set.
//
// +kubebuilder:validation:XValidation:rule="(has(self.issuerRef) ? 1 : 0) + (has(self.secretName) ? 1 : 0) + (has(self.selfSigned) ? 1 : 0) + (has(self.external) ? 1 : 0) == 1",message="set exactly one of issuerRef, secretName, selfSigned and external; leave tls out for plain HTTP"
type TLSSpec struct {
	// Issuer of cert-manager that is asked for the certificate, and for the next
	// one in time.
	// +optional
	IssuerRef *IssuerReference `json:"issuerRef,omitempty"`

	// Secret of type kubernetes.io/tls in this namespace that you look after. It
	// may appear later, and is taken up again when it changes.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="!format.dns1123Subdomain().validate(self).hasValue()",message="must be the name of a Secret"
	// +optional
	SecretName string `json:"secretName,omitempty"`

	// A certificate of this UIMCluster's own authority, which is ca.crt in the
	// Secret <name>-ca: browsers that do not know it warn.
	// +optional
	SelfSigned *SelfSignedTLS `json:"selfSigned,omitempty"`

	// The certificate is somewhere else, such as at a load balancer or in a Gateway
	// of somebody else's: the operator does not see it, only uses https addresses.
	// +optional
	External *ExternalTLS `json:"external,omitempty"`
}

// IssuerReference is an issuer of cert-manager.
type IssuerReference struct {
	// Name of the issuer.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +required
	Name string `json:"name"`

	// Issuer (the default) is one in this namespace, ClusterIssuer one for all of
	// them; other groups have other kinds.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[A-Z][A-Za-z0-9]*$`
	// +optional
	Kind string `json:"kind,omitempty"`

	// API group of the issuer; cert-manager.io when left out.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="!format.dns1123Subdomain().validate(self).hasValue()",message="must be the name of an API group"
	// +optional
	Group string `json:"group,omitempty"`
}

// SelfSignedTLS has no settings yet.
type SelfSignedTLS struct{}

// ExternalTLS has no settings yet.
type ExternalTLS struct{}

package v1alpha1

// NetworkPolicySpec says who may reach the pods of a cluster. By default only the
// connections that chat needs are let through; everything else is refused.
type NetworkPolicySpec struct {
	// Whether there are NetworkPolicies; true when left out. They do something only
	// where the network of Kubernetes enforces them.
	// +optional
	Enabled *bool `json:"enabled,omitempty"`

	// Who may reach the chat servers, usually the ingress controller. Left out,
	// everyone: what they serve is meant for the public and asks for a sign-in.
	// +kubebuilder:validation:MaxItems=32
	// +listType=atomic
	// +optional
	ChatFrom []NetworkPeer `json:"chatFrom,omitempty"`

	// Who may read the metrics of the chat servers, usually Prometheus. Left out,
	// all pods of all namespaces, and nobody from outside of Kubernetes.
	// +kubebuilder:validation:MaxItems=32
	// +listType=atomic
	// +optional
	MetricsFrom []NetworkPeer `json:"metricsFrom,omitempty"`
}

// NetworkPeer is pods, or addresses outside of Kubernetes.
//
// +kubebuilder:validation:XValidation:rule="has(self.cidr) ? !has(self.namespaceLabels) && !has(self.podLabels) : has(self.namespaceLabels) || has(self.podLabels)",message="give either cidr, or namespaceLabels, podLabels or both"
type NetworkPeer struct {
	// Labels of the namespaces of the pods. Left out, the namespace of this
	// UIMCluster.
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=16
	// +optional
	NamespaceLabels map[string]string `json:"namespaceLabels,omitempty"`

	// Labels of the pods. Left out, all pods of the namespaces.
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=16
	// +optional
	PodLabels map[string]string `json:"podLabels,omitempty"`

	// Addresses, such as 10.1.0.0/16.
	// +kubebuilder:validation:MaxLength=43
	// +kubebuilder:validation:XValidation:rule="isCIDR(self) && cidr(self) == cidr(self).masked()",message="must be a network such as 10.1.0.0/16, without bits of a host"
	// +optional
	CIDR string `json:"cidr,omitempty"`
}

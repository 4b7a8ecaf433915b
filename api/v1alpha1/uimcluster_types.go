package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// UIMCluster is one chat system: chat servers, the Postgres and Redis they
// need, and the address people reach it at.
//
// The smallest useful one has an empty spec; every field has a safe default,
// and status shows the values in use.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:subresource:scale:specpath=.spec.chat.replicas,statuspath=.status.chat.replicas,selectorpath=.status.chat.selector
// +kubebuilder:resource:path=uimclusters,singular=uimcluster,shortName=uim,categories=uim,scope=Namespaced
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether everything the spec asks for is there and works"
// +kubebuilder:printcolumn:name="Replicas",type=string,JSONPath=`.status.replicas`,description="Chat servers ready / asked for"
// +kubebuilder:printcolumn:name="Version",type=string,JSONPath=`.status.version`,description="Version of the chat servers"
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`,description="The state in one word"
// +kubebuilder:printcolumn:name="URL",type=string,JSONPath=`.status.url`,description="Address people reach it at"
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 40 && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",message="the name becomes part of Service and Job names: at most 40 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen"
type UIMCluster struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// What is wanted. The operator reads it and never writes it.
	// +required
	Spec UIMClusterSpec `json:"spec"`

	// What is there, as the operator last saw it.
	// +optional
	Status UIMClusterStatus `json:"status,omitzero"`
}

// UIMClusterSpec says what is wanted.
//
// +kubebuilder:validation:XValidation:rule="(has(self.postgres) && has(self.postgres.external)) == (has(oldSelf.postgres) && has(oldSelf.postgres.external)) && (has(self.postgres) && has(self.postgres.cloudNativePG)) == (has(oldSelf.postgres) && has(oldSelf.postgres.cloudNativePG))",message="postgres cannot change between managed, cloudNativePG and external, because the messages would stay behind: make a new UIMCluster and move the data"
// +kubebuilder:validation:XValidation:rule="(has(self.postgres) && has(self.postgres.managed) && has(self.postgres.managed.storage) && has(self.postgres.managed.storage.size) ? quantity(string(self.postgres.managed.storage.size)) : quantity('10Gi')).compareTo((has(oldSelf.postgres) && has(oldSelf.postgres.managed) && has(oldSelf.postgres.managed.storage) && has(oldSelf.postgres.managed.storage.size) ? quantity(string(oldSelf.postgres.managed.storage.size)) : quantity('10Gi'))) >= 0",message="postgres.managed.storage.size cannot shrink (10Gi when left out): volumes only grow"
// +kubebuilder:validation:XValidation:rule="(has(self.postgres) && has(self.postgres.managed) && has(self.postgres.managed.storage) && has(self.postgres.managed.storage.storageClassName) ? self.postgres.managed.storage.storageClassName : '-') == (has(oldSelf.postgres) && has(oldSelf.postgres.managed) && has(oldSelf.postgres.managed.storage) && has(oldSelf.postgres.managed.storage.storageClassName) ? oldSelf.postgres.managed.storage.storageClassName : '-')",message="postgres.managed.storage.storageClassName cannot change once the volume exists"
// +kubebuilder:validation:XValidation:rule="(has(self.redis) && has(self.redis.external)) || (has(oldSelf.redis) && has(oldSelf.redis.external)) || (has(self.redis) && has(self.redis.managed) && has(self.redis.managed.storage) && has(self.redis.managed.storage.size) ? quantity(string(self.redis.managed.storage.size)) : quantity('1Gi')).compareTo((has(oldSelf.redis) && has(oldSelf.redis.managed) && has(oldSelf.redis.managed.storage) && has(oldSelf.redis.managed.storage.size) ? quantity(string(oldSelf.redis.managed.storage.size)) : quantity('1Gi'))) >= 0",message="redis.managed.storage.size cannot shrink (1Gi when left out): volumes only grow"
// +kubebuilder:validation:XValidation:rule="(has(self.redis) && has(self.redis.external)) || (has(oldSelf.redis) && has(oldSelf.redis.external)) || (has(self.redis) && has(self.redis.managed) && has(self.redis.managed.storage) && has(self.redis.managed.storage.storageClassName) ? self.redis.managed.storage.storageClassName : '-') == (has(oldSelf.redis) && has(oldSelf.redis.managed) && has(oldSelf.redis.managed.storage) && has(oldSelf.redis.managed.storage.storageClassName) ? oldSelf.redis.managed.storage.storageClassName : '-')",message="redis.managed.storage.storageClassName cannot change once the volume exists"
// +kubebuilder:validation:XValidation:rule="!has(self.tls) || has(self.ingress)",message="tls is served by the ingress: set ingress.host as well"
type UIMClusterSpec struct {
	// Image of the chat servers and of the migration that runs before them. Left
	// out, it is the operator's own image, so that upgrading the operator upgrades
	// the chat servers; set, the two are upgraded apart.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$`
	// +optional
	Image string `json:"image,omitempty"`

	// The chat servers: how many, how big, where they run and what they allow.
	// +optional
	Chat ChatSpec `json:"chat,omitzero"`

	// The Postgres that stores everything. Left out, the operator runs one.
	// +optional
	Postgres *PostgresSpec `json:"postgres,omitempty"`

	// The Redis that carries live messages between chat servers. Left out, the
	// operator runs one. What it holds can be lost without losing a message.
	// +optional
	Redis *RedisSpec `json:"redis,omitempty"`

	// How browsers reach the chat servers from outside. Left out, there is only
	// the Service inside of Kubernetes.
	// +optional
	Ingress *IngressSpec `json:"ingress,omitempty"`

	// The certificate of ingress.host. Left out, the ingress serves plain HTTP.
	// +optional
	TLS *TLSSpec `json:"tls,omitempty"`

	// Who may reach the pods of this cluster. Left out, only the connections that
	// chat needs are let through.
	// +optional
	NetworkPolicy NetworkPolicySpec `json:"networkPolicy,omitzero"`

	// What happens to the data when this UIMCluster is deleted. Retain (the
	// default) keeps the volumes and the Secrets with passwords and keys; a new
	// UIMCluster of the same name in the same namespace takes them up again. Delete
	// removes them together with everything else.
	// +optional
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	// While true, the operator changes nothing and the condition Paused lists
	// what it would change. Chat goes on.
	// +optional
	Paused bool `json:"paused,omitempty"`
}

// DeletionPolicy says what happens to data when its UIMCluster is deleted.
// +kubebuilder:validation:Enum=Retain;Delete
type DeletionPolicy string

// The deletion policies.
const (
	// Retain keeps volumes and Secrets.
	Retain DeletionPolicy = "Retain"
	// Delete removes volumes and Secrets.
	Delete DeletionPolicy = "Delete"
)

// IngressSpec says how browsers reach the chat servers.
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

	// Annotations of the Ingress, for the controller that serves it. WebSocket
	// connections stay open for hours: give the controller a read timeout of more
	// than 90 seconds. cert-manager is asked for a certificate here, too, with
	// cert-manager.io/cluster-issuer and tls.secretName.
	// +kubebuilder:validation:MaxProperties=64
	// +optional
	Annotations map[string]string `json:"annotations,omitempty"`
}

// TLSSpec names the certificate of the ingress.
type TLSSpec struct {
	// Secret of type kubernetes.io/tls in this namespace. It may appear later,
	// for instance when cert-manager writes it.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="!format.dns1123Subdomain().validate(self).hasValue()",message="must be the name of a Secret"
	// +required
	SecretName string `json:"secretName"`
}

// UIMClusterList is a list of UIMClusters.
//
// +kubebuilder:object:root=true
type UIMClusterList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []UIMCluster `json:"items"`
}

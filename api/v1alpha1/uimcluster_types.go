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
	//
	// An object that no operator has looked at is not Ready, for tools that wait, too.
	// +kubebuilder:default={conditions: {{type: "Ready", status: "Unknown", reason: "Pending", message: "No operator has looked at it yet", lastTransitionTime: "1970-01-01T00:00:00Z"}}}
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
// +kubebuilder:validation:XValidation:rule="!has(self.ingress) || !has(self.gateway)",message="give either ingress or gateway: one host has one way in"
// +kubebuilder:validation:XValidation:rule="!has(self.tls) || has(self.ingress) || has(self.gateway)",message="tls is served by the ingress or the gateway: set ingress.host or gateway.host as well"
// +kubebuilder:validation:XValidation:rule="!has(self.rotation) || !has(self.rotation.passwords) || !has(self.rotation.passwords.everyDays) || self.rotation.passwords.everyDays == 0 || !has(self.postgres) || has(self.postgres.managed) || !has(self.redis) || (has(self.redis.managed) && (!has(self.redis.managed.mode) || self.redis.managed.mode != 'Sentinel'))",message="rotation.passwords is for a single managed Postgres or Redis: change the Secrets of the external ones instead"
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

	// Lets browsers in by an Ingress. With neither this nor gateway, there is only
	// the Service inside of Kubernetes.
	// +optional
	Ingress *IngressSpec `json:"ingress,omitempty"`

	// Lets browsers in by an HTTPRoute of the Gateway API, instead of ingress.
	// +optional
	Gateway *GatewaySpec `json:"gateway,omitempty"`

	// The certificate of the host. Left out, people reach it by plain HTTP.
	// +optional
	TLS *TLSSpec `json:"tls,omitempty"`

	// Who may reach the pods of this cluster. Left out, only the connections that
	// chat needs are let through.
	// +optional
	NetworkPolicy NetworkPolicySpec `json:"networkPolicy,omitzero"`

	// What Prometheus and Grafana are told of this cluster. Left out, nothing.
	// +optional
	Monitoring MonitoringSpec `json:"monitoring,omitzero"`

	// How often generated keys and passwords are replaced.
	// +optional
	Rotation RotationSpec `json:"rotation,omitzero"`

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

// UIMClusterList is a list of UIMClusters.
//
// +kubebuilder:object:root=true
type UIMClusterList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []UIMCluster `json:"items"`
}

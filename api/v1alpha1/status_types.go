package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Types of the conditions of a UIMCluster.
const (
	// ConditionReady is the summary: the spec is fulfilled.
	ConditionReady = "Ready"
	// ConditionDatabaseReady: Postgres takes connections.
	ConditionDatabaseReady = "DatabaseReady"
	// ConditionCacheReady: Redis takes connections.
	ConditionCacheReady = "CacheReady"
	// ConditionMigrationsCurrent: the schema is the one the image needs.
	ConditionMigrationsCurrent = "MigrationsCurrent"
	// ConditionChatAvailable: people can chat.
	ConditionChatAvailable = "ChatAvailable"
	// ConditionMonitoringReady: what spec.monitoring asks for is there. It is no part
	// of Ready, and missing when nothing is asked for.
	ConditionMonitoringReady = "MonitoringReady"
	// ConditionCertificatesValid: every certificate is there and good.
	ConditionCertificatesValid = "CertificatesValid"
	// ConditionTrafficRouted: the way in from outside is made and taken up.
	ConditionTrafficRouted = "TrafficRouted"
	// ConditionProgressing: something is on its way without anybody's help.
	ConditionProgressing = "Progressing"
	// ConditionPaused: the operator changes nothing.
	ConditionPaused = "Paused"
)

// Phase is the state in one word, for people; programs read the conditions.
// +kubebuilder:validation:Enum=Installing;Running;Updating;Degraded;Blocked;Hibernated;Paused
type Phase string

// The phases.
const (
	// PhaseInstalling: on the way to its first chat server.
	PhaseInstalling Phase = "Installing"
	// PhaseRunning: everything the spec asks for is there.
	PhaseRunning Phase = "Running"
	// PhaseUpdating: people chat while a change is rolled out.
	PhaseUpdating Phase = "Updating"
	// PhaseDegraded: something that worked is missing.
	PhaseDegraded Phase = "Degraded"
	// PhaseBlocked: somebody has to do something; the condition says what.
	PhaseBlocked Phase = "Blocked"
	// PhaseHibernated: no chat servers are wanted.
	PhaseHibernated Phase = "Hibernated"
	// PhasePaused: the operator changes nothing.
	PhasePaused Phase = "Paused"
)

// UIMClusterStatus is what the operator last saw.
type UIMClusterStatus struct {
	// Conditions: Ready is the summary; DatabaseReady, CacheReady,
	// MigrationsCurrent, ChatAvailable, CertificatesValid and TrafficRouted are its
	// parts; Progressing says whether something is on its way, and Paused whether
	// changes are held back. Every message of a part that is not well names the
	// object and what to do.
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=32
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// The generation of the spec that this status speaks of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// The state in one word: Installing, Running, Updating, Degraded, Blocked
	// (somebody has to do something), Hibernated or Paused.
	// +optional
	Phase Phase `json:"phase,omitempty"`

	// Chat servers that are ready and that are asked for, as in 2/2.
	// +optional
	Replicas string `json:"replicas,omitempty"`

	// Image in use for the chat servers.
	// +optional
	Image string `json:"image,omitempty"`

	// Version of that image: its tag, or the beginning of its digest.
	// +optional
	Version string `json:"version,omitempty"`

	// Address of the chat: its host, or else of the Service inside of
	// Kubernetes.
	// +optional
	URL string `json:"url,omitempty"`

	// The certificate that people are shown.
	// +optional
	TLS TLSStatus `json:"tls,omitzero"`

	// The chat servers.
	// +optional
	Chat ChatStatus `json:"chat,omitzero"`

	// The Postgres in use.
	// +optional
	Postgres DatabaseStatus `json:"postgres,omitzero"`

	// The Redis in use.
	// +optional
	Redis DatabaseStatus `json:"redis,omitzero"`

	// When generated keys and passwords were last replaced.
	// +optional
	Rotation RotationStatus `json:"rotation,omitzero"`

	// The operator that looks after this UIMCluster: the namespace and name of its
	// Lease. Others leave it alone. The annotation uim.dev/operator hands it over.
	// +optional
	Operator string `json:"operator,omitempty"`

	// Version of the operator that wrote this status.
	// +optional
	OperatorVersion string `json:"operatorVersion,omitempty"`
}

// TLSStatus says which certificate people are shown.
type TLSStatus struct {
	// Secret with the certificate.
	// +optional
	SecretName string `json:"secretName,omitempty"`

	// When it ends.
	// +optional
	NotAfter *metav1.Time `json:"notAfter,omitempty"`
}

// ChatStatus counts the chat servers. The scale subresource reads it.
type ChatStatus struct {
	// Chat servers that exist, ready or not.
	// +optional
	Replicas int32 `json:"replicas"`

	// Chat servers that are ready for people.
	// +optional
	ReadyReplicas int32 `json:"readyReplicas"`

	// Label selector of the chat servers' pods.
	// +optional
	Selector string `json:"selector,omitempty"`

	// CPU and memory of each chat server.
	// +optional
	Resources Resources `json:"resources,omitzero"`

	// Seconds in use over which a chat server that stops sends its people away.
	// +optional
	DrainSeconds int32 `json:"drainSeconds,omitempty"`
}

// DatabaseStatus says which Postgres or Redis is in use, and what it was given,
// defaults included.
type DatabaseStatus struct {
	// How it is run: Managed, Sentinel, CloudNativePG or External.
	// +optional
	Mode string `json:"mode,omitempty"`

	// Servers that are ready and that are asked for, as in 3/3, when they are not
	// somebody else's.
	// +optional
	Servers string `json:"servers,omitempty"`

	// Secret with the address and the credentials that the chat servers use.
	// +optional
	SecretName string `json:"secretName,omitempty"`

	// Image in use, when the operator runs it.
	// +optional
	Image string `json:"image,omitempty"`

	// Size of the volume asked for, when the operator runs it.
	// +optional
	StorageSize string `json:"storageSize,omitempty"`

	// Size of the volume as it is; less than what was asked for while it grows.
	// +optional
	StorageCapacity string `json:"storageCapacity,omitempty"`

	// Storage class of the volume, when the spec names one.
	// +optional
	StorageClassName string `json:"storageClassName,omitempty"`

	// CPU and memory of each server.
	// +optional
	Resources Resources `json:"resources,omitzero"`

	// Settings of Postgres that the spec or its defaults give.
	// +optional
	Parameters map[string]string `json:"parameters,omitempty"`
}

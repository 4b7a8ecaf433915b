package v1alpha1

import "k8s.io/apimachinery/pkg/api/resource"

// Storage describes a volume.
type Storage struct {
	// Size of the volume: 10Gi for Postgres and 1Gi for Redis when left out. It
	// may grow where the storage class can expand volumes, and never shrinks.
	// +kubebuilder:validation:XValidation:rule="quantity(string(self)).isGreaterThan(quantity('0'))",message="must be more than zero"
	// +optional
	Size *resource.Quantity `json:"size,omitempty"`

	// Storage class of the volume. Left out, the default class of Kubernetes. It
	// cannot change once the volume exists.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	StorageClassName string `json:"storageClassName,omitempty"`
}

// Resources are CPU and memory of a pod. What is left out keeps its default, made to
// fit what is given: a request is never above its limit.
//
// +kubebuilder:validation:XValidation:rule="!has(self.requests) || !has(self.limits) || !has(self.requests.cpu) || !has(self.limits.cpu) || quantity(string(self.requests.cpu)).compareTo(quantity(string(self.limits.cpu))) <= 0",message="requests.cpu cannot be more than limits.cpu"
// +kubebuilder:validation:XValidation:rule="!has(self.requests) || !has(self.limits) || !has(self.requests.memory) || !has(self.limits.memory) || quantity(string(self.requests.memory)).compareTo(quantity(string(self.limits.memory))) <= 0",message="requests.memory cannot be more than limits.memory"
type Resources struct {
	// What is set aside for the pod.
	// +optional
	Requests ResourceAmounts `json:"requests,omitzero"`

	// What the pod may use at most. There is no limit of CPU when left out.
	// +optional
	Limits ResourceAmounts `json:"limits,omitzero"`
}

// ResourceAmounts are an amount of CPU and one of memory.
type ResourceAmounts struct {
	// CPUs, such as 500m or 2.
	// +kubebuilder:validation:XValidation:rule="quantity(string(self)).isGreaterThan(quantity('0'))",message="must be more than zero"
	// +optional
	CPU *resource.Quantity `json:"cpu,omitempty"`

	// Memory, such as 512Mi.
	// +kubebuilder:validation:XValidation:rule="quantity(string(self)).isGreaterThan(quantity('0'))",message="must be more than zero"
	// +optional
	Memory *resource.Quantity `json:"memory,omitempty"`
}

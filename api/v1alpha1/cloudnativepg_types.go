package v1alpha1

// CloudNativePG describes a Cluster of the CloudNativePG operator
// (cloudnative-pg.io), which this operator makes and follows.
//
// +kubebuilder:validation:XValidation:rule="(has(self.storage) && has(self.storage.size) ? quantity(string(self.storage.size)) : quantity('10Gi')).compareTo((has(oldSelf.storage) && has(oldSelf.storage.size) ? quantity(string(oldSelf.storage.size)) : quantity('10Gi'))) >= 0",message="storage.size cannot shrink (10Gi when left out): volumes only grow"
// +kubebuilder:validation:XValidation:rule="(has(self.storage) && has(self.storage.storageClassName) ? self.storage.storageClassName : '-') == (has(oldSelf.storage) && has(oldSelf.storage.storageClassName) ? oldSelf.storage.storageClassName : '-')",message="storage.storageClassName cannot change once the volumes exist"
type CloudNativePG struct {
	// How many servers there are; 3 when left out. With more than one, a message
	// is acknowledged when two servers have it, so that none is lost with one of
	// them; with two, sends wait while either is away.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=9
	// +optional
	Instances *int32 `json:"instances,omitempty"`

	// Volume of each server.
	// +optional
	Storage Storage `json:"storage,omitzero"`

	// CPU and memory of each server. Left out: requests of 100m and 256Mi, and a
	// memory limit of 1Gi.
	// +optional
	Resources Resources `json:"resources,omitzero"`

	// Settings of the servers as in postgresql.conf, such as shared_buffers: 256MB.
	// What CloudNativePG sets itself is refused by it. max_connections is 500 when
	// left out: enough for 30 chat servers.
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="self.all(name, name.size() <= 63 && name.matches('^[a-z_][a-z0-9_.]*$') && self[name].size() <= 1024)",message="names are lower-case letters, digits, '_' and '.' (at most 63), values at most 1024 characters"
	// +kubebuilder:validation:XValidation:rule="self.all(name, !(name in ['fsync', 'synchronous_commit', 'full_page_writes', 'synchronous_standby_names']))",message="fsync, synchronous_commit, full_page_writes and synchronous_standby_names stay as they are, or acknowledged messages could be lost"
	// +optional
	Parameters map[string]string `json:"parameters,omitempty"`

	// Image of the servers, one made for CloudNativePG, of Postgres 15 or later.
	// Left out, CloudNativePG's own default.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$`
	// +optional
	Image string `json:"image,omitempty"`
}

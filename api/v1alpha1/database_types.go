package v1alpha1

// PostgresSpec says where messages are stored: exactly one of its fields is set.
//
// +kubebuilder:validation:XValidation:rule="[has(self.managed), has(self.cloudNativePG), has(self.external)].exists_one(given, given)",message="set exactly one of managed, cloudNativePG and external; leave postgres out for a managed one with defaults"
type PostgresSpec struct {
	// A Postgres that the operator runs: one server with a volume. It is not
	// highly available; use cloudNativePG or external for one that is.
	// +optional
	Managed *ManagedPostgres `json:"managed,omitempty"`

	// A highly available Postgres that the CloudNativePG operator runs, which has
	// to be installed.
	// +optional
	CloudNativePG *CloudNativePG `json:"cloudNativePG,omitempty"`

	// A Postgres (15 or later) that somebody else runs.
	// +optional
	External *ExternalPostgres `json:"external,omitempty"`
}

// ManagedPostgres describes the Postgres that the operator runs.
type ManagedPostgres struct {
	// Volume of the database.
	// +optional
	Storage Storage `json:"storage,omitzero"`

	// CPU and memory of the server. Left out: requests of 100m and 256Mi, and a
	// memory limit of 1Gi.
	// +optional
	Resources Resources `json:"resources,omitzero"`

	// Settings of the server as in postgresql.conf, such as shared_buffers: 256MB.
	// A change restarts Postgres. What the operator sets itself is refused.
	// max_connections is 500 when left out: enough for 30 chat servers.
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="self.all(name, name.size() <= 63 && name.matches('^[a-z_][a-z0-9_.]*$') && self[name].size() <= 1024)",message="names are lower-case letters, digits, '_' and '.' (at most 63), values at most 1024 characters"
	// +kubebuilder:validation:XValidation:rule="self.all(name, !(name in ['listen_addresses', 'port', 'unix_socket_directories', 'data_directory', 'config_file', 'hba_file', 'ident_file', 'jit', 'password_encryption', 'fsync', 'synchronous_commit', 'full_page_writes']))",message="listen_addresses, port, unix_socket_directories, data_directory, config_file, hba_file, ident_file, jit and password_encryption belong to the operator; fsync, synchronous_commit and full_page_writes stay on, or acknowledged messages could be lost"
	// +optional
	Parameters map[string]string `json:"parameters,omitempty"`

	// Image of the server. Left out, the one the operator was built for.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$`
	// +optional
	Image string `json:"image,omitempty"`
}

// ExternalPostgres names a database that somebody else runs.
type ExternalPostgres struct {
	// Secret in this namespace with the keys host, user (or username), password
	// and dbname (or database), and if need be port (5432), sslmode and ca.crt.
	// Instead of the first five, or some of them, it may have a uri, such as
	// postgresql://user:password@host:5432/dbname?sslmode=verify-full.
	// Without sslmode the connection is encrypted (require), and the server's
	// certificate and name are checked (verify-full) when there is a ca.crt.
	// With owner-user and owner-password, migrations connect as that role, and the
	// other one needs no rights but to read and write rows.
	// Chat servers restart by themselves when the Secret changes.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="!format.dns1123Subdomain().validate(self).hasValue()",message="must be the name of a Secret"
	// +required
	SecretName string `json:"secretName"`
}

// RedisSpec says where live messages pass: exactly one of its fields is set.
//
// +kubebuilder:validation:XValidation:rule="has(self.managed) != has(self.external)",message="set exactly one of managed and external; leave redis out for a managed one with defaults"
type RedisSpec struct {
	// A Redis that the operator runs: one server with a volume, or three of which
	// sentinels choose the master.
	// +optional
	Managed *ManagedRedis `json:"managed,omitempty"`

	// A Redis (7 or later) or Valkey that somebody else runs.
	// +optional
	External *ExternalRedis `json:"external,omitempty"`
}

// RedisMode says how many servers a managed Redis is.
// +kubebuilder:validation:Enum=Single;Sentinel
type RedisMode string

// The modes of a managed Redis.
const (
	// RedisSingle is one server.
	RedisSingle RedisMode = "Single"
	// RedisSentinel is three servers and three sentinels.
	RedisSentinel RedisMode = "Sentinel"
)

// ManagedRedis describes the Redis that the operator runs.
type ManagedRedis struct {
	// Single (when left out) is one server: while it restarts, messages travel by
	// way of Postgres and take a second or two. Sentinel is three servers, each
	// with a volume, and three sentinels, which make another one the master when
	// they miss it for three seconds. A change makes a new Redis and moves the chat
	// servers over.
	// +optional
	Mode RedisMode `json:"mode,omitempty"`

	// Volume for its append-only file and snapshots.
	// +optional
	Storage Storage `json:"storage,omitzero"`

	// CPU and memory of each server. Left out: requests of 50m and 64Mi, and a
	// memory limit of 256Mi. Redis uses up to three quarters of the limit.
	// +optional
	Resources Resources `json:"resources,omitzero"`

	// Image of the server. Left out, the one the operator was built for.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$`
	// +optional
	Image string `json:"image,omitempty"`
}

// ExternalRedis names a Redis that somebody else runs.
type ExternalRedis struct {
	// Secret in this namespace with the key addr (host:port), and if need be
	// username, password, tls ("true" to encrypt the connection), ca.crt, which
	// the server's certificate is then checked against, and tls.crt with tls.key
	// for a server that asks for a certificate. Of a Redis that sentinels watch,
	// sentinel-master is its name there and addr the sentinels, separated by commas
	// (also sentinel-username and sentinel-password); of a Redis Cluster, cluster is
	// "true" and addr some of its nodes. The servers behind sentinels, or those
	// nodes of a Cluster that addr does not name, may listen on another port than
	// 6379: then port says so. Chat servers restart by themselves when it changes.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="!format.dns1123Subdomain().validate(self).hasValue()",message="must be the name of a Secret"
	// +required
	SecretName string `json:"secretName"`
}

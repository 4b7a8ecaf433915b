package v1alpha1

// ChatSpec describes the chat servers.
//
// +kubebuilder:validation:XValidation:rule="!has(self.replicas) || !has(self.autoscaling)",message="give either replicas or autoscaling: with autoscaling, the number of chat servers follows the load between minReplicas and maxReplicas"
type ChatSpec struct {
	// How many chat servers run; 2 when left out. They share the work and any of
	// them may go away without a message being lost. 0 hibernates: people cannot
	// chat, the data stays.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=500
	// +optional
	Replicas *int32 `json:"replicas,omitempty"`

	// Lets the number of chat servers follow the load, instead of replicas.
	// +optional
	Autoscaling *Autoscaling `json:"autoscaling,omitempty"`

	// CPU and memory of one chat server. Left out: requests of 100m and 128Mi, and
	// a memory limit of 512Mi.
	// +optional
	Resources Resources `json:"resources,omitzero"`

	// Labels a node must have for chat servers to run on it.
	// +kubebuilder:validation:MaxProperties=32
	// +optional
	NodeSelector map[string]string `json:"nodeSelector,omitempty"`

	// Taints of nodes that chat servers put up with.
	// +kubebuilder:validation:MaxItems=32
	// +listType=atomic
	// +optional
	Tolerations []Toleration `json:"tolerations,omitempty"`

	// How chat servers are spread over nodes and zones. Left out, evenly over both
	// where that is possible, which keeps none from starting.
	// +kubebuilder:validation:MaxItems=8
	// +listType=map
	// +listMapKey=topologyKey
	// +optional
	TopologySpread []TopologySpread `json:"topologySpread,omitempty"`

	// PriorityClass of the chat servers' pods.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="!format.dns1123Subdomain().validate(self).hasValue()",message="must be the name of a PriorityClass"
	// +optional
	PriorityClassName string `json:"priorityClassName,omitempty"`

	// What one person may send.
	// +optional
	Limits ChatLimits `json:"limits,omitzero"`

	// Further settings of the chat servers as environment variables, such as
	// UIM_LOG_LEVEL or UIM_TRUSTED_PROXIES. What the operator sets itself is refused.
	// +kubebuilder:validation:MaxItems=64
	// +listType=map
	// +listMapKey=name
	// +optional
	ExtraEnv []EnvVar `json:"extraEnv,omitempty"`

	// Seconds over which a chat server that stops sends its people to the others;
	// 5 when left out. More seconds make a rollout of many people gentler.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=600
	// +optional
	DrainSeconds *int32 `json:"drainSeconds,omitempty"`
}

// Autoscaling lets the number of chat servers follow the load. Without a target it
// keeps them at 70 % of the CPU they request. With both targets the one that asks
// for more servers counts.
//
// +kubebuilder:validation:XValidation:rule="!has(self.minReplicas) || self.minReplicas <= self.maxReplicas",message="minReplicas cannot be more than maxReplicas"
// +kubebuilder:validation:XValidation:rule="has(self.minReplicas) || self.maxReplicas >= 2",message="maxReplicas cannot be less than minReplicas, which is 2 when left out"
type Autoscaling struct {
	// Chat servers there are at least; 2 when left out.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=500
	// +optional
	MinReplicas *int32 `json:"minReplicas,omitempty"`

	// Chat servers there are at most.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=500
	// +required
	MaxReplicas int32 `json:"maxReplicas"`

	// Percentage of the requested CPU that chat servers use on average. It needs
	// metrics-server.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	// +optional
	TargetCPUUtilization *int32 `json:"targetCPUUtilization,omitempty"`

	// Connections of people that a chat server has on average. It needs an adapter
	// that serves the metric uim_websocket_connections of pods, such as
	// prometheus-adapter.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	// +optional
	TargetConnectionsPerPod *int32 `json:"targetConnectionsPerPod,omitempty"`
}

// ChatLimits are the rates that one person may send at, over all chat servers.
//
// +kubebuilder:validation:XValidation:rule="!has(self.messagesPerMinute) || !has(self.messagesPerHour) || self.messagesPerMinute <= self.messagesPerHour",message="messagesPerMinute cannot be more than messagesPerHour"
type ChatLimits struct {
	// Messages a person may send in a minute; 50 when left out.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	// +optional
	MessagesPerMinute *int32 `json:"messagesPerMinute,omitempty"`

	// Messages a person may send in an hour; 500 when left out.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	// +optional
	MessagesPerHour *int32 `json:"messagesPerHour,omitempty"`
}

// EnvVar is an environment variable with a plain value.
//
// +kubebuilder:validation:XValidation:rule="!self.name.startsWith('PG') && !self.name.startsWith('UIM_POSTGRES_') && !self.name.startsWith('UIM_REDIS_') && !(self.name in ['UIM_LISTEN', 'UIM_OPS_LISTEN', 'UIM_KEYS_DIR', 'UIM_PUBLIC_URL', 'UIM_NODE_NAME', 'UIM_DRAIN_SECONDS', 'UIM_MESSAGES_PER_MINUTE', 'UIM_MESSAGES_PER_HOUR'])",message="this variable is set by the operator: use the field of the spec that it comes from"
type EnvVar struct {
	// Name of the variable.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[A-Za-z_][A-Za-z0-9_]*$`
	// +required
	Name string `json:"name"`

	// Value of the variable. Not for secrets: everyone who may read this
	// UIMCluster can read it.
	// +kubebuilder:validation:MaxLength=4096
	// +optional
	Value string `json:"value,omitempty"`
}

// TopologySpread keeps the numbers of chat servers in the parts of a topology alike.
type TopologySpread struct {
	// Label of nodes whose values are the parts, such as kubernetes.io/hostname or
	// topology.kubernetes.io/zone.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=316
	// +kubebuilder:validation:XValidation:rule="!format.qualifiedName().validate(self).hasValue()",message="must be the name of a label, such as topology.kubernetes.io/zone"
	// +required
	TopologyKey string `json:"topologyKey"`

	// How many more a part may have than the one with the fewest; 1 when left out.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=500
	// +optional
	MaxSkew *int32 `json:"maxSkew,omitempty"`

	// Whether a chat server that would break the rule waits (DoNotSchedule) or
	// starts all the same (ScheduleAnyway, the default).
	// +kubebuilder:validation:Enum=ScheduleAnyway;DoNotSchedule
	// +optional
	WhenUnsatisfiable string `json:"whenUnsatisfiable,omitempty"`
}

// Toleration lets pods run on nodes with a matching taint.
//
// +kubebuilder:validation:XValidation:rule="!has(self.operator) || self.operator != 'Exists' || !has(self.value)",message="value must be left out when operator is Exists"
// +kubebuilder:validation:XValidation:rule="has(self.key) || (has(self.operator) && self.operator == 'Exists')",message="key is needed unless operator is Exists"
// +kubebuilder:validation:XValidation:rule="!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",message="tolerationSeconds needs the effect NoExecute"
type Toleration struct {
	// Key of the taint; left out with the operator Exists, it matches all taints.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=316
	// +optional
	Key string `json:"key,omitempty"`

	// Equal (the default) compares the value as well, Exists only the key.
	// +kubebuilder:validation:Enum=Equal;Exists
	// +optional
	Operator string `json:"operator,omitempty"`

	// Value of the taint.
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Value string `json:"value,omitempty"`

	// Effect of the taint; left out, all effects.
	// +kubebuilder:validation:Enum=NoSchedule;PreferNoSchedule;NoExecute
	// +optional
	Effect string `json:"effect,omitempty"`

	// Seconds the pod stays on a node that got a taint with the effect NoExecute;
	// left out, it stays.
	// +optional
	TolerationSeconds *int64 `json:"tolerationSeconds,omitempty"`
}

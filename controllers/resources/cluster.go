package resources

import (
	"cmp"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"

	"uim.dev/uim/api/v1alpha1"
)

// Defaults that kubectl explain promises; the rules of the CRD that keep volumes
// from shrinking name the two sizes as well.
const (
	DefaultReplicas            = 2
	DefaultDrainSeconds        = 5
	DefaultCPUUtilization      = 70
	DefaultPostgresInstances   = 3
	DefaultPostgresStorageSize = "10Gi"
	DefaultRedisStorageSize    = "1Gi"
	DefaultScrapeInterval      = "30s"
)

// Images are the images that the operator was built for; a spec may name others.
type Images struct {
	UIM      string
	Postgres string
	Redis    string
}

// Cluster is a UIMCluster with every default filled in.
type Cluster struct {
	Name      string
	Namespace string
	UID       types.UID

	Image    string
	Chat     Chat
	Postgres Server
	Redis    Server
	// Host is what people type into the browser; empty without a way in from outside.
	Host string
	// Ingress and Gateway are ways in; at most one of them is not nil.
	Ingress *Ingress
	Gateway *Gateway
	// TLS is nil when people come by plain HTTP.
	TLS *TLS
	// Network is nil when there are no NetworkPolicies.
	Network *Network
	// Monitoring is what Prometheus and Grafana are told.
	Monitoring v1alpha1.MonitoringSpec
	Rotation   RotationSchedules
	// KeepData is true when volumes and Secrets outlive the UIMCluster.
	KeepData bool
}

// Chat describes the chat servers.
type Chat struct {
	// Replicas is how many there are, with autoscaling at least.
	Replicas int32
	// Autoscaling is nil when the number is fixed.
	Autoscaling       *Autoscaling
	PriorityClass     string
	Resources         Amounts
	NodeSelector      map[string]string
	Tolerations       []v1alpha1.Toleration
	TopologySpread    []v1alpha1.TopologySpread // empty: evenly over nodes and zones
	MessagesPerMinute *int32
	MessagesPerHour   *int32
	ExtraEnv          []v1alpha1.EnvVar
	DrainSeconds      int32
}

// Autoscaling says up to where and by what the number of chat servers grows. A
// target of 0 is none.
type Autoscaling struct {
	MaxReplicas    int32
	CPUUtilization int32
	Connections    int32
}

// Server describes a Postgres or a Redis. When External is set it is somebody
// else's and the rest is empty.
type Server struct {
	// External is the name of the Secret of the user.
	External string
	// CloudNativePG is true for a Postgres that the CloudNativePG operator runs.
	CloudNativePG bool
	// Instances is how many servers there are. A managed Redis of more than one is
	// watched by sentinels.
	Instances    int32
	Image        string
	StorageSize  resource.Quantity
	StorageClass string
	Resources    Amounts
	// Parameters are sorted by name. Only Postgres has them.
	Parameters []Parameter
}

// Parameter is a setting of postgresql.conf.
type Parameter struct{ Name, Value string }

// Network says who may reach the chat servers from outside of the cluster.
type Network struct {
	ChatFrom    []v1alpha1.NetworkPeer // empty: everyone
	MetricsFrom []v1alpha1.NetworkPeer // empty: all pods
}

// Resolve fills in the defaults of a UIMCluster.
func Resolve(in *v1alpha1.UIMCluster, images Images) Cluster {
	spec := in.Spec
	c := Cluster{
		Name:      in.Name,
		Namespace: in.Namespace,
		UID:       in.UID,
		Image:     cmp.Or(spec.Image, images.UIM),
		Chat:      resolveChat(spec.Chat),
		Postgres:  resolvePostgres(spec.Postgres, images.Postgres),
		Redis:     resolveRedis(spec.Redis, images.Redis),
		Rotation:  resolveRotation(spec.Rotation),
		KeepData:  spec.DeletionPolicy != v1alpha1.Delete,
	}
	c.Monitoring = spec.Monitoring
	c.Monitoring.PodMonitor.Interval = cmp.Or(spec.Monitoring.PodMonitor.Interval, DefaultScrapeInterval)
	if valueOr(spec.NetworkPolicy.Enabled, true) {
		c.Network = &Network{ChatFrom: spec.NetworkPolicy.ChatFrom, MetricsFrom: spec.NetworkPolicy.MetricsFrom}
	}
	resolveTraffic(&c, spec)
	return c
}

func resolveChat(spec v1alpha1.ChatSpec) Chat {
	chat := Chat{
		Replicas:          valueOr(spec.Replicas, DefaultReplicas),
		PriorityClass:     spec.PriorityClassName,
		Resources:         resolveAmounts(spec.Resources, defaultChatAmounts()),
		NodeSelector:      spec.NodeSelector,
		Tolerations:       spec.Tolerations,
		TopologySpread:    spec.TopologySpread,
		MessagesPerMinute: spec.Limits.MessagesPerMinute,
		MessagesPerHour:   spec.Limits.MessagesPerHour,
		ExtraEnv:          spec.ExtraEnv,
		DrainSeconds:      valueOr(spec.DrainSeconds, DefaultDrainSeconds),
	}
	if a := spec.Autoscaling; a != nil {
		chat.Replicas = valueOr(a.MinReplicas, DefaultReplicas)
		chat.Autoscaling = &Autoscaling{
			MaxReplicas:    a.MaxReplicas,
			CPUUtilization: valueOr(a.TargetCPUUtilization, 0),
			Connections:    valueOr(a.TargetConnectionsPerPod, 0),
		}
		if a.TargetCPUUtilization == nil && a.TargetConnectionsPerPod == nil {
			chat.Autoscaling.CPUUtilization = DefaultCPUUtilization
		}
	}
	return chat
}

func resolvePostgres(spec *v1alpha1.PostgresSpec, image string) Server {
	managed := v1alpha1.ManagedPostgres{}
	switch {
	case spec == nil:
	case spec.External != nil:
		return Server{External: spec.External.SecretName}
	case spec.CloudNativePG != nil:
		return resolveCloudNativePG(*spec.CloudNativePG)
	case spec.Managed != nil:
		managed = *spec.Managed
	}
	return Server{
		Instances:    1,
		Image:        cmp.Or(managed.Image, image),
		StorageSize:  sizeOr(managed.Storage.Size, DefaultPostgresStorageSize),
		StorageClass: managed.Storage.StorageClassName,
		Resources:    resolveAmounts(managed.Resources, defaultPostgresAmounts()),
		Parameters:   resolveParameters(managed.Parameters),
	}
}

func resolveCloudNativePG(spec v1alpha1.CloudNativePG) Server {
	return Server{
		CloudNativePG: true,
		Instances:     valueOr(spec.Instances, DefaultPostgresInstances),
		Image:         spec.Image,
		StorageSize:   sizeOr(spec.Storage.Size, DefaultPostgresStorageSize),
		StorageClass:  spec.Storage.StorageClassName,
		Resources:     resolveAmounts(spec.Resources, defaultPostgresAmounts()),
		Parameters:    resolveParameters(spec.Parameters),
	}
}

func resolveParameters(given map[string]string) (all []Parameter) {
	parameters := defaultParameters()
	maps.Copy(parameters, given)
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		all = append(all, Parameter{name, parameters[name]})
	}
	return all
}

// defaultParameters are those of Postgres that a spec may replace. Each chat server
// holds up to 16 connections. The number does not follow chat.replicas, because a
// change of it restarts Postgres, and scaling must not.
func defaultParameters() map[string]string {
	return map[string]string{"max_connections": "500"}
}

func resolveRedis(spec *v1alpha1.RedisSpec, image string) Server {
	managed := v1alpha1.ManagedRedis{}
	switch {
	case spec == nil:
	case spec.External != nil:
		return Server{External: spec.External.SecretName}
	case spec.Managed != nil:
		managed = *spec.Managed
	}
	instances := int32(1)
	if managed.Mode == v1alpha1.RedisSentinel {
		instances = RedisNodes
	}
	return Server{
		Instances:    instances,
		Image:        cmp.Or(managed.Image, image),
		StorageSize:  sizeOr(managed.Storage.Size, DefaultRedisStorageSize),
		StorageClass: managed.Storage.StorageClassName,
		Resources:    resolveAmounts(managed.Resources, defaultRedisAmounts()),
	}
}

func valueOr[T any](value *T, otherwise T) T {
	if value == nil {
		return otherwise
	}
	return *value
}

func sizeOr(size *resource.Quantity, otherwise string) resource.Quantity {
	if size == nil {
		return resource.MustParse(otherwise)
	}
	return *size
}

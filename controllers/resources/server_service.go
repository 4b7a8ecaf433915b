package resources

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

// PostgresService is the address of the managed Postgres.
func PostgresService(c Cluster) *corev1ac.ServiceApplyConfiguration {
	return service(c, PostgresName(c), ComponentPostgres, "postgres", 5432)
}

// RedisService is the address of the managed Redis.
func RedisService(c Cluster) *corev1ac.ServiceApplyConfiguration {
	return service(c, RedisName(c), ComponentRedis, "redis", 6379)
}

// service sends port to the port of the same name of the component's pods.
func service(c Cluster, name string, component Component, portName string, port int32) *corev1ac.ServiceApplyConfiguration {
	return corev1ac.Service(name, c.Namespace).
		WithLabels(labels(c, component)).
		WithOwnerReferences(owner(c)).
		WithSpec(corev1ac.ServiceSpec().
			WithSelector(SelectorLabels(c.Name, component)).
			WithPorts(corev1ac.ServicePort().
				WithName(portName).
				WithPort(port).
				WithTargetPort(intstr.FromString(portName))))
}

// RedisHAService gives the pods of the managed Redis that sentinels watch names of
// their own. A pod has its name before it is ready: the others have to find it so
// that it can become so.
func RedisHAService(c Cluster) *corev1ac.ServiceApplyConfiguration {
	s := service(c, RedisHAName(c), ComponentRedisHA, "redis", redisPortNumber)
	s.Spec.WithClusterIP(corev1.ClusterIPNone).
		WithPublishNotReadyAddresses(true).
		WithPorts(corev1ac.ServicePort().
			WithName("sentinel").
			WithPort(sentinelPortNumber).
			WithTargetPort(intstr.FromString("sentinel")))
	return s
}

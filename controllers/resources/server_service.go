package resources

import (
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

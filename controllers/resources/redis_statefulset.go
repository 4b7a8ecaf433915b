package resources

import (
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

const (
	redisConfigFolder = "/etc/uim/redis"
	redisACLFolder    = "/etc/uim/redis-acl"
	redisDataFolder   = "/data"
	// redisGraceSeconds is time to write the last snapshot.
	redisGraceSeconds = 60
)

// RedisStatefulSet runs the managed Redis: one server on one volume. Its pod is
// replaced when the configuration or the certificate changes. The passwords in the
// Secret are told to a running server by LoginsJob; logins is the version that it
// has.
func RedisStatefulSet(c Cluster, logins string, certificate map[string][]byte, fingerprintKey []byte) *appsv1ac.StatefulSetApplyConfiguration {
	name := RedisName(c)
	fingerprint := Fingerprint(fingerprintKey,
		map[string][]byte{redisConfigKey: []byte(redisConfig(c))},
		certificate)
	pod := podSpec(databaseUserID).
		WithTerminationGracePeriodSeconds(redisGraceSeconds).
		WithContainers(redisContainer(c)).
		WithVolumes(
			corev1ac.Volume().WithName("data").WithPersistentVolumeClaim(
				corev1ac.PersistentVolumeClaimVolumeSource().WithClaimName(name)),
			corev1ac.Volume().WithName("config").WithConfigMap(
				corev1ac.ConfigMapVolumeSource().WithName(name)),
			secretFiles("acl", name, redisACLKey),
			certificateVolume(name),
		)
	return statefulSet(c, name, ComponentRedis, fingerprint, pod).
		WithAnnotations(map[string]string{AnnotationLogins: logins})
}

func redisContainer(c Cluster) *corev1ac.ContainerApplyConfiguration {
	// Any password is right for this user. -e makes an error reply, such as
	// LOADING, a failure.
	ping := []string{"redis-cli", "-e", "-h", "127.0.0.1", "--tls", "--cacert", certificateFolder + "/" + keyCA,
		"--no-auth-warning", "--user", redisProbeUser, "--pass", "any", "ping"}
	return container("redis", c.Redis.Image, c.Redis.Resources).
		WithArgs(redisConfigFolder+"/"+redisConfigKey).
		WithPorts(corev1ac.ContainerPort().WithName("redis").WithContainerPort(6379)).
		WithVolumeMounts(
			mount("data", redisDataFolder),
			mount("config", redisConfigFolder).WithReadOnly(true),
			mount("acl", redisACLFolder).WithReadOnly(true),
			certificateMount(),
		).
		WithStartupProbe(commandProbe(1, 300, ping...)).
		WithReadinessProbe(commandProbe(5, 3, ping...)).
		WithLivenessProbe(commandProbe(10, 6, ping...))
}

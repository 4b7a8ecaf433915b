package resources

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

// redisHAVolume is the claim in the template of the StatefulSet.
const redisHAVolume = "data"

// RedisHAStatefulSet runs the managed Redis that sentinels watch: three pods, each a
// server and a sentinel on a volume of their own. They start all at once, since none
// may wait for one whose node is gone, and are replaced one by one.
func RedisHAStatefulSet(c Cluster, secretData, certificate map[string][]byte, fingerprintKey []byte) *appsv1ac.StatefulSetApplyConfiguration {
	name := RedisHAName(c)
	files := map[string][]byte{}
	for key, text := range redisHAFiles(c) {
		files[key] = []byte(text)
	}
	fingerprint := Fingerprint(fingerprintKey, only(secretData, redisACLKey, sentinelACLKey, redisNodePasswordKey), files, certificate)
	selector := SelectorLabels(c.Name, ComponentRedisHA)
	pod := podSpec(databaseUserID).
		WithTerminationGracePeriodSeconds(redisGraceSeconds).
		WithContainers(redisHAServer(c), redisHASentinel(c)).
		WithVolumes(
			corev1ac.Volume().WithName("config").WithConfigMap(
				corev1ac.ConfigMapVolumeSource().WithName(name)),
			secretFiles("acl", name, redisACLKey, sentinelACLKey),
			certificateVolume(name),
			scratch("run"),
		).
		WithTopologySpreadConstraints(
			spread(selector, corev1.LabelHostname),
			spread(selector, corev1.LabelTopologyZone))
	set := statefulSet(c, name, ComponentRedisHA, fingerprint, pod)
	set.Spec.
		WithReplicas(RedisNodes).
		WithPodManagementPolicy(appsv1.ParallelPodManagement).
		WithVolumeClaimTemplates(redisHAClaim())
	return set
}

// redisHAClaim only gives the claims their names. A template can never be changed, so
// the claims are made before the StatefulSet looks for them (RedisHAVolume), and this
// one is a last resort that grows. What the API server fills in is written down,
// because server-side apply owns all of a list of templates or nothing.
func redisHAClaim() *corev1ac.PersistentVolumeClaimApplyConfiguration {
	claim := corev1ac.PersistentVolumeClaim(redisHAVolume, "").
		WithSpec(corev1ac.PersistentVolumeClaimSpec().
			WithAccessModes(corev1.ReadWriteOnce).
			WithVolumeMode(corev1.PersistentVolumeFilesystem).
			WithResources(corev1ac.VolumeResourceRequirements().
				WithRequests(corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("64Mi")}))).
		WithStatus(corev1ac.PersistentVolumeClaimStatus().WithPhase(corev1.ClaimPending))
	claim.Namespace = nil
	return claim
}

func redisHAServer(c Cluster) *corev1ac.ContainerApplyConfiguration {
	ping := redisPing("6379")
	return redisHAContainer(c, "redis", "server", c.Redis.Resources).
		WithPorts(corev1ac.ContainerPort().WithName("redis").WithContainerPort(redisPortNumber)).
		WithStartupProbe(commandProbe(1, 300, ping...)).
		WithReadinessProbe(commandProbe(5, 3, ping...)).
		WithLivenessProbe(commandProbe(10, 6, ping...))
}

func redisHASentinel(c Cluster) *corev1ac.ContainerApplyConfiguration {
	ping := redisPing("26379")
	return redisHAContainer(c, "sentinel", "sentinel", amounts("20m", "32Mi", "128Mi")).
		WithPorts(corev1ac.ContainerPort().WithName("sentinel").WithContainerPort(sentinelPortNumber)).
		WithStartupProbe(commandProbe(1, 60, ping...)).
		WithReadinessProbe(commandProbe(5, 3, ping...)).
		WithLivenessProbe(commandProbe(10, 6, ping...))
}

// redisHAContainer runs node.sh.
func redisHAContainer(c Cluster, name, role string, a Amounts) *corev1ac.ContainerApplyConfiguration {
	secretValue := func(variable, key string) *corev1ac.EnvVarApplyConfiguration {
		return corev1ac.EnvVar().WithName(variable).WithValueFrom(corev1ac.EnvVarSource().
			WithSecretKeyRef(corev1ac.SecretKeySelector().WithName(RedisHAName(c)).WithKey(key)))
	}
	return container(name, c.Redis.Image, a).
		WithCommand("/bin/sh", redisConfigFolder+"/"+redisHAScriptKey, role).
		WithEnv(
			corev1ac.EnvVar().WithName("POD").WithValueFrom(corev1ac.EnvVarSource().
				WithFieldRef(corev1ac.ObjectFieldSelector().WithAPIVersion("v1").WithFieldPath("metadata.name"))),
			env("NODE", "$(POD)."+redisHADomain(c)),
			env("NODES", strings.Join(redisHAHosts(c), " ")),
			env("CONFIG", redisConfigFolder),
			env("CERTIFICATES", certificateFolder),
			env("DATA", redisDataFolder),
			env("RUN", "/run/redis"),
			secretValue("NODE_PASSWORD", redisNodePasswordKey),
			secretValue("REDISCLI_AUTH", keyPassword),
		).
		WithVolumeMounts(
			mount(redisHAVolume, redisDataFolder),
			mount("config", redisConfigFolder).WithReadOnly(true),
			mount("acl", redisACLFolder).WithReadOnly(true),
			mount("run", "/run/redis"),
			certificateMount(),
		)
}

// redisPing asks the server on a port of the pod for a sign of life. The password
// comes from REDISCLI_AUTH. -e makes an error reply, such as LOADING, a failure.
func redisPing(port string) []string {
	command := []string{"redis-cli", "-e", "-h", "127.0.0.1"}
	if port != "6379" {
		command = append(command, "-p", port)
	}
	return append(command, "--tls", "--cacert", certificateFolder+"/"+keyCA, "--no-auth-warning", "--user", redisUser, "ping")
}

package resources

import (
	"cmp"
	"slices"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"

	"uim.dev/uim/api/v1alpha1"
)

const (
	// chatPort is the name of the port for people, opsPort of the one for metrics.
	chatPort = "http"
	opsPort  = "ops"

	keysFolder = "/etc/uim/keys"

	// trustedProxies says whose word is taken for where a request comes from. Behind an
	// ingress all would come from the same address otherwise, and share its limits.
	// Controllers have private addresses; whoever exposes the Service to such ones
	// beside the ingress can name them in extraEnv.
	trustedProxies  = "UIM_TRUSTED_PROXIES"
	privateNetworks = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,127.0.0.0/8,fc00::/7,::1/128"

	// chatGraceSeconds is what a server needs after its clients have been sent
	// away, to finish sends under way; the server's contract asks for 20.
	chatGraceSeconds = 25
	// ChatProgressDeadlineSeconds is how long new servers may take to become ready
	// before the rollout counts as stuck.
	ChatProgressDeadlineSeconds = 600
)

// Dependencies are what chat servers are given beside the settings of the cluster.
type Dependencies struct {
	Database Connection
	Cache    Connection
	// Keys is the content of the keys Secret.
	Keys map[string][]byte
	// Migration is the name of the Job that made the schema current.
	Migration string
}

// ChatDeployment runs the chat servers. A rollout starts a new one before it stops
// an old one, so there are never less of them than asked for. Pods are replaced
// when a Secret changes that they read at their start; signing keys they read again
// and again.
func ChatDeployment(c Cluster, d Dependencies) *appsv1ac.DeploymentApplyConfiguration {
	selector := SelectorLabels(c.Name, ComponentChat)
	fingerprint := Fingerprint(FingerprintKey(d.Keys), only(d.Keys, keysSecretKey), d.Database.Content, d.Cache.Content)
	pod := podSpec(chatUserID).
		WithServiceAccountName(ChatName(c)).
		WithTerminationGracePeriodSeconds(int64(c.Chat.DrainSeconds) + chatGraceSeconds).
		WithContainers(chatContainer(c, d)).
		WithVolumes(secretFiles("keys", KeysSecretName(c))).
		WithVolumes(d.Database.fileVolumes()...).
		WithVolumes(d.Cache.fileVolumes()...).
		WithNodeSelector(c.Chat.NodeSelector).
		WithTolerations(tolerations(c.Chat.Tolerations)...).
		WithTopologySpreadConstraints(topologySpread(c, selector)...)
	if c.Chat.PriorityClass != "" {
		pod.WithPriorityClassName(c.Chat.PriorityClass)
	}
	deployment := appsv1ac.Deployment(ChatName(c), c.Namespace).
		WithLabels(chatLabels(c, ComponentChat)).
		WithAnnotations(map[string]string{AnnotationMigration: d.Migration}).
		WithOwnerReferences(owner(c)).
		WithSpec(appsv1ac.DeploymentSpec().
			WithProgressDeadlineSeconds(ChatProgressDeadlineSeconds).
			WithStrategy(appsv1ac.DeploymentStrategy().
				WithType(appsv1.RollingUpdateDeploymentStrategyType).
				WithRollingUpdate(appsv1ac.RollingUpdateDeployment().
					WithMaxUnavailable(intstr.FromInt32(0)).
					WithMaxSurge(intstr.FromInt32(1)))).
			WithSelector(metav1ac.LabelSelector().WithMatchLabels(selector)).
			WithTemplate(corev1ac.PodTemplateSpec().
				WithLabels(chatLabels(c, ComponentChat)).
				WithAnnotations(map[string]string{AnnotationFingerprint: fingerprint}).
				WithSpec(pod)))
	if c.Chat.Autoscaling == nil { // otherwise the number is the autoscaler's
		deployment.Spec.WithReplicas(c.Chat.Replicas)
	}
	return deployment
}

func chatContainer(c Cluster, d Dependencies) *corev1ac.ContainerApplyConfiguration {
	k := container("chat", c.Image, c.Chat.Resources).
		WithArgs("server").
		WithPorts(
			corev1ac.ContainerPort().WithName(chatPort).WithContainerPort(8080),
			corev1ac.ContainerPort().WithName(opsPort).WithContainerPort(9090)).
		WithEnv(chatEnv(c)...).
		WithEnv(d.Database.env()...).
		WithEnv(d.Cache.env()...).
		WithVolumeMounts(mount("keys", keysFolder).WithReadOnly(true)).
		WithVolumeMounts(d.Database.fileMounts()...).
		WithVolumeMounts(d.Cache.fileMounts()...).
		WithStartupProbe(httpProbe("/livez", chatPort, 1, 120)).
		WithReadinessProbe(httpProbe("/readyz", chatPort, 2, 2)).
		WithLivenessProbe(httpProbe("/livez", chatPort, 10, 3))
	for _, extra := range c.Chat.ExtraEnv {
		k.WithEnv(env(extra.Name, extra.Value))
	}
	return k
}

func chatEnv(c Cluster) []*corev1ac.EnvVarApplyConfiguration {
	all := []*corev1ac.EnvVarApplyConfiguration{
		corev1ac.EnvVar().WithName("UIM_NODE_NAME").WithValueFrom(corev1ac.EnvVarSource().
			// The version is the default, but server-side apply owns all of a
			// reference or nothing: left out, it would look like somebody's change.
			WithFieldRef(corev1ac.ObjectFieldSelector().WithAPIVersion("v1").WithFieldPath("metadata.name"))),
		env("UIM_LISTEN", ":8080"),
		env("UIM_OPS_LISTEN", ":9090"),
		env("UIM_PUBLIC_URL", c.URL()),
		env("UIM_KEYS_DIR", keysFolder),
		env("UIM_DRAIN_SECONDS", strconv.Itoa(int(c.Chat.DrainSeconds))),
	}
	for _, limit := range []struct {
		name  string
		value *int32
	}{
		{"UIM_MESSAGES_PER_MINUTE", c.Chat.MessagesPerMinute},
		{"UIM_MESSAGES_PER_HOUR", c.Chat.MessagesPerHour},
	} {
		if limit.value != nil {
			all = append(all, env(limit.name, strconv.Itoa(int(*limit.value))))
		}
	}
	if c.Host != "" && !slices.ContainsFunc(c.Chat.ExtraEnv, func(e v1alpha1.EnvVar) bool { return e.Name == trustedProxies }) {
		all = append(all, env(trustedProxies, privateNetworks))
	}
	return all
}

// topologySpread is the spec's, or else asks for servers on different nodes and in
// different zones where there are any, which never keeps one from starting. Pods of
// another version do not count: in a rollout they are about to go.
func topologySpread(c Cluster, selector map[string]string) []*corev1ac.TopologySpreadConstraintApplyConfiguration {
	wanted := c.Chat.TopologySpread
	if len(wanted) == 0 {
		wanted = []v1alpha1.TopologySpread{{TopologyKey: corev1.LabelHostname}, {TopologyKey: corev1.LabelTopologyZone}}
	}
	all := make([]*corev1ac.TopologySpreadConstraintApplyConfiguration, 0, len(wanted))
	for _, w := range wanted {
		all = append(all, corev1ac.TopologySpreadConstraint().
			WithMaxSkew(valueOr(w.MaxSkew, 1)).
			WithTopologyKey(w.TopologyKey).
			WithWhenUnsatisfiable(cmp.Or(corev1.UnsatisfiableConstraintAction(w.WhenUnsatisfiable), corev1.ScheduleAnyway)).
			WithLabelSelector(metav1ac.LabelSelector().WithMatchLabels(selector)).
			WithMatchLabelKeys("pod-template-hash"))
	}
	return all
}

package resources

import (
	corev1 "k8s.io/api/core/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"

	"uim.dev/uim/api/v1alpha1"
)

// Users that the images run as.
const (
	chatUserID     int64 = 65532
	databaseUserID int64 = 10001
)

// podSecurity is what the Pod Security Standard "restricted" asks of a pod. The
// group owns the volumes.
func podSecurity(user int64) *corev1ac.PodSecurityContextApplyConfiguration {
	return corev1ac.PodSecurityContext().
		WithRunAsNonRoot(true).
		WithRunAsUser(user).
		WithRunAsGroup(user).
		WithFSGroup(user).
		WithFSGroupChangePolicy(corev1.FSGroupChangeOnRootMismatch).
		WithSeccompProfile(corev1ac.SeccompProfile().WithType(corev1.SeccompProfileTypeRuntimeDefault))
}

// containerSecurity is what the Pod Security Standard "restricted" asks of a
// container, and a root file system that cannot be written.
func containerSecurity() *corev1ac.SecurityContextApplyConfiguration {
	return corev1ac.SecurityContext().
		WithAllowPrivilegeEscalation(false).
		WithReadOnlyRootFilesystem(true).
		WithCapabilities(corev1ac.Capabilities().WithDrop("ALL"))
}

// podSpec is a pod of the user without a Kubernetes token and without the
// environment variables that Kubernetes makes from Services, which could clash
// with settings.
func podSpec(user int64) *corev1ac.PodSpecApplyConfiguration {
	return corev1ac.PodSpec().
		WithAutomountServiceAccountToken(false).
		WithEnableServiceLinks(false).
		WithSecurityContext(podSecurity(user))
}

func container(name, image string, a Amounts) *corev1ac.ContainerApplyConfiguration {
	return corev1ac.Container().
		WithName(name).
		WithImage(image).
		WithImagePullPolicy(corev1.PullIfNotPresent).
		WithResources(a.apply()).
		WithSecurityContext(containerSecurity())
}

// env is a variable. The API server drops empty values, so they are left out here,
// too, lest each pass sees a difference.
func env(name, value string) *corev1ac.EnvVarApplyConfiguration {
	variable := corev1ac.EnvVar().WithName(name)
	if value != "" {
		variable.WithValue(value)
	}
	return variable
}

// secretFiles mounts some keys of a Secret as files that only the pod can read.
func secretFiles(volume, secret string, keys ...string) *corev1ac.VolumeApplyConfiguration {
	source := corev1ac.SecretVolumeSource().WithSecretName(secret).WithDefaultMode(0o440)
	for _, key := range keys {
		source.WithItems(corev1ac.KeyToPath().WithKey(key).WithPath(key))
	}
	return corev1ac.Volume().WithName(volume).WithSecret(source)
}

func scratch(volume string) *corev1ac.VolumeApplyConfiguration {
	return corev1ac.Volume().WithName(volume).WithEmptyDir(corev1ac.EmptyDirVolumeSource())
}

func mount(volume, path string) *corev1ac.VolumeMountApplyConfiguration {
	return corev1ac.VolumeMount().WithName(volume).WithMountPath(path)
}

func tolerations(given []v1alpha1.Toleration) []*corev1ac.TolerationApplyConfiguration {
	all := make([]*corev1ac.TolerationApplyConfiguration, 0, len(given))
	for _, g := range given {
		t := corev1ac.Toleration()
		if g.Key != "" {
			t.WithKey(g.Key)
		}
		if g.Operator != "" {
			t.WithOperator(corev1.TolerationOperator(g.Operator))
		}
		if g.Value != "" {
			t.WithValue(g.Value)
		}
		if g.Effect != "" {
			t.WithEffect(corev1.TaintEffect(g.Effect))
		}
		if g.TolerationSeconds != nil {
			t.WithTolerationSeconds(*g.TolerationSeconds)
		}
		all = append(all, t)
	}
	return all
}

// spread asks for pods on different nodes or in different zones where there are
// any; it never keeps one from starting.
func spread(selector map[string]string, topologyKey string) *corev1ac.TopologySpreadConstraintApplyConfiguration {
	return corev1ac.TopologySpreadConstraint().
		WithMaxSkew(1).
		WithTopologyKey(topologyKey).
		WithWhenUnsatisfiable(corev1.ScheduleAnyway).
		WithLabelSelector(metav1ac.LabelSelector().WithMatchLabels(selector))
}

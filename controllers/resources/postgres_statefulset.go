package resources

import (
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
)

const (
	postgresFolder     = "/etc/uim/postgres"
	postgresDataFolder = "/var/lib/postgresql/data"
	// postgresGraceSeconds is time for a checkpoint of a big shared_buffers;
	// killed earlier, Postgres would recover at its next start instead.
	postgresGraceSeconds = 120
)

// PostgresStatefulSet runs the managed Postgres: one server on one volume. Its
// pod is replaced when its certificate is renewed. The passwords in the Secret are
// set when a pod begins, and told to a running server by LoginsJob; logins is the
// version that it has.
func PostgresStatefulSet(c Cluster, logins string, certificate map[string][]byte, fingerprintKey []byte) *appsv1ac.StatefulSetApplyConfiguration {
	name := PostgresName(c)
	pod := podSpec(databaseUserID).
		WithTerminationGracePeriodSeconds(postgresGraceSeconds).
		WithContainers(postgresContainer(c)).
		WithVolumes(
			corev1ac.Volume().WithName("data").WithPersistentVolumeClaim(
				corev1ac.PersistentVolumeClaimVolumeSource().WithClaimName(name)),
			scratch("tmp"),
			secretFiles("passwords", name),
			certificateVolume(name),
		)
	return statefulSet(c, name, ComponentPostgres, Fingerprint(fingerprintKey, certificate), pod).
		WithAnnotations(map[string]string{AnnotationLogins: logins})
}

func postgresContainer(c Cluster) *corev1ac.ContainerApplyConfiguration {
	isReady := []string{"pg_isready", "--quiet", "--host=127.0.0.1", "--port=" + databasePort, "--username=" + DatabaseUser, "--dbname=" + databaseName}
	k := container("postgres", c.Postgres.Image, c.Postgres.Resources).
		WithPorts(corev1ac.ContainerPort().WithName("postgres").WithContainerPort(5432)).
		WithEnv(
			env("PGDATA", postgresDataFolder+"/pgdata"),
			env("POSTGRES_PASSWORD_FILE", postgresFolder+"/"+superuserPasswordKey),
			env("POSTGRES_TLS_FOLDER", certificateFolder),
			env("UIM_DB_NAME", databaseName),
			env("UIM_DB_OWNER", databaseOwner),
			env("UIM_DB_OWNER_PASSWORD_FILE", postgresFolder+"/"+keyOwnerPassword),
			env("UIM_DB_USER", DatabaseUser),
			env("UIM_DB_PASSWORD_FILE", postgresFolder+"/"+keyPassword),
			env("UIM_DB_LOGIN_FILE", postgresFolder+"/"+keyUser),
			env("UIM_DB_OTHER_LOGIN_FILE", postgresFolder+"/"+keyOtherUser),
			env("UIM_DB_OTHER_PASSWORD_FILE", postgresFolder+"/"+keyOtherPassword),
			// A container that starts again in its pod may see files from before the last
			// change, while the server was told of it already.
			env("UIM_DB_ONCE_FILE", "/tmp/passwords-are-set"),
		).
		WithVolumeMounts(
			mount("data", postgresDataFolder),
			mount("tmp", "/tmp"),
			mount("passwords", postgresFolder).WithReadOnly(true),
			certificateMount(),
		).
		// Ten minutes, because the recovery after a crash can take long.
		WithStartupProbe(commandProbe(1, 600, isReady...)).
		WithReadinessProbe(commandProbe(5, 3, isReady...)).
		WithLivenessProbe(commandProbe(10, 6, isReady...)).
		// TERM would make Postgres wait until every client has gone; INT ends
		// their sessions, writes a checkpoint and stops.
		WithLifecycle(corev1ac.Lifecycle().WithPreStop(corev1ac.LifecycleHandler().WithExec(
			corev1ac.ExecAction().WithCommand("/bin/sh", "-c", "kill -INT 1"))))
	for _, p := range c.Postgres.Parameters {
		k.WithArgs("-c", p.Name+"="+p.Value)
	}
	return k
}

// statefulSet runs one pod of a server whose data is on a volume of its own.
func statefulSet(c Cluster, name string, component Component, fingerprint string, pod *corev1ac.PodSpecApplyConfiguration) *appsv1ac.StatefulSetApplyConfiguration {
	return appsv1ac.StatefulSet(name, c.Namespace).
		WithLabels(labels(c, component)).
		WithOwnerReferences(owner(c)).
		WithSpec(appsv1ac.StatefulSetSpec().
			WithReplicas(1).
			WithServiceName(name).
			WithSelector(metav1ac.LabelSelector().WithMatchLabels(SelectorLabels(c.Name, component))).
			WithTemplate(corev1ac.PodTemplateSpec().
				WithLabels(labels(c, component)).
				WithAnnotations(map[string]string{AnnotationFingerprint: fingerprint}).
				WithSpec(pod)))
}

package resources

import (
	"crypto/sha256"
	"encoding/hex"

	corev1 "k8s.io/api/core/v1"
	batchv1ac "k8s.io/client-go/applyconfigurations/batch/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

const (
	// migrationDeadlineSeconds ends a migration that hangs.
	migrationDeadlineSeconds = 1800
	// migrationRetries are pods started after one failed, with growing pauses.
	migrationRetries = 3
	// migrationKeepSeconds is how long a finished Job can be read; a failed one is
	// tried again when it is gone.
	migrationKeepSeconds = 24 * 3600
)

// MigrationJob brings the schema up to what the image needs. Its name holds a hash
// of the image and of the database, so that another one of either makes another
// Job, and nothing else does. It has no probes: it runs to its end.
func MigrationJob(c Cluster, database Connection, fingerprintKey []byte) *batchv1ac.JobApplyConfiguration {
	databaseFingerprint := Fingerprint(fingerprintKey, database.Content)
	k := container("migrate", c.Image, amounts("50m", "64Mi", "256Mi")).
		WithArgs("migrate", "up").
		WithEnv(database.env()...).
		WithVolumeMounts(database.fileMounts()...).
		WithTerminationMessagePolicy(corev1.TerminationMessageFallbackToLogsOnError)
	pod := podSpec(chatUserID).
		WithServiceAccountName(ChatName(c)).
		WithRestartPolicy(corev1.RestartPolicyNever).
		WithContainers(k).
		WithVolumes(database.fileVolumes()...).
		WithNodeSelector(c.Chat.NodeSelector).
		WithTolerations(tolerations(c.Chat.Tolerations)...)
	hash := sha256.Sum256([]byte(c.Image + "\n" + database.Secret + "\n" + databaseFingerprint))
	return batchv1ac.Job(migrationName(c, hex.EncodeToString(hash[:])[:10]), c.Namespace).
		WithLabels(chatLabels(c, ComponentMigration)).
		WithOwnerReferences(owner(c)).
		WithSpec(batchv1ac.JobSpec().
			WithBackoffLimit(migrationRetries).
			WithActiveDeadlineSeconds(migrationDeadlineSeconds).
			WithTTLSecondsAfterFinished(migrationKeepSeconds).
			WithTemplate(corev1ac.PodTemplateSpec().
				WithLabels(chatLabels(c, ComponentMigration)).
				WithAnnotations(map[string]string{AnnotationFingerprint: databaseFingerprint}).
				WithSpec(pod)))
}

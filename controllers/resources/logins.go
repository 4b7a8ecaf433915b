package resources

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	batchv1ac "k8s.io/client-go/applyconfigurations/batch/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

// Logins are what a managed Postgres or Redis asks of those who sign in. They change
// while it runs: a Job tells the server what its Secret holds, and the StatefulSet
// remembers which version of it the server was told.

// Keys of the Secrets of managed servers, beside those of external ones.
const (
	// keyLogins is the version of the logins in the Secret.
	keyLogins = "logins"
	// keyOtherUser and keyOtherPassword are a second login of the chat servers, good
	// beside the first one while passwords are being changed.
	keyOtherUser     = "other-user"
	keyOtherPassword = "other-password"
	// keyAdminPassword is that of the Redis user who changes passwords.
	keyAdminPassword = "admin-password"
	// previousPrefix is before the key of a password that the server may still have
	// in place of that key's own.
	previousPrefix = "previous-"
)

// The two roles that chat servers sign in as, in turn. The first has the rights,
// the other one those of the first.
const databaseOtherUser = DatabaseUser + "_2"

// LoginsVersion tells the logins of a Secret of a managed server from others. It is
// not told by a rotation that only changes which of two logins is the first.
func LoginsVersion(data map[string][]byte) string { return string(data[keyLogins]) }

// withLoginsVersion brings the version up to date. It is keyed by a password that
// nobody but the server knows.
func withLoginsVersion(component Component, data map[string][]byte) {
	passwords := map[string][]byte{}
	if component == ComponentPostgres {
		passwords["superuser"] = data[superuserPasswordKey]
		passwords["role "+string(data[keyOwnerUser])] = data[keyOwnerPassword]
		passwords["role "+string(data[keyUser])] = data[keyPassword]
		if other := data[keyOtherUser]; len(other) > 0 {
			passwords["role "+string(other)] = data[keyOtherPassword]
		}
	} else {
		passwords["admin"] = data[keyAdminPassword]
		for _, key := range []string{keyPassword, keyOtherPassword} {
			if len(data[key]) > 0 {
				passwords["password "+sha256Hex(data[key])] = nil
			}
		}
	}
	data[keyLogins] = []byte(Fingerprint(data[adminKey(component)], passwords))
}

// adminKey is the key of the password of whoever may change the others.
func adminKey(component Component) string {
	if component == ComponentPostgres {
		return superuserPasswordKey
	}
	return keyAdminPassword
}

func sha256Hex(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

const (
	// loginsRetries and loginsDeadlineSeconds are for a server that restarts just
	// then, and for a node that has not yet heard of the Secret's last change.
	loginsRetries         = 10
	loginsDeadlineSeconds = 1800
	loginsKeepSeconds     = 600
	loginsFolder          = "/etc/uim/logins"
)

// LoginsJob gives a running server the passwords that its Secret holds. Its name
// holds their version.
func LoginsJob(c Cluster, component Component, version string) *batchv1ac.JobApplyConfiguration {
	server := PostgresName(c)
	if component == ComponentRedis {
		server = RedisName(c)
	}
	k := container("logins", c.Image, amounts("50m", "64Mi", "256Mi")).
		WithArgs("logins", string(component), "--dir", loginsFolder, "--version", version).
		WithVolumeMounts(mount("logins", loginsFolder).WithReadOnly(true)).
		WithTerminationMessagePolicy("FallbackToLogsOnError")
	pod := podSpec(chatUserID).
		WithServiceAccountName(ChatName(c)).
		WithRestartPolicy("Never").
		WithContainers(k).
		WithVolumes(secretFiles("logins", server)).
		WithNodeSelector(c.Chat.NodeSelector).
		WithTolerations(tolerations(c.Chat.Tolerations)...)
	return batchv1ac.Job(loginsName(c, component, version), c.Namespace).
		WithLabels(chatLabels(c, ComponentLogins)).
		WithOwnerReferences(owner(c)).
		WithSpec(batchv1ac.JobSpec().
			WithBackoffLimit(loginsRetries).
			WithActiveDeadlineSeconds(loginsDeadlineSeconds).
			WithTTLSecondsAfterFinished(loginsKeepSeconds).
			WithTemplate(corev1ac.PodTemplateSpec().
				WithLabels(chatLabels(c, ComponentLogins)).
				WithSpec(pod)))
}

// loginsName also depends on the image, so that another one gets another try.
func loginsName(c Cluster, component Component, version string) string {
	sum := sha256Hex([]byte(strings.Join([]string{string(component), version, c.Image}, "\n")))
	return c.Name + "-logins-" + sum[:10]
}

package status

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/api/v1alpha1"
)

// reasonMigrationFailed is the reason of MigrationsCurrent when a Job gave up.
const reasonMigrationFailed = "MigrationFailed"

func migrationsCurrent(f Facts) metav1.Condition {
	const t = v1alpha1.ConditionMigrationsCurrent
	if p, ok := f.Problems[Migrations]; ok {
		return isNot(t, p.Reason, p.Message)
	}
	trouble := f.Troubles[Migrations]
	switch f.Migrations.State {
	case MigrationDone:
		return is(t, "Current", "The schema is the one that "+f.Cluster.Image+" needs")
	case MigrationRunning:
		if trouble.Reason != "" {
			return isNot(t, trouble.Reason, trouble.Message+"; the chat servers stay as they are")
		}
		return isNot(t, "MigrationRunning", fmt.Sprintf("Job %q is at work", f.Migrations.Job))
	case MigrationFailed:
		return isNot(t, reasonMigrationFailed, fmt.Sprintf(
			"Job %q gave up (%s) and the chat servers stay as they are; read kubectl logs job/%[1]s -n %[3]s, then delete the Job to try again or go back to the image before",
			f.Migrations.Job, f.Migrations.Detail, f.Cluster.Namespace))
	default:
		return isNot(t, "WaitingForDatabase", "The migration begins when Postgres takes connections")
	}
}

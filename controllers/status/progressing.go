package status

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
)

// Reasons of changes on their way.
const (
	reasonUpdatingParts = "UpdatingParts"
	reasonMigrating     = "Migrating"
	reasonRollingOut    = "RollingOut"
)

// progressing says whether something is on its way that needs nobody's help.
func progressing(f Facts) metav1.Condition {
	const t = v1alpha1.ConditionProgressing
	if reason, message := f.blocked(); reason != "" {
		return isNot(t, reason, message)
	}
	switch {
	case f.Paused:
		return isNot(t, "Paused", "The operator changes nothing while spec.paused is true")
	case !f.Database.Ready || !f.Cache.Ready || len(f.Problems) > 0:
		return is(t, "WaitingForParts", "Waiting for what a part needs; its condition says what")
	case f.Database.Updating || f.Cache.Updating:
		return is(t, reasonUpdatingParts, "Postgres or Redis is restarted with new settings")
	case f.Migrations.State != MigrationDone:
		return is(t, reasonMigrating, "Bringing the schema up to date")
	case f.rolling():
		return is(t, reasonRollingOut, rollingMessage(f))
	case f.Rotation.Passwords.Stage != resources.RotationNone:
		return is(t, "RotatingPasswords", "Passwords are being changed; the old ones work until no chat server uses them")
	default:
		return isNot(t, "Settled", "Nothing is being changed")
	}
}

// updating is true while a change is on its way and nothing is amiss.
func (f Facts) updating() bool {
	switch progressing(f).Reason {
	case reasonUpdatingParts, reasonMigrating, reasonRollingOut:
		return true
	default:
		return false
	}
}

// blocked is the reason and message of what only a person can solve, or empty.
func (f Facts) blocked() (reason, message string) {
	for _, part := range []Part{Database, Cache, Migrations, Chat, Certificates, Traffic} {
		if p, ok := f.Problems[part]; ok && p.NeedsHelp {
			return p.Reason, p.Message
		}
	}
	for _, trouble := range []struct {
		Problem
		missing bool
	}{
		{f.Troubles[Database], !f.Database.Ready},
		{f.Troubles[Cache], !f.Cache.Ready},
		{f.Troubles[Migrations], f.Migrations.State == MigrationRunning},
		{f.chatTrouble(), true},
	} {
		if trouble.NeedsHelp && trouble.missing {
			return trouble.Reason, trouble.Message
		}
	}
	switch {
	case f.Migrations.State == MigrationFailed:
		c := migrationsCurrent(f)
		return c.Reason, c.Message
	case f.Chat.Stuck != "":
		return reasonRolloutStuck, stuckMessage(f)
	case f.Rotation.Failed != "":
		return "RotationFailed", f.Rotation.Failed
	default:
		return "", ""
	}
}

// rolling is true while servers of another version or number than the spec wants
// are around. A server that fails afterwards is not a rollout.
func (f Facts) rolling() bool {
	wanted := f.wanted()
	return !f.Chat.Exist || !f.Chat.Current || f.Chat.Updated != wanted || f.Chat.Replicas != wanted
}

func rollingMessage(f Facts) string {
	updated := f.Chat.Updated
	if !f.Chat.Current {
		updated = 0
	}
	return fmt.Sprintf("%d of %d chat servers are as the spec wants them", updated, f.wanted())
}

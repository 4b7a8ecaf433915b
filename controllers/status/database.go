package status

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
)

func databaseReady(f Facts) metav1.Condition {
	s := serverCondition{
		conditionType: v1alpha1.ConditionDatabaseReady,
		part:          Database,
		title:         "Postgres",
		workload:      resources.PostgresName(f.Cluster),
		wanted:        f.Cluster.Postgres,
		seen:          f.Database,
	}
	s.look = fmt.Sprintf("kubectl describe pod %s-0 -n %s", s.workload, f.Cluster.Namespace)
	if f.Cluster.Postgres.CloudNativePG {
		s.look = fmt.Sprintf("kubectl describe clusters.postgresql.cnpg.io %s -n %s", s.workload, f.Cluster.Namespace)
	}
	return serverReady(f, s)
}

// serverCondition is what the conditions of Postgres and Redis differ in.
type serverCondition struct {
	conditionType, title, workload string
	// look is the command that shows more.
	look string

	part   Part
	wanted resources.Server
	seen   Server
}

func serverReady(f Facts, s serverCondition) metav1.Condition {
	if p, ok := f.Problems[s.part]; ok {
		return isNot(s.conditionType, p.Reason, p.Message)
	}
	trouble := f.Troubles[s.part]
	switch {
	case trouble.Reason != "" && !s.seen.Ready:
		return isNot(s.conditionType, trouble.Reason, trouble.Message)
	case s.wanted.External != "" && s.seen.Ready:
		return is(s.conditionType, "External", fmt.Sprintf(
			"Secret %q has all that is needed; the migration and the chat servers find out whether %s answers", s.wanted.External, s.title))
	case s.several():
		return severalReady(s)
	case s.seen.Updating:
		return isNot(s.conditionType, "Updating", fmt.Sprintf("StatefulSet %q replaces its pod", s.workload))
	case s.seen.Ready:
		return is(s.conditionType, "Accepting", s.title+" takes connections")
	default:
		return isNot(s.conditionType, "NotAccepting", s.title+" takes no connections yet; if this lasts: "+s.look)
	}
}

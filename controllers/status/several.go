package status

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// several is true for what may have more than one server.
func (s serverCondition) several() bool {
	return s.wanted.CloudNativePG || s.wanted.Instances > 1
}

// severalReady speaks of a Postgres or a Redis of several servers. It goes on while
// enough of them are there, also while they are replaced one by one.
func severalReady(s serverCondition) metav1.Condition {
	count := fmt.Sprintf("%d of %d servers are ready", s.seen.ReadyServers, s.wanted.Instances)
	detail := ""
	if s.seen.Detail != "" {
		detail = " (" + s.seen.Detail + ")"
	}
	switch {
	case s.seen.Ready && s.seen.ReadyServers < s.wanted.Instances:
		return is(s.conditionType, "Degraded", fmt.Sprintf("%s takes connections; %s%s: %s", s.title, count, detail, s.look))
	case s.seen.Ready:
		return is(s.conditionType, "Accepting", fmt.Sprintf("%s takes connections; %s", s.title, count))
	case s.seen.ReadyServers < s.seen.Quorum && s.seen.ReadyServers > 0:
		return isNot(s.conditionType, "NoQuorum", fmt.Sprintf("%s%s, and %d are needed: %s", count, detail, s.seen.Quorum, s.look))
	default:
		return isNot(s.conditionType, "NotAccepting", fmt.Sprintf("%s takes no connections yet; %s%s; if this lasts: %s", s.title, count, detail, s.look))
	}
}

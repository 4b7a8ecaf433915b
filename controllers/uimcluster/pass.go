package uimcluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/metrics"
	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/status"
)

// pass is one walk over a cluster: what is wanted, and what the phases find out
// for those after them.
type pass struct {
	*Reconciler
	object  *v1alpha1.UIMCluster
	cluster resources.Cluster
	facts   status.Facts

	// keys is the content of the keys Secret; nil until the identity phase has it.
	keys map[string][]byte
	// authority is the content of the authority's Secret; nil likewise.
	authority map[string][]byte
	// database, owner and cache are nil until their phases know how to reach them;
	// owner is the database as migrations reach it.
	database *resources.Connection
	owner    *resources.Connection
	cache    *resources.Connection
	// managed are the servers that the operator runs, as far as their phases know
	// their Secrets.
	managed []managed
	// certificates are those in use, by Secret, for metrics.
	certificates map[string]metrics.Certificate

	// wake is how long from now the next pass is due at the latest; 0 is whenever
	// something changes.
	wake time.Duration
}

func newPass(r *Reconciler, object *v1alpha1.UIMCluster) *pass {
	cluster := resources.Resolve(object, r.Images)
	return &pass{
		Reconciler: r,
		object:     object,
		cluster:    cluster,
		facts: status.Facts{
			Generation: object.Generation,
			Cluster:    cluster,
			Paused:     object.Spec.Paused,
			Problems:   map[status.Part]status.Problem{},
			Troubles:   map[status.Part]status.Problem{},
		},
		certificates: map[string]metrics.Certificate{},
	}
}

// phase is a step of a pass. Its problems show in the condition of its part.
type phase struct {
	name string
	part status.Part
	run  func(*pass, context.Context) error
}

// phases is the whole of what the operator does for a cluster. Later ones use what
// earlier ones found.
func phases() []phase {
	return []phase{
		{"pods", status.Chat, (*pass).observePods},
		{"identity", status.Chat, (*pass).reconcileIdentity},
		{"postgres", status.Database, (*pass).reconcilePostgres},
		{"redis", status.Cache, (*pass).reconcileRedis},
		{"network", status.Chat, (*pass).reconcileNetwork},
		{"migration", status.Migrations, (*pass).reconcileMigration},
		{"chat", status.Chat, (*pass).reconcileChat},
		{"autoscaling", status.Chat, (*pass).reconcileAutoscaling},
		{"traffic", status.Chat, (*pass).reconcileTraffic},
		{"certificates", status.Certificates, (*pass).reconcileCertificates},
		{"route", status.Traffic, (*pass).reconcileRoute},
		{"disruption", status.Chat, (*pass).reconcileDisruption},
		{"rotation", status.Database, (*pass).reconcileRotation},
		{"retirement", status.Cache, (*pass).reconcileRetirement},
		{"monitoring", status.Watching, (*pass).reconcileMonitoring},
	}
}

// run runs all phases, whatever becomes of each. Problems that a later pass cannot
// solve by trying again become facts; other errors are returned, too.
func (p *pass) run(ctx context.Context, all []phase) error {
	var failed []error
	for _, phase := range all {
		err := phase.run(p, ctx)
		if err == nil {
			continue
		}
		if problem, ok := errors.AsType[*problemError](err); ok {
			p.note(phase.part, problem.problem)
			continue
		}
		p.note(phase.part, status.Problem{Reason: "Retrying", Message: fmt.Sprintf("The operator tries again: %v", err)})
		failed = append(failed, fmt.Errorf("phase %s: %w", phase.name, err))
	}
	return errors.Join(failed...)
}

// note keeps a problem of a part; the first one counts.
func (p *pass) note(part status.Part, problem status.Problem) {
	if _, known := p.facts.Problems[part]; !known {
		p.facts.Problems[part] = problem
	}
}

// wakeAfter asks for another pass after a while, even if nothing changes until then.
func (p *pass) wakeAfter(d time.Duration) {
	if d = max(d, time.Second); p.wake == 0 || d < p.wake {
		p.wake = d
	}
}

// problemError is a problem that trying again at once would not solve.
type problemError struct{ problem status.Problem }

func (e *problemError) Error() string { return e.problem.Reason + ": " + e.problem.Message }

package uimcluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"uim.dev/uim/api/v1alpha1"
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
	// again is when to look once more at what no watch reports; 0: never.
	again time.Duration
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
		},
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
		{"identity", status.Chat, (*pass).reconcileIdentity},
		{"postgres", status.Database, (*pass).reconcilePostgres},
		{"redis", status.Cache, (*pass).reconcileRedis},
		{"network", status.Chat, (*pass).reconcileNetwork},
		{"migration", status.Migrations, (*pass).reconcileMigration},
		{"chat", status.Chat, (*pass).reconcileChat},
		{"autoscaling", status.Chat, (*pass).reconcileAutoscaling},
		{"traffic", status.Chat, (*pass).reconcileTraffic},
		{"disruption", status.Chat, (*pass).reconcileDisruption},
		{"retirement", status.Cache, (*pass).reconcileRetirement},
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

// problemError is a problem that trying again at once would not solve.
type problemError struct{ problem status.Problem }

func (e *problemError) Error() string { return e.problem.Reason + ": " + e.problem.Message }

// lookAgain makes another pass come in at most a while.
func (p *pass) lookAgain(in time.Duration) { p.again = sooner(in, p.again) }

// sooner is the shorter of two waits; b may be 0, which is none.
func sooner(a, b time.Duration) time.Duration {
	if b == 0 {
		return a
	}
	return min(a, b)
}

package uimcluster

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	batchv1ac "k8s.io/client-go/applyconfigurations/batch/v1"

	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/status"
)

// managed is a Postgres or Redis that the operator runs, as the phases after its own
// know it.
type managed struct {
	component resources.Component
	// secret is the content of its Secret, logins the version of them that the
	// server has.
	secret map[string][]byte
	logins string
}

// told is true when the server has the logins that its Secret holds.
func (m managed) told() bool { return m.logins == resources.LoginsVersion(m.secret) }

// usable is true when the server surely takes what pods sign in with. In the middle
// of a rotation it does, because it is told before they are; otherwise somebody
// changed a password by hand.
func (m managed) usable() bool {
	return m.told() || resources.RotationOf(m.secret) != resources.RotationNone
}

// keepLogins tells a running server of the passwords in its Secret, and notes which
// version of them it has. A pod that is yet to begin reads them by itself.
func (p *pass) keepLogins(ctx context.Context, component resources.Component, name string, secret map[string][]byte) (managed, error) {
	m := managed{component: component, secret: secret, logins: resources.LoginsVersion(secret)}
	set := &appsv1.StatefulSet{}
	exists, err := p.load(ctx, name, set)
	if err != nil {
		return m, err
	}
	if exists && set.Annotations[resources.AnnotationLogins] != m.logins {
		wanted := m.logins
		m.logins = set.Annotations[resources.AnnotationLogins]
		done, err := p.tellLogins(ctx, component, wanted, set.Status.ReadyReplicas > 0)
		if err != nil {
			return m, err
		}
		if done {
			m.logins = wanted
		}
	}
	p.managed = append(p.managed, m)
	return m, nil
}

// tellLogins runs the Job that tells a server, once it answers, and says whether it
// has succeeded.
func (p *pass) tellLogins(ctx context.Context, component resources.Component, version string, answers bool) (done bool, err error) {
	wanted := resources.LoginsJob(p.cluster, component, version)
	live := &batchv1.Job{}
	exists, err := p.load(ctx, *wanted.Name, live)
	switch {
	case err != nil:
		return false, err
	case exists:
		m := observeMigration(live)
		if m.State == status.MigrationFailed {
			p.facts.Rotation.Failed = fmt.Sprintf("Job %q could not change the passwords of %s (%s); servers go on with those they have. "+
				"Read kubectl logs job/%[1]s -n %[4]s, then delete the Job to try again", live.Name, component, m.Detail, p.cluster.Namespace)
		}
		return m.State == status.MigrationDone, nil
	case !answers:
		return false, nil
	}
	_, err = apply(ctx, p, wanted, live, batchv1ac.ExtractJob)
	return false, err
}

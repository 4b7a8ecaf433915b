package uimcluster

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	batchv1ac "k8s.io/client-go/applyconfigurations/batch/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/status"
)

// reconcileMigration brings the schema up to what the image needs, once Postgres
// takes connections. A Job that failed stays until somebody deletes it or its time
// is over; then it is made again.
func (p *pass) reconcileMigration(ctx context.Context) error {
	if p.owner == nil || p.keys == nil {
		return nil
	}
	wanted := resources.MigrationJob(p.cluster, *p.owner, resources.FingerprintKey(p.keys))
	name := *wanted.Name
	live := &batchv1.Job{}
	exists, err := p.load(ctx, name, live)
	if err != nil {
		return err
	}
	if exists {
		p.facts.Migrations = observeMigration(live)
		return nil
	}
	p.facts.Migrations.Job = name
	done, err := p.migratedBefore(ctx, name)
	switch {
	case err != nil:
		return err
	case done:
		p.facts.Migrations.State = status.MigrationDone
		return nil
	case !p.facts.Database.Ready || p.facts.Database.Updating || p.facts.Database.TellingLogins:
		return nil
	}
	if _, err := apply(ctx, p, wanted, live, batchv1ac.ExtractJob); err != nil {
		return err
	}
	p.facts.Migrations.State = status.MigrationRunning
	return nil
}

// migratedBefore says whether chat servers were rolled out after this very Job. The
// Job itself may be gone: Kubernetes removes finished ones after a day.
func (p *pass) migratedBefore(ctx context.Context, job string) (bool, error) {
	chat := &appsv1.Deployment{}
	key := client.ObjectKey{Namespace: p.cluster.Namespace, Name: resources.ChatName(p.cluster)}
	if err := p.Client.Get(ctx, key, chat); err != nil {
		return false, client.IgnoreNotFound(err)
	}
	return chat.Annotations[resources.AnnotationMigration] == job, nil
}

package uimcluster

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"

	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/status"
)

// reconcileChat runs the chat servers on a schema that is current. Until it is, or
// while a Secret is missing, those that run are left as they are. Redis need not
// answer: without it chat is slower, not down.
func (p *pass) reconcileChat(ctx context.Context) error {
	live := &appsv1.Deployment{}
	if p.keys == nil || p.database == nil || p.cache == nil || p.facts.Migrations.State != status.MigrationDone {
		exists, err := p.load(ctx, resources.ChatName(p.cluster), live)
		if exists {
			p.facts.Chat = observeChat(live, true)
		}
		return err
	}
	if p.cluster.Chat.Autoscaling != nil {
		if err := p.handOverReplicas(ctx); err != nil {
			return err
		}
	}
	changed, err := apply(ctx, p, resources.ChatDeployment(p.cluster, resources.Dependencies{
		Database:  *p.database,
		Cache:     *p.cache,
		Keys:      p.keys,
		Migration: p.facts.Migrations.Job,
	}), live, appsv1ac.ExtractDeployment)
	if err != nil {
		return err
	}
	p.facts.Chat = observeChat(live, changed)
	return nil
}

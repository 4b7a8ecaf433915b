package uimcluster

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/status"
)

// writeStatus writes what the pass saw, if it is news, and tells of it.
func (r *Reconciler) writeStatus(ctx context.Context, p *pass) error {
	before := p.object.DeepCopy()
	p.object.Status = status.Compute(before.Status, p.facts)
	p.object.Status.Operator, p.object.Status.OperatorVersion = r.Name, r.Version
	if equality.Semantic.DeepEqual(before.Status, p.object.Status) {
		return nil
	}
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Status().Patch(ctx, p.object, patch, client.FieldOwner(resources.FieldManager)); err != nil {
		if client.IgnoreNotFound(err) == nil {
			return nil // it is gone meanwhile
		}
		return fmt.Errorf("write the status: %w", err)
	}
	all := append(news(before.Status.Conditions, p.object.Status.Conditions), rotations(before.Status.Rotation, p.object.Status.Rotation)...)
	for _, e := range all {
		r.Events.Eventf(p.object, nil, e.kind, e.reason, e.action, "%s", e.note)
	}
	return nil
}

package uimcluster

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
)

// claimCluster says whether a UIMCluster is this operator's. The first operator to
// see it writes its name into status, in a write that only one can win, before it
// makes anything; others leave it alone from then on, so that two with other
// defaults never undo each other's work. The annotation hands it over.
func (r *Reconciler) claimCluster(ctx context.Context, cluster *v1alpha1.UIMCluster) (ours bool, err error) {
	holder := cluster.Status.Operator
	if to := cluster.Annotations[v1alpha1.AnnotationOperator]; to != "" && to != holder {
		if to != r.Name {
			return false, nil
		}
		holder = ""
	}
	switch holder {
	case r.Name:
		return true, nil
	case "":
		before := cluster.DeepCopy()
		cluster.Status.Operator = r.Name
		patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
		err := r.Client.Status().Patch(ctx, cluster, patch, client.FieldOwner(resources.FieldManager))
		if client.IgnoreNotFound(err) != nil {
			return false, fmt.Errorf("claim the UIMCluster: %w", err)
		}
		return err == nil, nil // not found: it is gone meanwhile
	default:
		log.FromContext(ctx).Info("Left a UIMCluster to another operator", "operator", holder)
		r.Events.Eventf(cluster, nil, corev1.EventTypeWarning, "OtherOperator", "Reconcile",
			"Operator %s leaves this UIMCluster to operator %s; to hand it over: kubectl annotate uim %s -n %s --overwrite %s=%[1]s",
			r.Name, holder, cluster.Name, cluster.Namespace, v1alpha1.AnnotationOperator)
		return false, nil
	}
}

package uimcluster

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
)

// secretsIndex finds the UIMClusters that name a Secret.
const secretsIndex = "spec.secretNames"

// concurrentPasses is how many clusters are looked after at once; one that waits
// for the API server does not hold up the others.
const concurrentPasses = 4

// SetupWithManager makes the manager run the reconciler for every UIMCluster that
// changes, and for those whose objects or Secrets do.
func (r *Reconciler) SetupWithManager(ctx context.Context, m manager.Manager) error {
	if err := m.GetFieldIndexer().IndexField(ctx, &v1alpha1.UIMCluster{}, secretsIndex, namedSecrets); err != nil {
		return fmt.Errorf("index Secrets of UIMClusters: %w", err)
	}
	ours := handler.EnqueueRequestsFromMapFunc(byLabel)
	built, err := ctrl.NewControllerManagedBy(m).
		Named("uimcluster").
		// Changes of status count, too: a pass that read the status from before the
		// last write may have taken its own answer for no news. The pass after the
		// write puts that right.
		For(&v1alpha1.UIMCluster{}).
		Owns(&appsv1.Deployment{}).
		Owns(&appsv1.StatefulSet{}).
		Owns(&autoscalingv2.HorizontalPodAutoscaler{}).
		Owns(&batchv1.Job{}).
		Owns(&corev1.Service{}).
		Owns(&corev1.ConfigMap{}).
		Owns(&corev1.ServiceAccount{}).
		Owns(&networkingv1.Ingress{}).
		Owns(&networkingv1.NetworkPolicy{}).
		Owns(&policyv1.PodDisruptionBudget{}).
		Watches(&corev1.Pod{}, ours, builder.WithPredicates(troubleChanges())).
		// These may have no owner, so as to outlive their cluster.
		Watches(&corev1.PersistentVolumeClaim{}, ours).
		// Of Secrets only the metadata is kept in memory.
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.bySecret)).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrentPasses}).
		Build(r)
	if err != nil {
		return err
	}
	r.Optional.connect(built, ours)
	return nil
}

// namedSecrets are the Secrets of others that the chat servers need.
func namedSecrets(object client.Object) []string {
	cluster, ok := object.(*v1alpha1.UIMCluster)
	if !ok {
		return nil
	}
	var names []string
	if p := cluster.Spec.Postgres; p != nil && p.External != nil {
		names = append(names, p.External.SecretName)
	}
	if p := cluster.Spec.Postgres; p != nil && p.CloudNativePG != nil {
		c := resources.Cluster{Name: cluster.Name}
		names = append(names, resources.CloudNativePGSecretName(c), resources.CloudNativePGAuthorityName(c))
	}
	if r := cluster.Spec.Redis; r != nil && r.External != nil {
		names = append(names, r.External.SecretName)
	}
	if t := cluster.Spec.TLS; t != nil && t.SecretName != "" {
		names = append(names, t.SecretName)
	}
	return names
}

// byLabel is the cluster that an object was made for.
func byLabel(_ context.Context, object client.Object) []reconcile.Request {
	cluster := object.GetLabels()[resources.LabelInstance]
	if !resources.BelongsTo(object.GetLabels(), cluster) {
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: object.GetNamespace(), Name: cluster}}}
}

// bySecret are the clusters that a Secret was made for or that name it.
func (r *Reconciler) bySecret(ctx context.Context, secret client.Object) []reconcile.Request {
	requests := byLabel(ctx, secret)
	clusters := &v1alpha1.UIMClusterList{}
	err := r.Client.List(ctx, clusters, client.InNamespace(secret.GetNamespace()), client.MatchingFields{secretsIndex: secret.GetName()})
	if err != nil {
		log.FromContext(ctx).Error(err, "Could not find the UIMClusters of a Secret", "secret", secret.GetName())
	}
	for _, cluster := range clusters.Items {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&cluster)})
	}
	return requests
}

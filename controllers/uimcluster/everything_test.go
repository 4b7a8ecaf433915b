package uimcluster_test

import (
	"context"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/controllers/resources"
)

// everything is all the objects in the namespace that the operator made.
func (s *story) everything() []client.Object {
	s.Helper()
	all, err := listEverything(s.Context(), s.namespace)
	if err != nil {
		s.Fatal(err)
	}
	return all
}

func listEverything(ctx context.Context, namespace string) ([]client.Object, error) {
	var all []client.Object
	for _, list := range []client.ObjectList{
		&corev1.SecretList{}, &corev1.ServiceAccountList{}, &corev1.ServiceList{}, &corev1.ConfigMapList{}, &corev1.PersistentVolumeClaimList{},
		&appsv1.StatefulSetList{}, &appsv1.DeploymentList{}, &autoscalingv2.HorizontalPodAutoscalerList{}, &batchv1.JobList{}, &networkingv1.IngressList{}, &networkingv1.NetworkPolicyList{}, &policyv1.PodDisruptionBudgetList{},
	} {
		err := kubernetes.Client.List(ctx, list, client.InNamespace(namespace), client.MatchingLabels{resources.LabelManagedBy: resources.FieldManager})
		if err != nil {
			return nil, err
		}
		if err := meta.EachListItem(list, func(item runtime.Object) error {
			object, ok := item.(client.Object)
			if !ok {
				return fmt.Errorf("%T is no object", item)
			}
			all = append(all, object)
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// names are the kinds and names of objects, sorted.
func names(objects []client.Object) []string {
	var all []string
	for _, object := range objects {
		all = append(all, fmt.Sprintf("%T %s", object, object.GetName()))
	}
	slices.Sort(all)
	return all
}

package resources

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"uim.dev/uim/api/v1alpha1"
)

// optionalObject is an object of another project's API: its Go types would bring in
// that whole project for the few fields that are set here.
func optionalObject(c Cluster, kind schema.GroupVersionKind, name string, component Component, spec map[string]any) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	object.SetGroupVersionKind(kind)
	object.SetNamespace(c.Namespace)
	object.SetName(name)
	object.SetLabels(labels(c, component))
	object.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion: v1alpha1.GroupVersion().String(), Kind: v1alpha1.Kind, Name: c.Name, UID: c.UID,
		Controller: new(true), BlockOwnerDeletion: new(true),
	}})
	return object
}

func toAny(in map[string]string) map[string]any {
	out := map[string]any{}
	for key, value := range in {
		out[key] = value
	}
	return out
}

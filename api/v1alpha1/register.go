package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Kind is the kind of UIMCluster, as it stands in manifests.
const Kind = "UIMCluster"

// GroupVersion is uim.dev/v1alpha1.
func GroupVersion() schema.GroupVersion {
	return schema.GroupVersion{Group: "uim.dev", Version: "v1alpha1"}
}

// AddToScheme makes scheme know the types of this package.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion(), &UIMCluster{}, &UIMClusterList{})
	metav1.AddToGroupVersion(scheme, GroupVersion())
	return nil
}

package controllers

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/uimcluster"
)

// leaderLease is the name of the Lease that working operators hold.
const leaderLease = "uim-operator"

// Run looks after UIMClusters until the context ends. Of several that elect a
// leader, the one that ends hands over at once.
func Run(ctx context.Context, kubernetes *rest.Config, o Options) error {
	m, err := NewManager(ctx, kubernetes, o)
	if err != nil {
		return err
	}
	if err := m.Start(ctx); err != nil {
		return fmt.Errorf("run the operator: %w", err)
	}
	return nil
}

// NewManager is the operator, ready to start.
func NewManager(ctx context.Context, kubernetes *rest.Config, o Options) (manager.Manager, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("build the scheme: %w", err)
		}
	}
	m, err := ctrl.NewManager(kubernetes, manager.Options{
		Scheme: scheme,
		Cache:  cacheOptions(o.Namespaces),
		// Secrets are read when they are needed and not kept in memory.
		Client:                        client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}}},
		Metrics:                       metricsserver.Options{BindAddress: o.MetricsAddress},
		HealthProbeBindAddress:        o.ProbeAddress,
		LeaderElection:                o.LeaderElect,
		LeaderElectionID:              leaderLease,
		LeaderElectionNamespace:       o.LeaderElectionNamespace,
		LeaderElectionReleaseOnCancel: true,
		// Tests run several operators in a process; only metrics would mix.
		Controller: config.Controller{SkipNameValidation: new(true)},
	})
	if err != nil {
		return nil, fmt.Errorf("set up the operator: %w", err)
	}
	if err := m.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return nil, fmt.Errorf("set up /healthz: %w", err)
	}
	if err := m.AddReadyzCheck("ping", healthz.Ping); err != nil {
		return nil, fmt.Errorf("set up /readyz: %w", err)
	}
	optional, err := optionalKinds(kubernetes, m, o.Namespaces)
	if err != nil {
		return nil, err
	}
	reconciler := &uimcluster.Reconciler{
		Client:   m.GetClient(),
		Live:     m.GetAPIReader(),
		Optional: optional,
		Events:   m.GetEventRecorder("uim-operator"),
		Images:   o.Images,
		Random:   rand.Reader,
		Now:      time.Now,
	}
	if err := reconciler.SetupWithManager(ctx, m); err != nil {
		return nil, fmt.Errorf("set up the UIMCluster controller: %w", err)
	}
	return m, nil
}

// optionalKinds has a cache of its own: the manager's wants all its kinds to be there
// at the start.
func optionalKinds(kubernetes *rest.Config, m manager.Manager, namespaces []string) (*uimcluster.OptionalKinds, error) {
	objects, err := cache.New(kubernetes, cache.Options{
		Scheme:               m.GetScheme(),
		Mapper:               m.GetRESTMapper(),
		HTTPClient:           m.GetHTTPClient(),
		DefaultLabelSelector: ownObjects(),
		DefaultNamespaces:    cacheOptions(namespaces).DefaultNamespaces,
	})
	if err != nil {
		return nil, fmt.Errorf("make the cache of other projects' kinds: %w", err)
	}
	if err := m.Add(objects); err != nil {
		return nil, fmt.Errorf("run the cache of other projects' kinds: %w", err)
	}
	return uimcluster.NewOptionalKinds(m.GetRESTMapper(), objects, time.Now), nil
}

// ownObjects selects what the operator has made.
func ownObjects() labels.Selector {
	return labels.SelectorFromSet(labels.Set{resources.LabelManagedBy: resources.FieldManager})
}

// cacheOptions keep only the operator's own objects in memory, and of Secrets no
// more than their names and labels. Managed fields are needed: they say which
// fields of an object are the operator's.
func cacheOptions(namespaces []string) cache.Options {
	own := cache.ByObject{Label: ownObjects()}
	options := cache.Options{
		ReaderFailOnMissingInformer: true,
		ByObject: map[client.Object]cache.ByObject{
			&appsv1.Deployment{}:            own,
			&appsv1.StatefulSet{}:           own,
			&batchv1.Job{}:                  own,
			&corev1.ConfigMap{}:             own,
			&corev1.PersistentVolumeClaim{}: own,
			&corev1.Secret{}:                {Transform: namesAndLabels},
			&corev1.Service{}:               own,
			&corev1.ServiceAccount{}:        own,
			&networkingv1.Ingress{}:         own,
			&policyv1.PodDisruptionBudget{}: own,
		},
	}
	for _, namespace := range namespaces {
		if options.DefaultNamespaces == nil {
			options.DefaultNamespaces = map[string]cache.Config{}
		}
		options.DefaultNamespaces[namespace] = cache.Config{}
	}
	return options
}

// namesAndLabels drops annotations and managed fields: kubectl apply keeps a whole
// Secret in an annotation.
func namesAndLabels(object any) (any, error) {
	if metadata, ok := object.(*metav1.PartialObjectMetadata); ok {
		metadata.Annotations = nil
		metadata.ManagedFields = nil
	}
	return object, nil
}

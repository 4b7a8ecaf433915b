package controllers

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"os"
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
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/metrics"
	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/uimcluster"
)

// defaultName is the name of an operator, and of the Lease that it holds.
const defaultName = "uim-operator"

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
	selector, err := labels.Parse(o.Selector)
	if err != nil {
		return nil, fmt.Errorf("--selector: %w", err)
	}
	o.Name = cmp.Or(o.Name, defaultName)
	m, err := ctrl.NewManager(kubernetes, manager.Options{
		Scheme: scheme,
		Cache:  cacheOptions(o.Namespaces, selector),
		// Secrets are read when they are needed and not kept in memory.
		Client:                        client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}}},
		Metrics:                       metricsOptions(o),
		HealthProbeBindAddress:        o.ProbeAddress,
		LeaderElection:                o.LeaderElect,
		LeaderElectionID:              o.Name,
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
	figures, err := metrics.Register(ctrlmetrics.Registry, o.Version)
	if err != nil {
		return nil, err
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
		Name:     o.identity(),
		Version:  o.Version,
		Random:   rand.Reader,
		Now:      time.Now,
		Figures:  figures,
	}
	if err := reconciler.SetupWithManager(ctx, m); err != nil {
		return nil, fmt.Errorf("set up the UIMCluster controller: %w", err)
	}
	return m, nil
}

// metricsOptions serve /metrics. When it is secure, Kubernetes is asked who a token
// belongs to and whether they may get /metrics.
func metricsOptions(o Options) metricsserver.Options {
	options := metricsserver.Options{BindAddress: o.MetricsAddress}
	if o.MetricsSecure {
		options.SecureServing = true
		options.CertDir = o.MetricsCertDir
		options.FilterProvider = metrics.OnlyReaders
		options.TLSOpts = []func(*tls.Config){func(c *tls.Config) { c.MinVersion = tls.VersionTLS12 }}
	}
	return options
}

// optionalKinds has a cache of its own: the manager's wants all its kinds to be there
// at the start.
func optionalKinds(kubernetes *rest.Config, m manager.Manager, namespaces []string) (*uimcluster.OptionalKinds, error) {
	objects, err := cache.New(kubernetes, cache.Options{
		Scheme:               m.GetScheme(),
		Mapper:               m.GetRESTMapper(),
		HTTPClient:           m.GetHTTPClient(),
		DefaultLabelSelector: ownObjects(),
		DefaultNamespaces:    onlyIn(namespaces),
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
func cacheOptions(namespaces []string, selector labels.Selector) cache.Options {
	own := cache.ByObject{Label: ownObjects()}
	return cache.Options{
		ReaderFailOnMissingInformer: true,
		DefaultNamespaces:           onlyIn(namespaces),
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
			&corev1.Pod{}:                   {Label: own.Label, Transform: withoutSpec},
			&v1alpha1.UIMCluster{}:          {Label: selector},
		},
	}
}

// onlyIn are the namespaces as a cache wants them; none means all of them.
func onlyIn(namespaces []string) map[string]cache.Config {
	if len(namespaces) == 0 {
		return nil
	}
	only := map[string]cache.Config{}
	for _, namespace := range namespaces {
		only[namespace] = cache.Config{}
	}
	return only
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

// withoutSpec keeps of a pod what tells why it does not run.
func withoutSpec(object any) (any, error) {
	if pod, ok := object.(*corev1.Pod); ok {
		pod.Spec = corev1.PodSpec{}
		pod.ManagedFields = nil
	}
	return object, nil
}

// identity tells this operator from others; it stays the same over restarts.
func (o Options) identity() string {
	namespace := o.LeaderElectionNamespace
	if namespace == "" {
		// Where Kubernetes tells a pod its namespace; outside of it there is none.
		text, err := os.ReadFile("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
		if err == nil {
			namespace = string(text)
		}
	}
	return cmp.Or(namespace, "-") + "/" + o.Name
}

package plugin

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/api/v1alpha1"
)

// fieldOwner is the name under which changes are made.
const fieldOwner = client.FieldOwner("kubectl-uim")

// session is how one run reaches Kubernetes, by its flags.
type session struct {
	rules     *clientcmd.ClientConfigLoadingRules
	overrides *clientcmd.ConfigOverrides
}

// kubernetesAPI is a session that has been opened.
type kubernetesAPI struct {
	client.Client

	config    *rest.Config
	typed     *kubernetes.Clientset
	namespace string
}

func (s *session) open() (*kubernetesAPI, error) {
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(s.rules, s.overrides)
	config, err := loader.ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("find Kubernetes (--kubeconfig and --context say which): %w", err)
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return nil, fmt.Errorf("find the namespace: %w", err)
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("build the scheme: %w", err)
		}
	}
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("reach Kubernetes: %w", err)
	}
	typed, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("reach Kubernetes: %w", err)
	}
	return &kubernetesAPI{Client: c, config: config, typed: typed, namespace: namespace}, nil
}

// openCluster opens the session and finds the UIMCluster that the arguments name, or
// the only one of the namespace.
func (s *session) openCluster(ctx context.Context, arguments []string) (*kubernetesAPI, *v1alpha1.UIMCluster, error) {
	k, err := s.open()
	if err != nil {
		return nil, nil, err
	}
	cluster, err := k.cluster(ctx, arguments)
	return k, cluster, err
}

func (k *kubernetesAPI) cluster(ctx context.Context, arguments []string) (*v1alpha1.UIMCluster, error) {
	if len(arguments) > 0 {
		cluster := &v1alpha1.UIMCluster{}
		if err := k.Get(ctx, client.ObjectKey{Namespace: k.namespace, Name: arguments[0]}, cluster); err != nil {
			return nil, k.explain(err, fmt.Sprintf("UIMCluster %q", arguments[0]))
		}
		return cluster, nil
	}
	all, err := k.clusters(ctx)
	if err != nil {
		return nil, err
	}
	switch len(all) {
	case 0:
		return nil, fmt.Errorf("there is no UIMCluster in namespace %q: name another one with -n", k.namespace)
	case 1:
		return &all[0], nil
	default:
		return nil, fmt.Errorf("there are %d UIMClusters in namespace %q: name one of %s", len(all), k.namespace, strings.Join(namesOf(all), ", "))
	}
}

func (k *kubernetesAPI) clusters(ctx context.Context) ([]v1alpha1.UIMCluster, error) {
	list := &v1alpha1.UIMClusterList{}
	if err := k.List(ctx, list, client.InNamespace(k.namespace)); err != nil {
		return nil, k.explain(err, "UIMClusters")
	}
	return list.Items, nil
}

// explain says in plain words why something cannot be had.
func (k *kubernetesAPI) explain(err error, what string) error {
	switch {
	case meta.IsNoMatchError(err):
		return errors.New("this Kubernetes knows no UIMCluster: install the operator first (docs/install.md)")
	case apierrors.IsNotFound(err):
		return fmt.Errorf("%s is not in namespace %q", what, k.namespace)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("you may not do that with %s in namespace %q: %w", what, k.namespace, err)
	default:
		return fmt.Errorf("%s: %w", what, err)
	}
}

// completeNames offers the UIMClusters of the namespace to the shell.
func (s *session) completeNames(cmd *cobra.Command, arguments []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(arguments) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	k, err := s.open()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	all, err := k.clusters(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return namesOf(all), cobra.ShellCompDirectiveNoFileComp
}

func namesOf(clusters []v1alpha1.UIMCluster) []string {
	var names []string
	for _, c := range clusters {
		names = append(names, c.Name)
	}
	return names
}

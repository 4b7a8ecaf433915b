package plugin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/api/v1alpha1"
)

// operatorContainer is the name of the operator's container, however it was installed.
const operatorContainer = "operator"

func newVersionCommand(s *session, version string) *cobra.Command {
	var namespace string
	var patience time.Duration
	command := &cobra.Command{
		Use:   "version",
		Short: "Print the versions of this plugin and of the operator",
		Long: "Print the versions of this plugin and of the operator, and whether Kubernetes knows UIMClusters.\n\n" +
			"With --wait it waits for the operator to work, and fails when the time is over.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			say(cmd.OutOrStdout(), "kubectl uim  %s", version)
			k, err := s.open()
			if err != nil {
				return err
			}
			if err := k.knowsClusters(); err != nil {
				return err
			}
			say(cmd.OutOrStdout(), "UIMCluster   %s", v1alpha1.GroupVersion())
			if patience > 0 {
				if err := k.awaitOperator(cmd.Context(), namespace, patience); err != nil {
					return err
				}
			}
			operators, err := k.operators(cmd.Context(), namespace)
			if err != nil {
				return err
			}
			if len(operators) == 0 {
				return fmt.Errorf("there is no operator in namespace %q: --operator-namespace names another", namespace)
			}
			for _, o := range operators {
				say(cmd.OutOrStdout(), "Operator     %s  (Deployment %s in %s, %d/%d available)",
					operatorImage(o), o.Name, o.Namespace, o.Status.AvailableReplicas, orOne(o.Spec.Replicas))
			}
			return nil
		},
	}
	command.Flags().StringVar(&namespace, "operator-namespace", "uim-system", "namespace of the operator")
	command.Flags().DurationVar(&patience, "wait", 0, "wait so long for the operator to work")
	return command
}

// knowsClusters fails unless Kubernetes serves UIMClusters.
func (k *kubernetesAPI) knowsClusters() error {
	_, err := k.RESTMapper().RESTMapping(v1alpha1.GroupVersion().WithKind(v1alpha1.Kind).GroupKind(), v1alpha1.GroupVersion().Version)
	if err != nil {
		return k.explain(err, "UIMCluster")
	}
	return nil
}

// operators are the Deployments of UIM that run an operator.
func (k *kubernetesAPI) operators(ctx context.Context, namespace string) ([]appsv1.Deployment, error) {
	list := &appsv1.DeploymentList{}
	if err := k.List(ctx, list, client.InNamespace(namespace), client.MatchingLabels{"app.kubernetes.io/part-of": "uim"}); err != nil {
		return nil, fmt.Errorf("find the operator in namespace %q: %w", namespace, err)
	}
	var found []appsv1.Deployment
	for _, d := range list.Items {
		if operatorImage(d) != "" {
			found = append(found, d)
		}
	}
	return found, nil
}

func operatorImage(d appsv1.Deployment) string {
	for _, c := range d.Spec.Template.Spec.Containers {
		if c.Name == operatorContainer {
			return c.Image
		}
	}
	return ""
}

// awaitOperator waits until an operator of the namespace is rolled out and available.
func (k *kubernetesAPI) awaitOperator(ctx context.Context, namespace string, patience time.Duration) error {
	waitsFor := []string{"an operator"}
	err := wait.PollUntilContextTimeout(ctx, lookEvery, patience, true, func(context.Context) (bool, error) {
		operators, err := k.operators(ctx, namespace)
		if err != nil || len(operators) == 0 {
			return false, err
		}
		waitsFor = nil
		for _, o := range operators {
			if s := o.Status; s.ObservedGeneration < o.Generation || s.AvailableReplicas == 0 || s.UpdatedReplicas < orOne(o.Spec.Replicas) {
				waitsFor = append(waitsFor, "Deployment "+o.Name)
			}
		}
		return len(waitsFor) == 0, nil
	})
	if wait.Interrupted(err) && ctx.Err() == nil {
		return fmt.Errorf("after %s still waiting for %s in namespace %q", patience, strings.Join(waitsFor, ", "), namespace)
	}
	return errors.Join(err, ctx.Err())
}

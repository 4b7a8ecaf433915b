package plugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"uim.dev/uim/controllers/resources"
)

// restartedAt is what kubectl rollout restart writes; the operator leaves it alone.
const restartedAt = "kubectl.kubernetes.io/restartedAt"

func newScaleCommand(s *session) *cobra.Command {
	replicas := int32(-1)
	command := &cobra.Command{
		Use:     "scale [NAME] --replicas=N",
		Short:   "Set the number of chat servers; 0 hibernates",
		Example: "  kubectl uim scale --replicas=4\n  kubectl uim scale acme -n chat --replicas=0",
		RunE: func(cmd *cobra.Command, arguments []string) error {
			if replicas < 0 {
				return errors.New("--replicas must be 0 or more")
			}
			k, cluster, err := s.openCluster(cmd.Context(), arguments)
			if err != nil {
				return err
			}
			if cluster.Spec.Chat.Autoscaling != nil {
				return fmt.Errorf("the number of chat servers of UIMCluster %q follows the load: change spec.chat.autoscaling instead", cluster.Name)
			}
			if err := k.patch(cmd, cluster, map[string]any{"chat": map[string]any{"replicas": replicas}}); err != nil {
				return err
			}
			say(cmd.OutOrStdout(), "UIMCluster %s is asked for %d chat servers", cluster.Name, replicas)
			return nil
		},
	}
	command.Flags().Int32Var(&replicas, "replicas", replicas, "how many chat servers there are to be")
	_ = command.MarkFlagRequired("replicas")
	return command
}

func newPauseCommand(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "pause [NAME]",
		Short: "Make the operator hold changes back; chat goes on",
		RunE: func(cmd *cobra.Command, arguments []string) error {
			return s.setPaused(cmd, arguments, true, "is paused: the operator changes nothing, and its condition Paused says what is pending")
		},
	}
}

func newResumeCommand(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "resume [NAME]",
		Short: "Let the operator make changes again",
		RunE: func(cmd *cobra.Command, arguments []string) error {
			return s.setPaused(cmd, arguments, false, "is looked after again")
		},
	}
}

func (s *session) setPaused(cmd *cobra.Command, arguments []string, paused bool, said string) error {
	k, cluster, err := s.openCluster(cmd.Context(), arguments)
	if err != nil {
		return err
	}
	if err := k.patch(cmd, cluster, map[string]any{"paused": paused}); err != nil {
		return err
	}
	say(cmd.OutOrStdout(), "UIMCluster %s %s", cluster.Name, said)
	return nil
}

func newRestartCommand(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "restart [NAME]",
		Short: "Replace the chat servers one by one",
		Long: "Replace the chat servers one by one, as a change of their settings would. Nothing is lost: each sends its people to the\n" +
			"others before it ends.",
		RunE: func(cmd *cobra.Command, arguments []string) error {
			k, cluster, err := s.openCluster(cmd.Context(), arguments)
			if err != nil {
				return err
			}
			deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{
				Namespace: cluster.Namespace, Name: resources.ChatName(resources.Cluster{Name: cluster.Name}),
			}}
			patch := map[string]any{"spec": map[string]any{"template": map[string]any{"metadata": map[string]any{
				"annotations": map[string]string{restartedAt: time.Now().UTC().Format(time.RFC3339)},
			}}}}
			if err := k.merge(cmd, deployment, patch); err != nil {
				return err
			}
			say(cmd.OutOrStdout(), "Chat servers are being replaced; see kubectl rollout status deployment/%s -n %s", deployment.Name, deployment.Namespace)
			return nil
		},
	}
}

// patch changes fields of a spec.
func (k *kubernetesAPI) patch(cmd *cobra.Command, object client.Object, spec map[string]any) error {
	return k.merge(cmd, object, map[string]any{"spec": spec})
}

func (k *kubernetesAPI) merge(cmd *cobra.Command, object client.Object, patch map[string]any) error {
	text, err := json.Marshal(patch)
	if err != nil {
		return fmt.Errorf("encode the change: %w", err)
	}
	if err := k.Patch(cmd.Context(), object, client.RawPatch(types.MergePatchType, text), fieldOwner); err != nil {
		return k.explain(err, k.describe(object))
	}
	return nil
}

// describe names an object as people do: Deployment "acme-chat".
func (k *kubernetesAPI) describe(object client.Object) string {
	kind := "object"
	if gvk, err := apiutil.GVKForObject(object, k.Scheme()); err == nil {
		kind = gvk.Kind
	}
	return fmt.Sprintf("%s %q", kind, object.GetName())
}

package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/apimachinery/pkg/util/wait"

	"uim.dev/uim/api/v1alpha1"
)

// lookEvery is how often a wait looks again.
const lookEvery = time.Second

func newStatusCommand(s *session) *cobra.Command {
	var patience time.Duration
	var conditionsOnly bool
	command := &cobra.Command{
		Use:   "status [NAME]",
		Short: "Show how a UIMCluster is: its conditions and its objects",
		Long: "Show how a UIMCluster is: its conditions and its objects.\n\n" +
			"With --wait it waits for Ready, and fails when the time is over.",
		Example: "  kubectl uim status\n  kubectl uim status acme -n chat --wait=5m",
		RunE: func(cmd *cobra.Command, arguments []string) error {
			k, cluster, err := s.openCluster(cmd.Context(), arguments)
			if err != nil {
				return err
			}
			var late error
			if patience > 0 {
				cluster, late = k.awaitReady(cmd.Context(), cluster, patience)
			}
			printCluster(cmd.OutOrStdout(), cluster, time.Now())
			if !conditionsOnly {
				objects, unseen := k.objectsOf(cmd.Context(), cluster)
				say(cmd.OutOrStdout(), "")
				printTree(cmd.OutOrStdout(), cluster, objects, time.Now())
				for _, what := range unseen {
					say(cmd.ErrOrStderr(), "Not shown: %v", what)
				}
			}
			return late
		},
	}
	command.Flags().DurationVar(&patience, "wait", 0, "wait so long for Ready")
	command.Flags().BoolVar(&conditionsOnly, "conditions-only", false, "show no objects; it needs the right to read the UIMCluster alone")
	return command
}

// awaitReady waits until the UIMCluster is Ready as its spec is now, and answers it as
// it last was, with an error if it is not.
func (k *kubernetesAPI) awaitReady(ctx context.Context, cluster *v1alpha1.UIMCluster, patience time.Duration) (*v1alpha1.UIMCluster, error) {
	last := cluster
	// A look that has begun may end after the time is over: it says more than none.
	err := wait.PollUntilContextTimeout(ctx, lookEvery, patience, true, func(context.Context) (bool, error) {
		now, err := k.cluster(ctx, []string{cluster.Name})
		if err != nil {
			return false, err
		}
		last = now
		return isReady(now), nil
	})
	if wait.Interrupted(err) && ctx.Err() == nil {
		return last, fmt.Errorf("UIMCluster %q was not Ready within %s", cluster.Name, patience)
	}
	return last, errors.Join(err, ctx.Err())
}

func isReady(cluster *v1alpha1.UIMCluster) bool {
	c := meta.FindStatusCondition(cluster.Status.Conditions, v1alpha1.ConditionReady)
	return c != nil && c.Status == metav1.ConditionTrue && c.ObservedGeneration == cluster.Generation
}

// printCluster prints what the operator says of a UIMCluster.
func printCluster(out io.Writer, cluster *v1alpha1.UIMCluster, now time.Time) {
	status := cluster.Status
	say(out, "UIMCluster %s in namespace %s", cluster.Name, cluster.Namespace)
	if status.Phase == "" {
		say(out, "No operator has looked at it yet: is one running? (kubectl uim version)")
		return
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, row := range [][2]string{
		{"Phase", string(status.Phase)},
		{"Chat servers", status.Replicas + " ready"},
		{"Version", status.Version + "  (" + status.Image + ")"},
		{"URL", status.URL},
	} {
		say(w, "  %s\t%s", row[0], row[1])
	}
	_ = w.Flush()
	if status.ObservedGeneration != cluster.Generation {
		say(out, "  The spec has changed since; the operator has not looked at it yet.")
	}
	say(out, "")
	w = tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	say(w, "CONDITION\tSTATUS\tSINCE\tREASON\tMESSAGE")
	for _, c := range status.Conditions {
		say(w, "%s\t%s\t%s\t%s\t%s", c.Type, c.Status, since(c.LastTransitionTime, now), c.Reason, strings.ReplaceAll(c.Message, "\n", " "))
	}
	_ = w.Flush()
}

func since(then metav1.Time, now time.Time) string {
	if then.IsZero() {
		return "-"
	}
	return duration.HumanDuration(now.Sub(then.Time))
}

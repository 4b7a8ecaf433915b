// Package plugin is kubectl uim: looking at UIMClusters and changing them by hand. It
// is a client of the Kubernetes API with the rights of whoever runs it, and knows
// nothing that the API does not tell.
package plugin

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"
)

// Binary is the name under which kubectl finds the plugin in the PATH.
const Binary = "kubectl-uim"

// NewCommand is the command kubectl uim of a binary of this version. It is found under
// two names: as the program kubectl-uim, and as uim kubectl.
func NewCommand(version string) *cobra.Command {
	s := &session{
		rules:     clientcmd.NewDefaultClientConfigLoadingRules(),
		overrides: &clientcmd.ConfigOverrides{},
	}
	root := &cobra.Command{
		Use:   "kubectl",
		Short: "Look at UIMClusters and change them (kubectl uim)",
		Long: "Look at UIMClusters and change them.\n\n" +
			"Linked into the PATH as " + Binary + " this is kubectl uim:\n\n  ln -s \"$(command -v uim)\" /usr/local/bin/" + Binary,
		SilenceUsage: true,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&s.rules.ExplicitPath, "kubeconfig", "", "the kubeconfig file to use")
	// Only these: a token or password in the arguments would be seen by all.
	names := clientcmd.RecommendedConfigOverrideFlags("")
	clientcmd.BindOverrideFlags(s.overrides, flags, clientcmd.ConfigOverrideFlags{
		AuthOverrideFlags: clientcmd.AuthOverrideFlags{
			Impersonate: names.AuthOverrideFlags.Impersonate, ImpersonateGroups: names.AuthOverrideFlags.ImpersonateGroups,
		},
		ContextOverrideFlags: clientcmd.ContextOverrideFlags{Namespace: names.ContextOverrideFlags.Namespace},
		CurrentContext:       names.CurrentContext,
		Timeout:              names.Timeout,
	})
	root.AddCommand(
		newStatusCommand(s), newLogsCommand(s), newPsqlCommand(s), newScaleCommand(s),
		newPauseCommand(s), newResumeCommand(s), newRestartCommand(s), newVersionCommand(s, version),
	)
	for _, command := range root.Commands() {
		if strings.Contains(command.Use, "[NAME]") {
			if command.Args == nil {
				command.Args = cobra.MaximumNArgs(1)
			}
			command.ValidArgsFunction = s.completeNames
		}
	}
	return root
}

// NewPluginCommand is the same as a program of its own.
func NewPluginCommand(version string) *cobra.Command {
	root := NewCommand(version)
	root.Use = Binary
	root.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl uim"}
	return root
}

func say(out io.Writer, format string, values ...any) {
	_, _ = fmt.Fprintf(out, format+"\n", values...)
}

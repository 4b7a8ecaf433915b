package plugin

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"uim.dev/uim/controllers/resources"
)

func newPsqlCommand(s *session) *cobra.Command {
	role := "chat"
	command := &cobra.Command{
		Use:   "psql [NAME] [-- ARGUMENTS]",
		Short: "Open psql on the managed Postgres",
		Long: "Open psql on the managed Postgres, inside its pod and over its socket: no password leaves Kubernetes.\n\n" +
			"As --role=chat you are who the chat servers are, and may read and write rows; as --role=owner you may change the schema.\n" +
			"It runs kubectl exec and needs the right to do so. What follows -- goes to psql.",
		Example: "  kubectl uim psql\n  kubectl uim psql acme -n chat -- -c 'select count(*) from messages'",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, arguments []string) error {
			names, more := arguments, []string(nil)
			if at := cmd.ArgsLenAtDash(); at >= 0 {
				names, more = arguments[:at], arguments[at:]
			}
			if len(names) > 1 {
				return errors.New("name one UIMCluster, and put psql's arguments after --")
			}
			user, err := resources.DatabaseRole(role)
			if err != nil {
				return err
			}
			k, cluster, err := s.openCluster(cmd.Context(), names)
			if err != nil {
				return err
			}
			if p := cluster.Spec.Postgres; p != nil && p.External != nil {
				return fmt.Errorf("the Postgres of UIMCluster %q is not the operator's: Secret %q says where it is and how to log in", cluster.Name, p.External.SecretName)
			}
			if p := cluster.Spec.Postgres; p != nil && p.CloudNativePG != nil {
				return fmt.Errorf("the Postgres of UIMCluster %q is CloudNativePG's: kubectl cnpg psql %s -n %s",
					cluster.Name, resources.PostgresName(resources.Cluster{Name: cluster.Name}), cluster.Namespace)
			}
			pod := resources.PostgresName(resources.Cluster{Name: cluster.Name}) + "-0"
			inside := append([]string{"psql", "--username=" + user, "--dbname=" + resources.DatabaseName}, more...)
			return s.exec(cmd, k.namespace, pod, inside)
		},
	}
	command.Flags().StringVar(&role, "role", role, "chat or owner")
	_ = command.RegisterFlagCompletionFunc("role", cobra.FixedCompletions([]string{"chat", "owner"}, cobra.ShellCompDirectiveNoFileComp))
	return command
}

// exec runs a command in a pod by kubectl, which knows terminals, proxies and
// credential helpers.
func (s *session) exec(cmd *cobra.Command, namespace, pod string, inside []string) error {
	kubectl, err := exec.LookPath("kubectl")
	if err != nil {
		return fmt.Errorf("this needs kubectl in the PATH: %w", err)
	}
	arguments := s.kubectlFlags(namespace)
	arguments = append(arguments, "exec", "--stdin", pod, "--container=postgres")
	if isTerminal(cmd.InOrStdin()) && isTerminal(cmd.OutOrStdout()) {
		arguments = append(arguments, "--tty")
	}
	arguments = append(append(arguments, "--"), inside...)
	child := exec.CommandContext(cmd.Context(), kubectl, arguments...) // what the user asked for, and no shell
	child.Stdin, child.Stdout, child.Stderr = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	// Interrupts are psql's, which cancels a query; kubectl ends when psql does.
	child.Cancel = func() error { return nil }
	err = child.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		return fmt.Errorf("psql in pod %s ended with %w", pod, err)
	}
	return err
}

// kubectlFlags hand the session's own flags on.
func (s *session) kubectlFlags(namespace string) []string {
	flags := []string{"--namespace=" + namespace}
	add := func(name, value string) {
		if value != "" {
			flags = append(flags, "--"+name+"="+value)
		}
	}
	add("kubeconfig", s.rules.ExplicitPath)
	add("context", s.overrides.CurrentContext)
	add("as", s.overrides.AuthInfo.Impersonate)
	for _, group := range s.overrides.AuthInfo.ImpersonateGroups {
		add("as-group", group)
	}
	return flags
}

// isTerminal says whether a person sits at a stream.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Command uim is the whole of UIM in one binary: the chat server, the operator
// and what goes with them.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"uim.dev/uim/controllers"
)

// version is set by the linker: -X main.version=1.2.3.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := newRootCommand().ExecuteContext(ctx); err != nil {
		stop()
		os.Exit(1)
	}
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:          "uim",
		Short:        "Self-run chat: servers, Postgres, Redis and an operator for Kubernetes",
		Version:      version,
		SilenceUsage: true,
	}
	root.AddCommand(controllers.NewCommand())
	return root
}

package bench

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"uim.dev/uim/chatserver/bench/bare"
)

// NewCommand returns `uim bench`.
func NewCommand() *cobra.Command {
	load := Load{Users: 2, OneWay: true}
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure: how long messages take, how many go through, what they cost",
		Long: "Without a subcommand: how long messages from one person take to another, on a running server.\n" +
			"`uim bench all` measures everything on private servers of its own.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runLoad(cmd, load) },
	}
	addLoadFlags(cmd, &load)
	cmd.AddCommand(newLoadCommand(), newAllCommand(), newBareServerCommand())
	return cmd
}

func addLoadFlags(cmd *cobra.Command, o *Load) {
	cmd.Flags().StringVar(&o.URL, "url", "http://localhost:8080", "the server")
	cmd.Flags().IntVar(&o.Messages, "messages", 2000, "how many messages")
	cmd.Flags().IntVar(&o.Rate, "rate", 100, "messages a second")
	cmd.Flags().IntVar(&o.Bytes, "bytes", 100, "size of a message")
}

func newLoadCommand() *cobra.Command {
	var o Load
	cmd := &cobra.Command{
		Use:   "load",
		Short: "Measure how long messages take while many people write at a steady rate",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return runLoad(cmd, o) },
	}
	addLoadFlags(cmd, &o)
	cmd.Flags().IntVar(&o.Users, "users", 100, "people, in pairs; they are registered, so mind the server's limits")
	return cmd
}

func runLoad(cmd *cobra.Command, o Load) error {
	if o.Messages < 1 || o.Rate < 1 || o.Bytes < 1 || o.Bytes > 10_000 {
		return errors.New("want --messages and --rate of at least 1 and --bytes of 1 to 10000")
	}
	report, err := o.Run(cmd.Context(), REST{o.URL})
	if err != nil {
		return err
	}
	report.Print(cmd.OutOrStdout())
	return nil
}

func newAllCommand() *cobra.Command {
	var o Suite
	cmd := &cobra.Command{
		Use:   "all",
		Short: "Measure everything, on private servers and beside a bare one",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := o.Run(cmd.Context(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			return report.publish(cmd.OutOrStdout(), o.Out)
		},
	}
	cmd.Flags().StringVar(&o.Out, "out", "", "folder for benchmarks.json and benchmarks.svg; none if empty")
	cmd.Flags().StringSliceVar(&o.Only, "only", nil, "scenarios, comma-separated; all if empty: "+fmt.Sprint(scenarioNames()))
	cmd.Flags().DurationVar(&o.Duration, "duration", 10*time.Second, "of each round of the pairs scenario")
	cmd.Flags().IntVar(&o.Rounds, "rounds", 3, "of the pairs scenario, this server and the bare one in turn")
	cmd.Flags().IntSliceVar(&o.InFlight, "in-flight", []int{1, 8}, "sends of one person at once in the pairs scenario")
	cmd.Flags().IntSliceVar(&o.GroupSizes, "group-sizes", []int{2, 10, 50, 200, 1000, 10_000}, "of the sizes scenario; each member needs two open files")
	cmd.Flags().IntVar(&o.Connections, "connections", 10_000, "of the idle scenario; each needs two open files")
	cmd.Flags().DurationVar(&o.Settle, "settle", 270*time.Second, "until idle connections are weighed; Go collects at least every 2 minutes")
	return cmd
}

func newBareServerCommand() *cobra.Command {
	var listen, url string
	cmd := &cobra.Command{
		Use: "bare-server", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return bare.Run(cmd.Context(), listen, url) },
	}
	cmd.Flags().StringVar(&listen, "listen", "", "address")
	cmd.Flags().StringVar(&url, "postgres", "", "URL of a database of its own")
	return cmd
}

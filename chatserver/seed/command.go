package seed

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
)

// NewCommand is the command uim seed.
func NewCommand() *cobra.Command {
	o := DefaultOptions()
	end := o.End.Format(time.RFC3339)
	command := &cobra.Command{
		Use:   "seed",
		Short: "Fill a database with people who talk, for demonstrations and measurements",
		Long: "Fill a database with people who talk, in English and Chinese, for demonstrations and measurements. The same flags always\n" +
			"give the same data. The database is given by UIM_POSTGRES_URL and PG… variables and has its schema (uim migrate up).\n" +
			"Everybody's password is " + Password + ": this is not for a server that others can reach.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if o.End, err = time.Parse(time.RFC3339, end); err != nil {
				return fmt.Errorf("--end: %w", err)
			}
			begun := time.Now()
			username, err := Run(cmd.Context(), os.Getenv("UIM_POSTGRES_URL"), o, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "Done in %s. Sign in as %s, password %s.\n", time.Since(begun).Round(100*time.Millisecond), username, Password)
			return err
		},
	}
	command.Flags().IntVar(&o.Users, "users", o.Users, "how many people")
	command.Flags().IntVar(&o.Conversations, "conversations", o.Conversations, "how many conversations they have; four of five are 1:1")
	command.Flags().IntVar(&o.Messages, "messages", o.Messages, "how many messages they wrote in a year")
	command.Flags().Uint64Var(&o.Seed, "seed", o.Seed, "another number gives other people with other talks")
	command.Flags().StringVar(&end, "end", end, "when the year ends")
	command.Flags().BoolVar(&o.Append, "append", o.Append, "add to the people who are there")
	return command
}

package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
)

// commandOptions are the flags of `uim conformance`.
type commandOptions struct {
	urls    []string
	pattern string
	list    bool
	json    bool
	atATime int
}

// NewCommand returns `uim conformance`.
func NewCommand() *cobra.Command {
	var o commandOptions
	cmd := &cobra.Command{
		Use:   "conformance --url URL [--url URL]",
		Short: "Check that a running server keeps the contract",
		Long: "Check that a running server, or several nodes of one cluster, keep the public contract. " +
			"It knows nothing but their addresses. It registers people and leaves them behind, so it is for servers of your own. " +
			"Where the server limits its speed it waits as long as it is told.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			checks, err := choose(o.pattern)
			if err != nil {
				return err
			}
			if o.list {
				for _, c := range checks {
					fmt.Fprintln(cmd.OutOrStdout(), c.Name)
				}
				return nil
			}
			return runCommand(cmd, o, checks)
		},
	}
	cmd.Flags().StringArrayVar(&o.urls, "url", []string{"http://localhost:8080"}, "address of a node; give several for nodes of one cluster")
	cmd.Flags().StringVar(&o.pattern, "run", "", "regular expression of the names of the checks to run")
	cmd.Flags().BoolVar(&o.list, "list", false, "only list the checks")
	cmd.Flags().BoolVar(&o.json, "json", false, "write one JSON object for each check")
	cmd.Flags().IntVar(&o.atATime, "parallel", 8, "checks at a time")
	return cmd
}

func choose(pattern string) ([]Check, error) {
	wanted, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	var chosen []Check
	for _, c := range Checks() {
		if wanted.MatchString(c.Name) {
			chosen = append(chosen, c)
		}
	}
	if len(chosen) == 0 {
		return nil, errors.New("no check has such a name; see --list")
	}
	return chosen, nil
}

func runCommand(cmd *cobra.Command, o commandOptions, checks []Check) error {
	e := NewEnv(o.urls...)
	defer e.Close()
	var once sync.Once
	e.Waited = func(pause time.Duration) {
		once.Do(func() {
			fmt.Fprintf(cmd.ErrOrStderr(), "The server limits how fast we may go; waiting (the first time %s). "+
				"With higher UIM_ANONYMOUS_REQUESTS_PER_MINUTE, UIM_LOGINS_PER_MINUTE and UIM_MESSAGES_PER_MINUTE it goes faster.\n", pause)
		})
	}
	out, begin := cmd.OutOrStdout(), time.Now()
	passed, failed := 0, 0
	Run(cmd.Context(), e, checks, o.atATime, func(r Result) {
		if r.OK() {
			passed++
		} else {
			failed++
		}
		show(out, r, o.json)
	})
	if !o.json {
		fmt.Fprintf(out, "%d passed, %d failed in %.1f s\n", passed, failed, time.Since(begin).Seconds())
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, len(checks))
	}
	return cmd.Context().Err()
}

func show(out io.Writer, r Result, asJSON bool) {
	if asJSON {
		_ = json.NewEncoder(out).Encode(r)
		return
	}
	word := "ok  "
	if !r.OK() {
		word = "FAIL"
	}
	fmt.Fprintf(out, "%s %5.1f s  %s\n", word, r.Took.Seconds(), r.Name)
	for _, f := range r.Failures {
		fmt.Fprintln(out, "             "+strings.ReplaceAll(f, "\n", "\n             "))
	}
}

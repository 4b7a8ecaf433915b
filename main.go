// Command uim is the whole of UIM in one binary: the chat server, the operator
// and what goes with them.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"uim.dev/uim/chatserver"
	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/bench"
	"uim.dev/uim/chatserver/conformance"
	"uim.dev/uim/chatserver/dev"
	"uim.dev/uim/chatserver/postgres"
	"uim.dev/uim/chatserver/seed"
	"uim.dev/uim/chatserver/telemetry"
	"uim.dev/uim/controllers"
	"uim.dev/uim/controllers/plugin"
	"uim.dev/uim/web"
)

// version is set by the linker: -X main.version=1.2.3.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := newCommand(os.Args[0]).ExecuteContext(ctx)
	stop()
	if err != nil {
		os.Exit(1)
	}
}

// newCommand is what the binary does under a name: linked as kubectl-uim it is a plugin
// of kubectl.
func newCommand(name string) *cobra.Command {
	if strings.TrimSuffix(filepath.Base(name), ".exe") == plugin.Binary {
		return plugin.NewPluginCommand(version)
	}
	return newRootCommand()
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:          "uim",
		Short:        "Self-run chat: servers, Postgres, Redis and an operator for Kubernetes",
		Version:      version,
		SilenceUsage: true,
	}
	root.AddCommand(
		newServerCommand(), controllers.NewCommand(version), newMigrateCommand(), newKeysCommand(), newLoginsCommand(), newDevCommand(), seed.NewCommand(),
		bench.NewCommand(), conformance.NewCommand(), plugin.NewCommand(version), newVersionCommand(),
	)
	return root
}

func build() chatserver.Build { return chatserver.Build{Version: version, WebClient: web.Dist()} }

func newServerCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "server",
		Short: "Run a chat node",
		Long:  "Run a chat node. It is configured by UIM_… and PG… environment variables; see docs/configuration.md.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := chatserver.LoadConfig()
			if err != nil {
				return err
			}
			out, err := config.LogOutput()
			if err != nil {
				return err
			}
			defer func() { _ = out.Close() }()
			log, err := telemetry.NewLogger(out, config.LogLevel, config.LogFormat)
			if err != nil {
				return err
			}
			if unknown := chatserver.UnknownSettings(); len(unknown) > 0 {
				log.Warn("These variables are no settings and do nothing; see docs/configuration.md", "variables", unknown)
			}
			if os.Getenv("GOGC") == "" {
				chatserver.TuneCollector()
			}
			chatserver.LimitMemory(log)
			server, err := chatserver.New(cmd.Context(), config, build(), log)
			if err != nil {
				return err
			}
			return server.Run(cmd.Context())
		},
	}
}

// migrateWait is how long migrations wait for a database that is still starting.
const migrateWait = 2 * time.Minute

func newMigrateCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database's schema to what this version needs",
		Long:  "Bring the database's schema to what this version needs. The database is given by UIM_POSTGRES_URL and PG… variables.",
	}
	add := func(use, short string, run func(*cobra.Command, *postgres.Migrator) error) {
		root.AddCommand(&cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := telemetry.NewLogger(os.Stderr, "info", "json")
			if err != nil {
				return err
			}
			m, err := postgres.NewMigrator(os.Getenv("UIM_POSTGRES_URL"), log)
			if err != nil {
				return err
			}
			defer func() { _ = m.Close() }()
			ctx, cancel := context.WithTimeout(cmd.Context(), migrateWait)
			defer cancel()
			if err := m.WaitForServer(ctx); err != nil {
				return err
			}
			return run(cmd, m)
		}})
	}
	add("up", "Apply every migration that is missing", func(c *cobra.Command, m *postgres.Migrator) error { return m.Up(c.Context()) })
	add("down", "Take the newest migration back", func(c *cobra.Command, m *postgres.Migrator) error { return m.Down(c.Context()) })
	add("check", "Fail unless the schema is what this version needs", func(c *cobra.Command, m *postgres.Migrator) error { return m.Check(c.Context()) })
	add("status", "List the migrations", printStatus)
	add("search", "Index all messages for searching, as the servers would do in the background, at once", indexSearch)
	return root
}

// indexSearch indexes in the language that the servers are set to.
func indexSearch(cmd *cobra.Command, m *postgres.Migrator) error {
	ctx := cmd.Context()
	if err := m.Check(ctx); err != nil {
		return err
	}
	config, err := chatserver.ReadConfig()
	if err != nil {
		return err
	}
	store, err := postgres.Open(ctx, postgres.Config{URL: config.PostgresURL, SearchLanguage: config.SearchLanguage})
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.CheckSearchLanguage(ctx); err != nil {
		return fmt.Errorf("UIM_SEARCH_LANGUAGE: %w", err)
	}
	err = store.IndexAll(ctx, func(messages int) { fmt.Fprintf(cmd.ErrOrStderr(), "\r%d messages indexed", messages) })
	fmt.Fprintln(cmd.ErrOrStderr())
	return err
}

func printStatus(cmd *cobra.Command, m *postgres.Migrator) error {
	states, err := m.Status(cmd.Context())
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "MIGRATION\tAPPLIED")
	for _, s := range states {
		applied := "pending"
		if !s.AppliedAt.IsZero() {
			applied = s.AppliedAt.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%s\t%s\n", s.Name, applied)
	}
	return w.Flush()
}

func newKeysCommand() *cobra.Command {
	root := &cobra.Command{Use: "keys", Short: "Look after the keys that sign access tokens"}
	var dir string
	var tokenTTL time.Duration
	rotate := &cobra.Command{
		Use:   "rotate",
		Short: "Add a new signing key, and remove those that no token needs any more",
		Long:  "Add a new signing key, and remove those that no token needs any more. Running servers take it up by themselves; see docs/keys.md.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			done, err := auth.RotateKeys(dir, tokenTTL, time.Now())
			if done.Added != "" {
				fmt.Fprintln(cmd.OutOrStdout(), "added", done.Added)
			}
			for _, id := range done.Removed {
				fmt.Fprintln(cmd.OutOrStdout(), "removed", id)
			}
			return err
		},
	}
	rotate.Flags().StringVar(&dir, "dir", os.Getenv("UIM_KEYS_DIR"), "the keys folder")
	rotate.Flags().DurationVar(&tokenTTL, "token-ttl", 15*time.Minute, "longest life of an access token: the greatest UIM_ACCESS_TOKEN_TTL in use")
	root.AddCommand(rotate)
	return root
}

func newDevCommand() *cobra.Command {
	var o dev.Options
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run everything on this machine: Postgres, Redis and a chat node",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := telemetry.NewLogger(os.Stderr, o.LogLevel, "text")
			if err != nil {
				return err
			}
			return dev.Run(cmd.Context(), o, build(), cmd.OutOrStdout(), log)
		},
	}
	cmd.Flags().StringVar(&o.DataDir, "data", ".uim", "folder for everything that lasts")
	cmd.Flags().StringVar(&o.Listen, "listen", "127.0.0.1:8080", "address to serve on; the demo password is public, so mind who can reach it")
	cmd.Flags().StringVar(&o.OpsListen, "ops-listen", "127.0.0.1:9090", "address for metrics")
	cmd.Flags().StringVar(&o.LogLevel, "log-level", "warn", "debug, info, warn or error")
	return cmd
}

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		Run:   func(cmd *cobra.Command, _ []string) { fmt.Fprintln(cmd.OutOrStdout(), version) },
	}
}

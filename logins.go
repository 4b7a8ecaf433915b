package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"uim.dev/uim/chatserver/postgres"
	"uim.dev/uim/chatserver/redis"
)

// loginsWait bounds one attempt; the Job that runs the command tries again.
const loginsWait = time.Minute

// newLoginsCommand is what the operator's Jobs run when passwords change: they give
// a running server the passwords that its Secret, mounted as a folder, holds.
func newLoginsCommand() *cobra.Command {
	root := &cobra.Command{
		Use:    "logins",
		Short:  "Give a running Postgres or Redis the passwords that its Secret holds",
		Hidden: true,
	}
	var dir, version string
	root.PersistentFlags().StringVar(&dir, "dir", "", "folder with a file for each key of the Secret")
	root.PersistentFlags().StringVar(&version, "version", "", "what the file logins must hold")
	for name, set := range map[string]func(context.Context, map[string]string) error{
		"postgres": func(ctx context.Context, secret map[string]string) error { return setPostgresLogins(ctx, dir, secret) },
		"redis":    func(ctx context.Context, secret map[string]string) error { return setRedisLogins(ctx, dir, secret) },
	} {
		root.AddCommand(&cobra.Command{Use: name, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), loginsWait)
			defer cancel()
			secret, err := readSecret(dir)
			if err != nil {
				return err
			}
			if seen := secret["logins"]; seen != version {
				return fmt.Errorf("the Secret is at %q here, not yet at %q; try again", seen, version)
			}
			return set(ctx, secret)
		}})
	}
	return root
}

// readSecret reads a mounted Secret by key.
func readSecret(dir string) (map[string]string, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("reading the Secret: %w", err)
	}
	secret := map[string]string{}
	for _, file := range files {
		if strings.HasPrefix(file.Name(), ".") { // where Kubernetes keeps the files themselves
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading the Secret: %w", err)
		}
		secret[file.Name()] = string(text)
	}
	return secret, nil
}

func setPostgresLogins(ctx context.Context, dir string, secret map[string]string) error {
	l, err := postgresLogins(secret)
	if err != nil {
		return err
	}
	settings := fmt.Sprintf("host='%s' port='%s' dbname='%s' sslmode=verify-full sslrootcert='%s'",
		secret["host"], secret["port"], secret["dbname"], filepath.Join(dir, "ca.crt"))
	return postgres.SetLogins(ctx, settings, l)
}

// postgresLogins are what the Secret of a managed Postgres asks for.
func postgresLogins(secret map[string]string) (postgres.Logins, error) {
	owner, rights := secret["owner-user"], "uim_chat"
	l := postgres.Logins{
		Superuser: postgres.Login{Role: "postgres", Passwords: given(secret, "superuser-password", "previous-superuser-password")},
		Owner:     owner,
		Rights:    rights,
		Roles:     map[string]string{owner: secret["owner-password"], secret["user"]: secret["password"]},
	}
	if other := secret["other-user"]; other != "" {
		l.Roles[other] = secret["other-password"]
	}
	for _, role := range []string{rights, rights + "_2"} {
		if l.Roles[role] == "" {
			l.Closed = append(l.Closed, role)
		}
	}
	for _, key := range []string{"superuser-password", "owner-user", "owner-password", "user", "password"} {
		if secret[key] == "" {
			return l, fmt.Errorf("the Secret lacks %s", key)
		}
	}
	return l, nil
}

func setRedisLogins(ctx context.Context, dir string, secret map[string]string) error {
	l, err := redisLogins(secret)
	if err != nil {
		return err
	}
	return redis.SetLogins(ctx, redis.Config{Addr: secret["addr"], TLS: true, CAFile: filepath.Join(dir, "ca.crt")}, l)
}

// redisLogins are what the Secret of a managed Redis asks for.
func redisLogins(secret map[string]string) (redis.Logins, error) {
	l := redis.Logins{
		Admin:          "uim-logins",
		AdminPasswords: given(secret, "admin-password", "previous-admin-password"),
		User:           secret["username"],
		UserPasswords:  given(secret, "password", "other-password"),
	}
	for _, key := range []string{"admin-password", "username", "password"} {
		if secret[key] == "" {
			return l, fmt.Errorf("the Secret lacks %s", key)
		}
	}
	return l, nil
}

// given are the values of those keys that the Secret has, in this order.
func given(secret map[string]string, keys ...string) []string {
	var all []string
	for _, key := range keys {
		if secret[key] != "" {
			all = append(all, secret[key])
		}
	}
	return all
}

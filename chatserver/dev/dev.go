// Package dev is `uim dev`: the whole of UIM on a laptop, with private Postgres
// and Redis servers as child processes and their data in one folder.
package dev

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"uim.dev/uim/chatserver"
	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/dev/servers"
	"uim.dev/uim/chatserver/postgres"
)

const database = "uim"

// Options say where and how.
type Options struct {
	DataDir   string // everything that lasts
	Listen    string // public address
	OpsListen string
	LogLevel  string
}

// Run starts the servers and a chat node on them, prints how to reach it to out,
// and serves until ctx ends. Then it stops what it started.
func Run(ctx context.Context, o Options, build chatserver.Build, out io.Writer, log *slog.Logger) (err error) {
	data, err := filepath.Abs(o.DataDir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(data, 0o755); err != nil {
		return err
	}
	unlock, err := lock(filepath.Join(data, "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	for _, address := range []string{o.Listen, o.OpsListen} {
		if err := checkFree(ctx, address); err != nil {
			return err
		}
	}

	host, err := servers.NewHost(data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, host.Close()) }()
	pg, err := host.StartPostgres(ctx, data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pg.Stop()) }()
	redis, err := host.StartRedis(ctx, data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, redis.Stop()) }()
	if err := host.CreateDatabase(ctx, database); err != nil {
		return err
	}

	config, err := nodeConfig(o, data, host)
	if err != nil {
		return err
	}
	if err := migrate(ctx, config.PostgresURL, log); err != nil {
		return errors.Join(err, pg.Tail())
	}
	server, err := chatserver.New(ctx, config, build, log)
	if err != nil {
		return err
	}
	serving := make(chan error, 1)
	go func() { serving <- server.Run(ctx) }()
	if err := introduce(ctx, config.PublicURL, out); err != nil {
		log.Error("Making the demo accounts failed", "error", err)
	}
	return <-serving
}

// nodeConfig returns the configuration of a node on the private servers. Limits
// and the like may be set by the environment, as for any node.
func nodeConfig(o Options, data string, host *servers.Host) (chatserver.Config, error) {
	config, err := chatserver.ReadConfig()
	if err != nil {
		return config, err
	}
	config.KeysDir = filepath.Join(data, "keys")
	if err := auth.CreateKeys(config.KeysDir, time.Now()); err != nil {
		return config, fmt.Errorf("making keys: %w", err)
	}
	config.Listen, config.OpsListen = o.Listen, o.OpsListen
	config.PublicURL = publicURL(o.Listen)
	config.PostgresURL = host.PostgresURL(database)
	config.RedisAddr, config.RedisUsername, config.RedisPassword = host.RedisAddr(), "", ""
	config.RedisTLS, config.RedisCAFile = false, ""
	config.NodeName, config.DrainSeconds = "dev", 0
	return config, config.Validate()
}

func migrate(ctx context.Context, url string, log *slog.Logger) error {
	m, err := postgres.NewMigrator(url, log)
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	return m.Up(ctx)
}

// checkFree tells of a taken address before anything is started.
func checkFree(ctx context.Context, address string) error {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("%w; choose another with --listen and --ops-listen", err)
	}
	return l.Close()
}

// lock keeps a second `uim dev` away from the same folder.
func lock(path string) (func(), error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("another `uim dev` uses %s", filepath.Dir(path))
	}
	return func() { _ = f.Close() }, nil
}

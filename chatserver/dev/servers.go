package dev

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/jackc/pgx/v5"

	"uim.dev/uim/chatserver/redis"
)

const (
	postgresPrograms = "/usr/lib/postgresql/*/bin"
	redisSocket      = "redis.sock"
	database         = "uim"
)

// startPostgres runs a private Postgres, reachable by a Unix socket alone, with
// an empty database if it is new.
func startPostgres(ctx context.Context, as *account, data, sockets string) (*process, error) {
	postgres, err := find(postgresPrograms, "postgres")
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(data, "postgres")
	if _, err := os.Stat(filepath.Join(dir, "PG_VERSION")); err != nil {
		if err := initPostgres(ctx, as, dir); err != nil {
			return nil, err
		}
	} else if err := as.folder(dir); err != nil {
		return nil, err
	}
	p, err := start(as, "Postgres", filepath.Join(data, "postgres.log"), syscall.SIGINT, postgres, "-D", dir,
		"-c", "listen_addresses=", "-c", "unix_socket_directories="+sockets, "-c", "jit=off", "-c", "max_connections=100")
	if err != nil {
		return nil, err
	}
	err = p.await(ctx, func(ctx context.Context) error { return createDatabase(ctx, sockets) })
	if err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

// initPostgres makes the data folder under another name first: one that a crash
// left half made is never taken for a whole one.
func initPostgres(ctx context.Context, as *account, dir string) error {
	initdb, err := find(postgresPrograms, "initdb")
	if err != nil {
		return err
	}
	fresh := dir + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := as.folder(fresh); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, initdb, "-D", fresh, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
	attr := *as.attr
	cmd.SysProcAttr, cmd.Dir = &attr, "/"
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("making a Postgres data folder: %w\n%s", err, text)
	}
	return os.Rename(fresh, dir)
}

func createDatabase(ctx context.Context, sockets string) error {
	conn, err := pgx.Connect(ctx, "postgres:///postgres?user=postgres&host="+sockets)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", database).Scan(&there); err != nil || there {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{database}.Sanitize())
	return err
}

// startRedis runs a private Redis (or Valkey), reachable by a Unix socket alone.
func startRedis(as *account, data, sockets string) (*process, error) {
	program, err := find("", "redis-server", "valkey-server")
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(data, "redis")
	if err := as.folder(dir); err != nil {
		return nil, err
	}
	socket := filepath.Join(sockets, redisSocket)
	p, err := start(as, "Redis", filepath.Join(data, "redis.log"), syscall.SIGTERM, program,
		"--port", "0", "--unixsocket", socket, "--unixsocketperm", "700", "--dir", dir, "--save", "", "--appendonly", "yes")
	if err != nil {
		return nil, err
	}
	client, err := redis.Open(redis.Config{Addr: socket})
	if err != nil {
		return nil, errors.Join(err, p.stop())
	}
	defer func() { _ = client.Close() }()
	if err := p.await(context.Background(), func(ctx context.Context) error { return redis.Ping(ctx, client) }); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

package servers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"
)

const postgresPrograms = "/usr/lib/postgresql/*/bin"

// StartPostgres runs a private Postgres, reachable by a Unix socket, and by
// TCP if the host has a port for it, with its data and log in a folder; settings
// are further name=value pairs.
func (h *Host) StartPostgres(ctx context.Context, data string, settings ...string) (*Process, error) {
	postgres, err := find(postgresPrograms, "postgres")
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(data, "postgres")
	if _, err := os.Stat(filepath.Join(dir, "PG_VERSION")); err != nil {
		if err := h.initPostgres(ctx, dir); err != nil {
			return nil, err
		}
	} else if err := h.folder(dir); err != nil {
		return nil, err
	}
	args := []string{"-D", dir}
	for _, s := range append([]string{"listen_addresses=" + h.postgresAddress(), "port=" + strconv.Itoa(h.postgresPort()), "unix_socket_directories=" + h.sockets, "jit=off"}, settings...) {
		args = append(args, "-c", s)
	}
	p, err := h.start("Postgres", filepath.Join(data, "postgres.log"), syscall.SIGINT, postgres, args...)
	if err != nil {
		return nil, err
	}
	err = p.Await(ctx, func(ctx context.Context) error { return h.pingPostgres(ctx) })
	if err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// PostgresURL is the address of a database of the private Postgres, for its superuser.
func (h *Host) PostgresURL(database string) string {
	return "postgres:///" + database + "?user=postgres&host=" + h.sockets + "&port=" + strconv.Itoa(h.postgresPort())
}

// postgresAddress is where Postgres listens for TCP; nowhere without a port.
func (h *Host) postgresAddress() string {
	if h.PostgresPort == 0 {
		return ""
	}
	return "127.0.0.1"
}

// postgresPort also names the Unix socket.
func (h *Host) postgresPort() int {
	if h.PostgresPort == 0 {
		return 5432
	}
	return h.PostgresPort
}

// initPostgres makes the data folder under another name first: one that a crash
// left half made is never taken for a whole one.
func (h *Host) initPostgres(ctx context.Context, dir string) error {
	initdb, err := find(postgresPrograms, "initdb")
	if err != nil {
		return err
	}
	fresh := dir + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := h.folder(fresh); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, initdb, "-D", fresh, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
	attr := *h.attr
	cmd.SysProcAttr, cmd.Dir = &attr, "/"
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("making a Postgres data folder: %w\n%s", err, text)
	}
	return os.Rename(fresh, dir)
}

func (h *Host) pingPostgres(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, h.PostgresURL("postgres"))
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// CreateDatabase makes a database of the private Postgres if it is not there.
func (h *Host) CreateDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, h.PostgresURL("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&there); err != nil || there {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	return err
}

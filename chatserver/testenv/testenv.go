// Package testenv gives tests real servers: one private Postgres and one
// private Redis for each test binary, a migrated database of its own for each test.
package testenv

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"uim.dev/uim/chatserver/dev/servers"
	"uim.dev/uim/chatserver/postgres"
)

// Main runs a package's tests and then stops the servers they started:
//
//	func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }
func Main(m *testing.M) int {
	code := m.Run()
	if err := env.close(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping the test servers:", err)
		return max(code, 1)
	}
	return code
}

const template = "uim_template"

// environment is the servers of this test binary, started when first asked for.
type environment struct {
	mu        sync.Mutex
	data      string
	host      *servers.Host
	pg, redis *servers.Process
	databases atomic.Int64
}

var env environment

// Database returns the URL of a fresh database with the current schema.
func Database(t testing.TB) string {
	t.Helper()
	if err := env.startPostgres(); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test_%d", env.databases.Add(1))
	execute(t, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, template))
	t.Cleanup(func() { execute(t, fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", name)) })
	return env.host.PostgresURL(name)
}

// EmptyDatabase returns the URL of a fresh database without a schema.
func EmptyDatabase(t testing.TB) string {
	t.Helper()
	if err := env.startPostgres(); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test_%d", env.databases.Add(1))
	execute(t, "CREATE DATABASE "+name)
	t.Cleanup(func() { execute(t, fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", name)) })
	return env.host.PostgresURL(name)
}

// Redis returns the address of a Redis that the tests of this binary share.
func Redis(t testing.TB) string {
	t.Helper()
	if err := env.startRedis(); err != nil {
		t.Fatal(err)
	}
	return env.host.RedisAddr()
}

// Log returns a logger for a test: silent, unless it runs verbosely.
func Log(t testing.TB) *slog.Logger {
	t.Helper()
	if testing.Verbose() {
		return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return slog.New(slog.DiscardHandler)
}

func execute(t testing.TB, sql string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), env.host.PostgresURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(context.Background(), sql); err != nil {
		t.Fatal(err)
	}
}

func (e *environment) prepare() (err error) {
	if e.host != nil {
		return nil
	}
	if e.data, err = os.MkdirTemp("", "uim-test-"); err != nil {
		return err
	}
	if err := os.Chmod(e.data, 0o755); err != nil { // the servers' user passes through
		return err
	}
	e.host, err = servers.NewHost(e.data)
	return err
}

func (e *environment) startPostgres() (err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.pg != nil {
		return nil
	}
	if err := e.prepare(); err != nil {
		return err
	}
	ctx := context.Background()
	// Without fsync, since no test here cuts the power.
	if e.pg, err = e.host.StartPostgres(ctx, e.data, "fsync=off", "max_connections=200"); err != nil {
		return err
	}
	if err := e.host.CreateDatabase(ctx, template); err != nil {
		return err
	}
	m, err := postgres.NewMigrator(e.host.PostgresURL(template), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	return m.Up(ctx)
}

func (e *environment) startRedis() (err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.redis != nil {
		return nil
	}
	if err := e.prepare(); err != nil {
		return err
	}
	e.redis, err = e.host.StartRedis(context.Background(), e.data)
	return err
}

func (e *environment) close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var failed error
	for _, p := range []*servers.Process{e.pg, e.redis} {
		if p != nil {
			if err := p.Stop(); err != nil {
				failed = err
			}
		}
	}
	if e.host != nil {
		_ = e.host.Close()
		_ = os.RemoveAll(e.data)
	}
	return failed
}

package testenv

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"uim.dev/uim/chatserver/dev/servers"
	"uim.dev/uim/chatserver/postgres"
)

// Private is a server for one test alone, which may do to it what happens to servers.
type Private struct {
	t       testing.TB
	begin   func() (*servers.Process, error)
	process *servers.Process // nil while stopped
}

// Start starts the server again, with the data it had.
func (p *Private) Start() {
	p.t.Helper()
	process, err := p.begin()
	if err != nil {
		p.t.Fatal(err)
	}
	p.process = process
}

// Stop stops the server, if it runs.
func (p *Private) Stop() {
	p.t.Helper()
	if p.process == nil {
		return
	}
	if err := p.process.Stop(); err != nil {
		p.t.Error(err)
	}
	p.process = nil
}

// Pause makes the server hang with its connections open, as a machine does that
// is out of reach.
func (p *Private) Pause() { p.t.Helper(); p.signal(syscall.SIGSTOP) }

// Resume ends a pause.
func (p *Private) Resume() { p.t.Helper(); p.signal(syscall.SIGCONT) }

// signal reaches the server and, for a Postgres, the processes of its connections.
func (p *Private) signal(s syscall.Signal) {
	p.t.Helper()
	pid := p.process.PID()
	if err := syscall.Kill(pid, s); err != nil {
		p.t.Fatal(err)
	}
	task := "/proc/" + strconv.Itoa(pid) + "/task/" + strconv.Itoa(pid) + "/children"
	text, err := os.ReadFile(task)
	if err != nil {
		p.t.Fatal(err)
	}
	for child := range strings.FieldsSeq(string(text)) {
		n, err := strconv.Atoi(child)
		if err == nil {
			err = syscall.Kill(n, s)
		}
		if err != nil && !errors.Is(err, syscall.ESRCH) {
			p.t.Fatal(err)
		}
	}
}

// PrivateRedis starts a Redis for one test alone, which may stop and start it.
func PrivateRedis(t testing.TB) (addr string, stop, start func()) {
	t.Helper()
	addr, server := PrivateRedisServer(t)
	return addr, server.Stop, server.Start
}

// PrivateRedisServer starts a Redis for one test alone, which may also pause it.
func PrivateRedisServer(t testing.TB) (addr string, server *Private) {
	t.Helper()
	host, data := privateHost(t)
	server = &Private{t: t, begin: func() (*servers.Process, error) { return host.StartRedis(context.Background(), data) }}
	server.run()
	return host.RedisAddr(), server
}

// PrivatePostgres starts a Postgres for one test alone, with the current schema
// in its database.
func PrivatePostgres(t testing.TB) (url string, server *Private) {
	t.Helper()
	host, data := privateHost(t)
	server = &Private{t: t, begin: func() (*servers.Process, error) {
		return host.StartPostgres(context.Background(), data, "fsync=off", "shared_buffers=16MB")
	}}
	server.run()
	if err := host.CreateDatabase(context.Background(), template); err != nil {
		t.Fatal(err)
	}
	url = host.PostgresURL(template)
	m, err := postgres.NewMigrator(url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	if err := m.Up(context.Background()); err != nil {
		t.Fatal(err)
	}
	return url, server
}

// run starts the server for as long as the test lasts.
func (p *Private) run() {
	p.t.Helper()
	p.Start()
	p.t.Cleanup(func() {
		if p.process != nil {
			p.Resume()
			p.Stop()
		}
	})
}

// privateHost returns where a private server can run.
func privateHost(t testing.TB) (host *servers.Host, data string) {
	t.Helper()
	data, err := os.MkdirTemp("", "uim-test-")
	if err == nil {
		err = os.Chmod(data, 0o755) // the server's user passes through
	}
	if err != nil {
		t.Fatal(err)
	}
	if host, err = servers.NewHost(data); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = host.Close()
		_ = os.RemoveAll(data)
	})
	return host, data
}

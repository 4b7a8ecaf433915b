// Package faults runs a whole chat system as child processes, breaks it again
// and again under load, and has package history check what came of it.
package faults

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	goredis "github.com/redis/go-redis/v9"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/dev/servers"
	"uim.dev/uim/chatserver/postgres"
)

// Rig is a chat system: a Postgres that writes to disk as in production, a
// Redis, and some nodes, with a proxy on every link. One goroutine breaks it at
// a time; the clients' addresses never change.
type Rig struct {
	program string
	dir     string
	keys    string
	host    *servers.Host
	pg      *servers.Process
	redis   *servers.Process
	network *network
	nodes   []*node

	// Past the proxies, for looking and for flushing.
	database *pgxpool.Pool
	cache    *goredis.Client
}

// NewRig starts a system of nodes that run `program server`. Close it even when
// a fault has failed.
func NewRig(ctx context.Context, program string, nodes int) (*Rig, error) {
	dir, err := os.MkdirTemp("", "uim-history-")
	if err != nil {
		return nil, err
	}
	r := &Rig{program: program, dir: dir, keys: filepath.Join(dir, "keys"), network: newNetwork()}
	if err := r.start(ctx, nodes); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Rig) start(ctx context.Context, nodes int) (err error) {
	if err := os.Chmod(r.dir, 0o755); err != nil { // the databases' user passes through
		return err
	}
	if r.host, err = servers.NewHost(r.dir); err != nil {
		return err
	}
	if r.host.PostgresPort, err = servers.FreePort(ctx); err != nil {
		return err
	}
	if r.host.RedisPort, err = servers.FreePort(ctx); err != nil {
		return err
	}
	if err := r.startPostgres(ctx); err != nil {
		return err
	}
	if err := r.startRedis(ctx); err != nil {
		return err
	}
	if err := r.migrate(ctx); err != nil {
		return err
	}
	if r.database, err = pgxpool.New(ctx, r.host.PostgresURL("uim")); err != nil {
		return err
	}
	r.cache = goredis.NewClient(&goredis.Options{Network: "unix", Addr: r.host.RedisAddr()})
	if err := auth.CreateKeys(r.keys, time.Now()); err != nil {
		return err
	}
	for i := range nodes {
		n, err := r.newNode(ctx, i)
		if err != nil {
			return err
		}
		r.nodes = append(r.nodes, n)
		if err := n.start(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rig) migrate(ctx context.Context) error {
	if err := r.host.CreateDatabase(ctx, "uim"); err != nil {
		return err
	}
	m, err := postgres.NewMigrator(r.host.PostgresURL("uim"), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	return m.Up(ctx)
}

// Close ends everything and removes it.
func (r *Rig) Close() error {
	for _, n := range r.nodes {
		n.kill()
	}
	r.network.close()
	if r.database != nil {
		r.database.Close()
	}
	if r.cache != nil {
		_ = r.cache.Close()
	}
	var err error
	for _, p := range []*servers.Process{r.redis, r.pg} {
		if p != nil {
			resume(p)
			err = errors.Join(err, p.Stop())
		}
	}
	if r.host != nil {
		err = errors.Join(err, r.host.Close())
	}
	return errors.Join(err, os.RemoveAll(r.dir))
}

// URLs are where clients reach the nodes.
func (r *Rig) URLs() []string {
	var urls []string
	for _, n := range r.nodes {
		urls = append(urls, "http://"+n.public.address())
	}
	return urls
}

// Logs returns the ends of the nodes' logs, for people.
func (r *Rig) Logs() error {
	var all error
	for _, n := range r.nodes {
		if n.process != nil {
			all = errors.Join(all, n.process.Tail())
		}
	}
	return all
}

// startPostgres starts Postgres on the data it has. After a kill the processes
// it left behind need a moment to go.
func (r *Rig) startPostgres(ctx context.Context) error {
	return retry(ctx, func() (err error) {
		r.pg, err = r.host.StartPostgres(ctx, r.dir, "fsync=on", "synchronous_commit=on", "max_connections=100")
		return err
	})
}

func (r *Rig) startRedis(ctx context.Context) error {
	return retry(ctx, func() (err error) {
		r.redis, err = r.host.StartRedis(ctx, r.dir)
		return err
	})
}

// end sends a process a signal and waits until it has ended.
func end(ctx context.Context, p *servers.Process, signal syscall.Signal) error {
	if err := p.Signal(signal); err != nil {
		return err
	}
	select {
	case <-p.Exited():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// repairTime bounds how long a part of the system may take to come back.
const repairTime = 40 * time.Second

// retry tries again until it works or the repair time is over.
func retry(ctx context.Context, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, repairTime)
	defer cancel()
	for {
		err := try()
		if err == nil {
			return nil
		}
		if wait(ctx, 100*time.Millisecond) != nil {
			return err
		}
	}
}

// wait lets a time pass in which something is broken, or whole.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func local(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/dev/servers"
	"uim.dev/uim/chatserver/postgres"
)

// Databases of the stand's Postgres.
const (
	uimDatabase  = "uim"
	bareDatabase = "bare"
)

// stand is a private Postgres (fsync on), a private Redis, and the servers
// under test as processes of their own, so that their costs can be told apart.
// What it starts ends with close.
type stand struct {
	dir      string
	host     *servers.Host
	postgres process
	closers  []func() error
	program  string // this binary
}

// child is a running server under test.
type child struct {
	url     string
	process process
	stop    func() error
}

func newStand(ctx context.Context) (s *stand, err error) {
	s = &stand{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.program, err = os.Executable(); err != nil {
		return s, err
	}
	if s.dir, err = os.MkdirTemp("", "uim-bench-"); err != nil {
		return s, err
	}
	s.closers = append(s.closers, func() error { return os.RemoveAll(s.dir) })
	if err = os.Chmod(s.dir, 0o755); err != nil { // the servers' user passes through
		return s, err
	}
	if s.host, err = servers.NewHost(s.dir); err != nil {
		return s, err
	}
	s.closers = append(s.closers, s.host.Close)
	pg, err := s.host.StartPostgres(ctx, s.dir)
	if err != nil {
		return s, err
	}
	s.postgres = process(pg.PID())
	s.closers = append(s.closers, pg.Stop)
	redis, err := s.host.StartRedis(ctx, s.dir)
	if err != nil {
		return s, err
	}
	s.closers = append(s.closers, redis.Stop)
	for _, name := range []string{uimDatabase, bareDatabase} {
		if err = s.host.CreateDatabase(ctx, name); err != nil {
			return s, err
		}
	}
	m, err := postgres.NewMigrator(s.host.PostgresURL(uimDatabase), slog.New(slog.DiscardHandler))
	if err != nil {
		return s, err
	}
	defer func() { _ = m.Close() }()
	if err = m.Up(ctx); err != nil {
		return s, err
	}
	return s, auth.CreateKeys(s.keys(), time.Now())
}

func (s *stand) keys() string { return filepath.Join(s.dir, "keys") }

// close ends everything, the last begun first.
func (s *stand) close() error {
	var failed error
	for _, closer := range slices.Backward(s.closers) {
		failed = errors.Join(failed, closer())
	}
	s.closers = nil
	return failed
}

// uim starts a chat node with the default settings but for the rates, which
// the limiter watches all the same.
func (s *stand) uim(ctx context.Context) (*child, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	ops, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	return s.start(ctx, address, "/readyz", []string{"server"},
		"UIM_LISTEN="+address, "UIM_OPS_LISTEN="+ops, "UIM_PUBLIC_URL=http://"+address, "UIM_KEYS_DIR="+s.keys(),
		"UIM_POSTGRES_URL="+s.host.PostgresURL(uimDatabase), "UIM_REDIS_ADDR="+s.host.RedisAddr(), "UIM_DRAIN_SECONDS=0",
		"UIM_MESSAGES_PER_MINUTE=1000000", "UIM_MESSAGES_PER_HOUR=1000000",
		"UIM_LOGINS_PER_MINUTE=1000000", "UIM_ANONYMOUS_REQUESTS_PER_MINUTE=1000000", "UIM_ANONYMOUS_SOCKETS_PER_IP=100000")
}

// bare starts the yardstick.
func (s *stand) bare(ctx context.Context) (*child, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	return s.start(ctx, address, "/", []string{"bench", "bare-server", "--listen", address, "--postgres", s.host.PostgresURL(bareDatabase)})
}

// start runs this program again and waits until it serves.
func (s *stand) start(ctx context.Context, address, path string, args []string, env ...string) (*child, error) {
	log, err := os.Create(filepath.Join(s.dir, args[len(args)-1][:4]+"-"+uuid.NewString()+".log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(s.program, args...) //nolint:gosec,noctx // ourselves; stopped in order
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), env...), log, log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{url: "http://" + address, process: process(cmd.Process.Pid)}
	stopped := false
	c.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		_ = cmd.Process.Signal(syscall.SIGTERM)
		return cmd.Wait()
	}
	s.closers = append(s.closers, c.stop)
	if err := awaitURL(ctx, c.url+path); err != nil {
		text, _ := os.ReadFile(log.Name())
		return nil, fmt.Errorf("%s did not get ready: %w\n%s", args[0], err, text)
	}
	return c, nil
}

// awaitURL waits until a server answers, and, if it is to say that it is ready, does.
func awaitURL(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
			if response.StatusCode != http.StatusServiceUnavailable {
				return nil
			}
		}
		if err := wait(ctx, 50*time.Millisecond, nil); err != nil {
			return err
		}
	}
}

func freeAddress(ctx context.Context) (string, error) {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// accounts makes people for a node of this stand.
func (s *stand) accounts(ctx context.Context, node *child) (*Direct, error) {
	return OpenDirect(ctx, s.host.PostgresURL(uimDatabase), s.keys(), node.url)
}

// barePairs are people as the bare server knows them: any at all.
func barePairs(n int) []pair {
	pairs := make([]pair, n)
	for i := range pairs {
		p := &pairs[i]
		p.conversation = uuid.New()
		for j := range p.people {
			id := uuid.New()
			p.people[j] = Account{ID: id, Token: p.conversation.String() + "." + id.String()}
		}
	}
	return pairs
}

package chatserver_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"uim.dev/uim/chatserver"
	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/postgres"
	"uim.dev/uim/chatserver/testenv"
)

// diary is a log that a test reads.
type diary struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (d *diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(p)
}

// count is how many lines hold a text.
func (d *diary) count(text string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Count(d.text.String(), text)
}

// launch starts a node that need not get ready.
func launch(t *testing.T, database string, change func(*chatserver.Config)) (url string, log *diary, ended <-chan error) {
	t.Helper()
	config, err := chatserver.DefaultConfig()
	require.NoError(t, err)
	config.Listen, config.OpsListen, config.KeysDir = freeAddress(t), freeAddress(t), t.TempDir()
	config.PostgresURL, config.RedisAddr, config.DrainSeconds = database, testenv.Redis(t), 0
	require.NoError(t, auth.CreateKeys(config.KeysDir, time.Now()))
	change(&config)
	log = &diary{}
	server, err := chatserver.New(t.Context(), config, chatserver.Build{Version: "test", WebClient: fstest.MapFS{}}, slog.New(slog.NewJSONHandler(log, nil)))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	outcome, done := make(chan error, 1), make(chan struct{})
	go func() { defer close(done); outcome <- server.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return "http://" + config.Listen, log, outcome
}

func TestANodeThatWaitsInVainEndsAndSaysForWhat(t *testing.T) {
	t.Parallel()
	_, log, ended := launch(t, testenv.EmptyDatabase(t), func(c *chatserver.Config) { c.StartupTimeout = 2500 * time.Millisecond })
	err := <-ended
	require.ErrorContains(t, err, "waited 2.5s for the database")
	require.ErrorContains(t, err, "uim migrate up")
	require.Equal(t, 1, log.count("Waiting for the database"), "one line, though it looked several times")
}

func TestANodeWaitsForPostgresAndStartsWithoutRedis(t *testing.T) {
	t.Parallel()
	database, server := testenv.PrivatePostgres(t)
	server.Stop()
	url, log, _ := launch(t, database, func(c *chatserver.Config) { c.RedisAddr = t.TempDir() + "/nobody" })
	require.Eventually(t, func() bool { return log.count("Waiting for the database") > 0 }, 20*time.Second, 10*time.Millisecond)
	require.False(t, ready(t, url))
	server.Start()
	require.Eventually(t, func() bool { return ready(t, url) }, 20*time.Second, 20*time.Millisecond)
	require.Equal(t, 1, log.count("Redis is away; starting without it"))
	require.Zero(t, log.count("Giving up"))
}

// Postgres goes away, or hangs, after it has told of the schema.
func TestANodeWaitsForWhatItAsksLast(t *testing.T) {
	t.Parallel()
	database := testenv.Database(t)
	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.Background())) }()
	_, err = conn.Exec(t.Context(), "BEGIN; LOCK TABLE pg_catalog.pg_ts_config IN ACCESS EXCLUSIVE MODE", pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	url, log, _ := launch(t, database, func(*chatserver.Config) {})
	require.Eventually(t, func() bool { return log.count("Waiting for the database") > 0 }, 20*time.Second, 10*time.Millisecond)
	require.False(t, ready(t, url))
	_, err = conn.Exec(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return ready(t, url) }, 20*time.Second, 20*time.Millisecond)
	require.Zero(t, log.count("Giving up"))
}

func TestANodeGetsReadyWhenItsSchemaDoes(t *testing.T) {
	t.Parallel()
	database := testenv.EmptyDatabase(t)
	url, log, _ := launch(t, database, func(*chatserver.Config) {})
	require.Eventually(t, func() bool { return log.count("Waiting for the database") == 1 }, 20*time.Second, 10*time.Millisecond)
	m, err := postgres.NewMigrator(database, testenv.Log(t))
	require.NoError(t, err)
	defer func() { require.NoError(t, m.Close()) }()
	require.NoError(t, m.Up(t.Context()))
	require.Eventually(t, func() bool { return ready(t, url) }, 20*time.Second, 20*time.Millisecond)
}

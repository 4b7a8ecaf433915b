// Package postgres keeps everything that must not be lost. It implements the
// stores of chat and auth; the SQL is in queries/, the schema in migrations/.
package postgres

//go:generate go tool -modfile=../../hack/tools/go.mod sqlc generate

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/breaker"
	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/gather"
	"uim.dev/uim/chatserver/postgres/queries"
)

// Store is a pool of connections and the statements that run on it.
type Store struct {
	pool *guardedPool
	q    *queries.Queries

	places *gather.Group[placesQuestion, map[uuid.UUID]chat.Place]
}

var (
	_ chat.MessageStore      = (*Store)(nil)
	_ chat.ConversationStore = (*Store)(nil)
	_ chat.CursorStore       = (*Store)(nil)
	_ chat.PeopleStore       = (*Store)(nil)
	_ chat.HistoryTails      = (*Store)(nil)
	_ chat.PresenceStore     = (*Store)(nil)
	_ chat.LastSeenStore     = (*Store)(nil)
	_ chat.MembershipStore   = (*Store)(nil)
	_ chat.BlockStore        = (*Store)(nil)
	_ chat.ProfileStore      = (*Store)(nil)
	_ auth.Store             = (*Store)(nil)
	_ auth.AuditStore        = (*Store)(nil)
)

// Config says how to reach Postgres.
type Config struct {
	URL            string // postgres://…; what it lacks comes from libpq's PG… variables
	MaxConnections int
	Log            *slog.Logger // nil: silent
}

// Check reports what is wrong with the settings, including PG… variables and the
// files they name, without reaching for the server. It tells no password.
func (c Config) Check() error {
	_, err := pgxpool.ParseConfig(c.URL)
	return err
}

// statementTimeout bounds every statement, so that a stuck one can't hold a
// connection for ever. The healing loop's window must be longer.
const statementTimeout = 5 * time.Second

// Open returns a Store. It does not wait for the server to be there.
func Open(ctx context.Context, c Config) (*Store, error) {
	config, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		return nil, fmt.Errorf("reading the Postgres settings: %w", err)
	}
	if c.MaxConnections > 0 {
		config.MaxConns = int32(c.MaxConnections)
	}
	config.MaxConnLifetime = time.Hour
	config.MaxConnLifetimeJitter = 10 * time.Minute
	config.ConnConfig.ConnectTimeout = 5 * time.Second
	params := config.ConnConfig.RuntimeParams
	params["application_name"] = "uim"
	params["timezone"] = "UTC"
	params["search_path"] = "public"
	params["statement_timeout"] = milliseconds(statementTimeout)
	params["jit"] = "off" // compiling takes longer than any statement here
	params["idle_in_transaction_session_timeout"] = milliseconds(2 * statementTimeout)
	config.AfterConnect = requireDurableCommits
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("preparing the Postgres pool: %w", err)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{pool: newGuardedPool(pool, c.Log), q: queries.New()}
	s.places = gather.New(placesGather, s.placesOf)
	return s, nil
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// requireDurableCommits overrides a server that would acknowledge commits it
// may lose. Stricter settings, such as remote_apply, stay.
func requireDurableCommits(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SELECT set_config('synchronous_commit', 'on', false)
		WHERE current_setting('synchronous_commit') IN ('off', 'local')`)
	return err
}

// Close waits for borrowed connections and closes all of them.
func (s *Store) Close() { s.pool.Close() }

// Ping reports whether the server answers, whatever the breaker thinks.
func (s *Store) Ping(ctx context.Context) error { return s.pool.Ping(ctx) }

// Breaker is what all statements go through. Its Run must be running for a
// server that was away to be noticed again.
func (s *Store) Breaker() *breaker.Breaker { return s.pool.guard }

// Stat returns figures of the pool.
func (s *Store) Stat() *pgxpool.Stat { return s.pool.Stat() }

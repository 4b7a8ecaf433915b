// Package postgres keeps everything that must not be lost. It implements the
// stores of chat and auth; the SQL is in queries/, the schema in migrations/.
package postgres

//go:generate go tool -modfile=../../hack/tools/go.mod sqlc generate

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/breaker"
	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres/queries"
)

// Store is the pools of connections and the statements that run on them.
// Messages are stored on connections of their own, so that they never queue
// behind reads, and searched for on a few others, so that nothing queues behind that.
type Store struct {
	pool    *guardedPool
	appends *guardedPool
	search  searcher
	q       *queries.Queries

	gathered gathered
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
	_ chat.GroupStore        = (*Store)(nil)
	_ chat.ProfileStore      = (*Store)(nil)
	_ chat.MessageFinder     = (*Store)(nil)
	_ chat.ReceiptStore      = (*Store)(nil)
	_ chat.TypistStore       = (*Store)(nil)
	_ auth.Store             = (*Store)(nil)
	_ auth.AuditStore        = (*Store)(nil)
)

// Config says how to reach Postgres.
type Config struct {
	URL            string // postgres://…; what it lacks comes from libpq's PG… variables
	MaxConnections int
	SearchLanguage string       // name of a text search configuration; empty: SimpleSearch
	Log            *slog.Logger // nil: silent
}

// Check reports what is wrong with the settings, including PG… variables and the
// files they name, without reaching for the server. It tells no password.
func (c Config) Check() error {
	_, err := pgxpool.ParseConfig(c.URL)
	return err
}

// statementTimeout bounds every statement, so that a stuck one can't hold a
// connection for ever. The healing loop must reach back longer.
const statementTimeout = 5 * time.Second

// appendConnections is how many connections a node stores messages with: one
// for each transaction that chat.Sender has under way, and one to spare.
const appendConnections = 3

// plannerSettings are those of all connections: compiling takes longer than any
// statement here, and Postgres's own cost of a page is that of turning disks, for
// which it reads and sorts whole ranges where their newest row would do.
var plannerSettings = map[string]string{"jit": "off", "random_page_cost": "1.1"}

// appendSettings make the plan of an append the one that looks up each row by
// its key, once for each connection. Left to itself the planner, while tables
// are small or not analysed, reads whole ones, and goes on doing so; and it plans
// small batches anew each time, which takes longer than running them.
var appendSettings = map[string]string{
	"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "plan_cache_mode": "force_generic_plan",
}

// Open returns a Store. It does not wait for the server to be there.
func Open(ctx context.Context, c Config) (*Store, error) {
	config, err := poolConfig(c.URL)
	if err != nil {
		return nil, fmt.Errorf("reading the Postgres settings: %w", err)
	}
	if c.MaxConnections > 0 {
		config.MaxConns = int32(c.MaxConnections)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s, err := openPools(ctx, config, c.Log)
	if err != nil {
		return nil, err
	}
	s.search.dictionary.config = cmp.Or(c.SearchLanguage, SimpleSearch)
	return s, nil
}

func openPools(ctx context.Context, config *pgxpool.Config, log *slog.Logger) (*Store, error) {
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("preparing the Postgres pool: %w", err)
	}
	guarded := newGuardedPool(pool, log)
	s := &Store{pool: guarded, q: queries.New(), search: searcher{slots: make(chan struct{}, searchConnections)}}
	if s.appends, err = s.specialPool(ctx, config, appendConnections, appendSettings); err == nil {
		s.search.pool, err = s.specialPool(ctx, config, searchConnections, searchSettings)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	s.gathered = s.newGathered()
	return s, nil
}

// specialPool is a small pool of connections with settings of their own, behind
// the same breaker.
func (s *Store) specialPool(ctx context.Context, config *pgxpool.Config, size int32, settings map[string]string) (*guardedPool, error) {
	config = config.Copy()
	config.MaxConns = size
	maps.Copy(config.ConnConfig.RuntimeParams, settings)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("preparing a Postgres pool: %w", err)
	}
	return &guardedPool{Pool: pool, guard: s.pool.guard}, nil
}

// poolConfig returns what all connections have in common.
func poolConfig(url string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConnLifetime = time.Hour
	config.MaxConnLifetimeJitter = 10 * time.Minute
	config.ConnConfig.ConnectTimeout = 5 * time.Second
	params := config.ConnConfig.RuntimeParams
	params["application_name"] = "uim"
	params["timezone"] = "UTC"
	params["search_path"] = "public"
	params["statement_timeout"] = milliseconds(statementTimeout)
	maps.Copy(params, plannerSettings)
	params["idle_in_transaction_session_timeout"] = milliseconds(2 * statementTimeout)
	config.AfterConnect = prepareConnection
	return config, nil
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// prepareConnection readies a fresh connection.
func prepareConnection(ctx context.Context, conn *pgx.Conn) error {
	pgxuuid.Register(conn.TypeMap()) // else each id travels as text and through four allocations
	return requireDurableCommits(ctx, conn)
}

// requireDurableCommits overrides a server that would acknowledge commits it
// may lose. Stricter settings, such as remote_apply, stay.
func requireDurableCommits(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SELECT set_config('synchronous_commit', 'on', false)
		WHERE current_setting('synchronous_commit') IN ('off', 'local')`)
	return err
}

// Close waits for borrowed connections and closes all of them.
func (s *Store) Close() {
	for _, pool := range []*guardedPool{s.search.pool, s.appends, s.pool} {
		if pool != nil {
			pool.Close()
		}
	}
}

// Ping reports whether the server answers, whatever the breaker thinks.
func (s *Store) Ping(ctx context.Context) error { return s.pool.Ping(ctx) }

// Breaker is what all statements go through. Its Run must be running for a
// server that was away to be noticed again.
func (s *Store) Breaker() *breaker.Breaker { return s.pool.guard }

// Stat returns figures of the pool.
func (s *Store) Stat() *pgxpool.Stat { return s.pool.Stat() }

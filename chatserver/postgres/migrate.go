package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrator brings a database's schema to the version this binary needs. Several
// may run at once: an advisory lock lets one work and the others find it done.
type Migrator struct {
	db       *sql.DB
	provider *goose.Provider
	log      *slog.Logger
}

// NewMigrator returns a Migrator for the database at url (see Config.URL).
func NewMigrator(url string, log *slog.Logger) (*Migrator, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("reading the Postgres settings: %w", err)
	}
	config.ConnectTimeout = 5 * time.Second
	config.RuntimeParams["application_name"] = "uim-migrate"
	config.RuntimeParams["search_path"] = "public"
	db := stdlib.OpenDB(*config)
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading the migrations: %w", err), db.Close())
	}
	return &Migrator{db: db, provider: provider, log: log}, nil
}

// Close closes the connections.
func (m *Migrator) Close() error { return m.db.Close() }

// WaitForServer returns when the server answers, or with the last failure when ctx ends.
func (m *Migrator) WaitForServer(ctx context.Context) error {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		err := m.db.PingContext(ctx)
		if err == nil {
			return nil
		}
		m.log.Info("Waiting for Postgres", "error", err)
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for Postgres: %w", err)
		case <-ticker.C:
		}
	}
}

// Up applies what is missing.
func (m *Migrator) Up(ctx context.Context) error {
	results, err := m.provider.Up(ctx)
	m.logResults(results)
	if err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	if len(results) == 0 {
		m.log.Info("The schema was current")
	}
	return nil
}

// Down takes the newest migration back.
func (m *Migrator) Down(ctx context.Context) error {
	result, err := m.provider.Down(ctx)
	if errors.Is(err, goose.ErrNoNextVersion) {
		return errors.New("there is no migration to take back")
	}
	if err != nil {
		return fmt.Errorf("migrating down: %w", err)
	}
	m.logResults([]*goose.MigrationResult{result})
	return nil
}

func (m *Migrator) logResults(results []*goose.MigrationResult) {
	for _, r := range results {
		m.log.Info("Migrated", "migration", r.Source.Path, "direction", r.Direction, "duration", r.Duration)
	}
}

// MigrationState is one migration and whether the database has it.
type MigrationState struct {
	Name      string
	AppliedAt time.Time // zero: pending
}

// Status returns every migration, oldest first.
func (m *Migrator) Status(ctx context.Context) ([]MigrationState, error) {
	list, err := m.provider.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the state of the schema: %w", err)
	}
	states := make([]MigrationState, len(list))
	for i, s := range list {
		states[i] = MigrationState{Name: s.Source.Path, AppliedAt: s.AppliedAt}
	}
	return states, nil
}

// Check returns an error unless the database has all that this binary needs. A
// newer schema is fine: migrations only add what older binaries can ignore.
func (m *Migrator) Check(ctx context.Context) error {
	pending, err := m.provider.HasPending(ctx)
	if err != nil {
		return fmt.Errorf("reading the state of the schema: %w", err)
	}
	if pending {
		return errors.New("the schema is older than this binary needs; run: uim migrate up")
	}
	return nil
}

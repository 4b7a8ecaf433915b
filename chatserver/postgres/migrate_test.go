package postgres_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"uim.dev/uim/chatserver/postgres"
	"uim.dev/uim/chatserver/testenv"
)

func newMigrator(t *testing.T, url string) *postgres.Migrator {
	t.Helper()
	m, err := postgres.NewMigrator(url, testenv.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// applied returns how many migrations there are, and how many the database has.
func applied(t *testing.T, m *postgres.Migrator) (all, done int) {
	t.Helper()
	states, err := m.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		if !s.AppliedAt.IsZero() {
			done++
		}
	}
	return len(states), done
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestASchemaGoesUpDownAndUpAgain(t *testing.T) {
	t.Parallel()
	url := testenv.EmptyDatabase(t)
	m := newMigrator(t, url)
	must(t, m.WaitForServer(t.Context()))
	if err := m.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "uim migrate up") {
		t.Errorf("an empty database checks with %v", err)
	}
	must(t, m.Up(t.Context()))
	must(t, m.Up(t.Context()))
	must(t, m.Check(t.Context()))
	all, done := applied(t, m)
	if all == 0 || done != all {
		t.Errorf("%d of %d migrations are applied", done, all)
	}
	for range all {
		must(t, m.Down(t.Context()))
	}
	if err := m.Down(t.Context()); err == nil {
		t.Error("one more was taken back")
	}
	d := &database{url: url}
	if n := ask[int](t, d, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'goose_db_version'"); n != 0 {
		t.Errorf("%d tables are left", n)
	}
	must(t, m.Up(t.Context()))
	must(t, m.Check(t.Context()))
}

func TestMigratorsTakeTurns(t *testing.T) {
	t.Parallel()
	url := testenv.EmptyDatabase(t)
	var race sync.WaitGroup
	for range 3 {
		m := newMigrator(t, url)
		race.Go(func() {
			if err := m.Up(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	race.Wait()
	must(t, newMigrator(t, url).Check(t.Context()))
}

func TestANewerSchemaPasses(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.exec(t, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)")
	m := newMigrator(t, d.url)
	must(t, m.Check(t.Context()))
	must(t, m.Up(t.Context()))
}

func TestWaitingForAServerEndsWithTheContext(t *testing.T) {
	t.Parallel()
	m := newMigrator(t, "postgres:///uim?host="+t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.WaitForServer(ctx); err == nil {
		t.Error("a server was found")
	}
	for name, err := range map[string]error{"up": m.Up(t.Context()), "check": m.Check(t.Context()), "down": m.Down(t.Context())} {
		if err == nil {
			t.Errorf("%s went well", name)
		}
	}
}

package postgres_test

import (
	"log/slog"
	"strings"
	"testing"

	"uim.dev/uim/chatserver/postgres"
	"uim.dev/uim/chatserver/testenv"
)

// With verify-full, as the operator sets it, migrations and servers speak to the
// database that the authority vouches for under the name they call, and to no other.
func TestVerifyFull(t *testing.T) {
	port, certificate := testenv.EncryptedPostgres(t)
	other := testenv.SelfSigned(t, t.TempDir(), "localhost")
	for name, value := range map[string]string{
		"PGPORT": port, "PGUSER": "postgres", "PGPASSWORD": "x", "PGDATABASE": "postgres", "PGSSLMODE": "verify-full",
	} {
		t.Setenv(name, value)
	}
	for _, test := range []struct{ name, host, authority, says string }{
		{"the right authority and name", "localhost", certificate, ""},
		{"another authority", "localhost", other, "unknown authority"},
		{"another name", "127.0.0.1", certificate, "cannot validate certificate for 127.0.0.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("PGHOST", test.host)
			t.Setenv("PGSSLROOTCERT", test.authority)
			store, err := postgres.Open(t.Context(), postgres.Config{MaxConnections: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			requireReached(t, "the server", store.Ping(t.Context()), test.says)

			m, err := postgres.NewMigrator("", slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = m.Close() }()
			requireReached(t, "the migration", m.Up(t.Context()), test.says)
		})
	}
}

// requireReached fails unless the database was reached, or was not for a reason.
func requireReached(t *testing.T, who string, err error, says string) {
	t.Helper()
	switch {
	case says == "" && err != nil:
		t.Errorf("%s does not reach it: %v", who, err)
	case says != "" && (err == nil || !strings.Contains(err.Error(), says)):
		t.Errorf("%s: got %v, want %q", who, err, says)
	}
}

package postgres_test

import (
	"context"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"uim.dev/uim/chatserver/postgres"
	"uim.dev/uim/chatserver/testenv"
)

// passwordServer is a Postgres of one test that asks for passwords, with the roles
// that the image makes.
type passwordServer struct {
	*testing.T
	url string
}

func newPasswordServer(t *testing.T) passwordServer {
	t.Helper()
	url, _ := testenv.PrivatePostgres(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	var hba string
	if err := conn.QueryRow(t.Context(), "SHOW hba_file").Scan(&hba); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(hba, []byte("local all all scram-sha-256\n"), 0o600); err != nil { //nolint:dupword // databases, roles
		t.Fatal(err)
	}
	for _, statement := range []string{
		"ALTER ROLE postgres PASSWORD 'root 1'",
		"CREATE ROLE uim LOGIN PASSWORD 'owner 1'",
		"CREATE ROLE uim_chat LOGIN PASSWORD 'chat 1'",
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO uim_chat",
		"GRANT CREATE ON SCHEMA public TO uim",
		"ALTER DEFAULT PRIVILEGES FOR ROLE uim IN SCHEMA public GRANT SELECT, INSERT ON TABLES TO uim_chat",
		"SELECT pg_reload_conf()",
	} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	return passwordServer{t, url}
}

// signIn connects anew, as a pod does that lost its connection.
func (s passwordServer) signIn(role, password, statement string) error {
	config, err := pgx.ParseConfig(s.url)
	if err != nil {
		return err
	}
	config.User, config.Password = role, password
	conn, err := pgx.ConnectConfig(context.Background(), config)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(context.Background(), statement)
	return err
}

func (s passwordServer) mustSignIn(role, password, statement string) {
	s.Helper()
	if err := s.signIn(role, password, statement); err != nil {
		s.Errorf("as %s with %q: %v", role, password, err)
	}
}

func (s passwordServer) mustNotSignIn(role, password string) {
	s.Helper()
	if err := s.signIn(role, password, "SELECT"); err == nil {
		s.Errorf("%s may still sign in with %q", role, password)
	}
}

func (s passwordServer) set(l postgres.Logins) {
	s.Helper()
	if err := postgres.SetLogins(s.Context(), s.url, l); err != nil {
		s.Fatal(err)
	}
}

const readMessages = "SELECT count(*) FROM messages"

// The whole rotation: beside the old login a new one; when nobody uses the old one
// any more it is closed. At no moment is a pod refused that reconnects.
func TestLoginsChangeWithoutAMomentOfRefusal(t *testing.T) {
	t.Parallel()
	s := newPasswordServer(t)
	var refused atomic.Int64
	var pods sync.WaitGroup
	oldPods, stopOldPods := context.WithCancel(t.Context())
	pods.Go(func() {
		for oldPods.Err() == nil {
			if s.signIn("uim_chat", "chat 1", readMessages) != nil {
				refused.Add(1)
			}
		}
	})

	prepared := postgres.Logins{
		Superuser: postgres.Login{Role: "postgres", Passwords: []string{"root 2", "root 1"}},
		Owner:     "uim", Rights: "uim_chat",
		Roles: map[string]string{"uim": "owner 2", "uim_chat": "chat 1", "uim_chat_2": "chat 2"},
	}
	s.set(prepared)
	s.mustSignIn("uim_chat_2", "chat 2", readMessages)
	s.mustSignIn("uim", "owner 2", "CREATE TABLE later (n int)")
	s.mustSignIn("uim_chat_2", "chat 2", "INSERT INTO later VALUES (1)")
	s.mustNotSignIn("uim", "owner 1")
	s.mustNotSignIn("postgres", "root 1")
	s.set(prepared) // a Job that was lost after its work runs again

	stopOldPods()
	pods.Wait()
	if n := refused.Load(); n > 0 {
		t.Errorf("pods with the old password were refused %d times", n)
	}

	retired := prepared
	retired.Superuser.Passwords = []string{"root 2"}
	retired.Roles = map[string]string{"uim": "owner 2", "uim_chat_2": "chat 2"}
	retired.Closed = []string{"uim_chat"}
	s.set(retired)
	s.mustNotSignIn("uim_chat", "chat 1")
	s.mustSignIn("uim_chat_2", "chat 2", readMessages)

	// The next rotation goes back to the first role.
	retired.Roles = map[string]string{"uim": "owner 2", "uim_chat_2": "chat 2", "uim_chat": "chat 3"}
	retired.Closed = nil
	s.set(retired)
	s.mustSignIn("uim_chat", "chat 3", readMessages)
	s.mustSignIn("uim_chat_2", "chat 2", readMessages)
}

func TestLoginsFailClosed(t *testing.T) {
	t.Parallel()
	s := newPasswordServer(t)
	good := postgres.Logins{
		Superuser: postgres.Login{Role: "postgres", Passwords: []string{"root 1"}},
		Owner:     "uim", Rights: "uim_chat", Roles: map[string]string{"uim": "owner 2"},
	}
	for name, c := range map[string]struct {
		change func(*postgres.Logins)
		says   string
	}{
		"no password of the superuser works":     {func(l *postgres.Logins) { l.Superuser.Passwords = []string{"x", "y"} }, "signing in as postgres"},
		"a password Postgres may read otherwise": {func(l *postgres.Logins) { l.Roles = map[string]string{"uim": "ﬁne"} }, "printable ASCII"},
		"an empty password":                      {func(l *postgres.Logins) { l.Roles = map[string]string{"uim": ""} }, "empty"},
	} {
		l := good
		c.change(&l)
		if err := postgres.SetLogins(t.Context(), s.url, l); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	s.mustSignIn("uim", "owner 1", "SELECT")
}

// What Postgres stores of a password is all that an SQL text says of it.
func TestOnlyTheVerifierReachesPostgres(t *testing.T) {
	t.Parallel()
	s := newPasswordServer(t)
	// It would hash a password in clear differently: what it keeps shows what it was told.
	s.mustSignIn("postgres", "root 1", "ALTER SYSTEM SET password_encryption = 'md5'")
	s.mustSignIn("postgres", "root 1", "SELECT pg_reload_conf()")
	s.set(postgres.Logins{
		Superuser: postgres.Login{Role: "postgres", Passwords: []string{"root 1"}},
		Owner:     "uim", Rights: "uim_chat", Roles: map[string]string{"uim": "owner-secret-2"},
	})
	var stored string
	config, err := pgx.ParseConfig(s.url)
	if err != nil {
		t.Fatal(err)
	}
	config.Password = "root 1"
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if err := conn.QueryRow(t.Context(), "SELECT rolpassword FROM pg_authid WHERE rolname = 'uim'").Scan(&stored); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(stored, "SCRAM-SHA-256$4096:") {
		t.Errorf("Postgres keeps %q", stored)
	}
}

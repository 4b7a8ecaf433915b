package postgres_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
)

// noted returns the actions of the audit log, in order.
func (d *database) noted(t *testing.T) []string {
	t.Helper()
	return ask[[]string](t, d, "SELECT array_agg(action ORDER BY id) FROM audit_log")
}

func TestAnAuditEntryKeepsAllThatItTells(t *testing.T) {
	t.Parallel()
	d := open(t)
	at := time.Date(2026, 11, 23, 6, 14, 5, 678e6, time.UTC)
	whole := chat.AuditEntry{
		At: at, Actor: chat.Actor{ID: uuid.New(), IP: netip.MustParseAddr("fe80::1%eth0")}, Action: chat.AuditLoginFailed,
		Target: uuid.New(), Detail: map[string]string{"a": `b"c`},
	}
	if err := d.NoteAudit(t.Context(), []chat.AuditEntry{whole, {Action: chat.AuditLogin}}); err != nil {
		t.Fatal(err)
	}
	ok := ask[bool](t, d, `SELECT at = $1 AND actor_id = $2 AND target = $3 AND host(ip) = 'fe80::1' AND detail = '{"a": "b\"c"}'
		FROM audit_log WHERE action = 'login.failed'`, at, whole.Actor.ID, whole.Target)
	bare := ask[bool](t, d, `SELECT at > now() - interval '1 minute' AND actor_id IS NULL AND target IS NULL AND ip IS NULL AND detail = '{}'
		FROM audit_log WHERE action = 'login'`)
	if !ok || !bare {
		t.Error("an entry is not what was noted")
	}
}

func TestALifeIsInTheAuditLog(t *testing.T) {
	t.Parallel()
	d := open(t)
	s := newAuth(t, d)
	from := auth.Client{Device: "a test", IP: netip.MustParseAddr("192.0.2.7")}
	grant, err := s.Register(t.Context(), auth.Registration{Username: "ann", Password: "correct horse"}, from)
	must(t, err)
	by := chat.Actor{ID: grant.User.ID, IP: from.IP}
	_, err = s.Login(t.Context(), "ann", "wrong horse", from)
	if chat.CodeOf(err) != chat.CodeInvalidCredentials {
		t.Fatal(err)
	}
	_, _ = s.Login(t.Context(), "nobody", "wrong horse", from) // no account, no entry
	second, err := s.Login(t.Context(), "ann", "correct horse", from)
	must(t, err)
	id, err := s.Authenticate(t.Context(), second.AccessToken)
	must(t, err)
	first, err := s.Authenticate(t.Context(), grant.AccessToken)
	must(t, err)
	must(t, s.Revoke(t.Context(), by, first.SessionID))
	must(t, s.ChangePassword(t.Context(), by, id.SessionID, "correct horse", "another horse"))
	email := "ann@example.com"
	_, err = d.UpdateProfile(t.Context(), by.ID, chat.ProfileChange{Email: &email}, chat.AuditEntry{Actor: by, Action: chat.AuditEmailChanged})
	must(t, err)
	must(t, s.Logout(t.Context(), by, id.SessionID))
	must(t, s.Logout(t.Context(), by, id.SessionID)) // it was over: no second entry
	must(t, s.DeleteAccount(t.Context(), by, "another horse"))
	want := []string{"account.registered", "login.failed", "login", "session.revoked", "password.changed", "email.changed", "logout", "account.deleted"}
	if got := d.noted(t); len(got) != len(want) {
		t.Errorf("noted are %q", got)
	} else {
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("noted are %q, want %q", got, want)
				break
			}
		}
	}
	if n := ask[int](t, d, "SELECT count(*) FROM audit_log WHERE actor_id <> $1 OR host(ip) <> '192.0.2.7'", by.ID); n != 0 {
		t.Errorf("%d entries have another actor or address", n)
	}
	if n := ask[int](t, d, "SELECT count(*) FROM audit_log a WHERE a::text ~ 'horse|example'"); n != 0 {
		t.Errorf("%d entries tell too much", n)
	}
}

func TestWhatIsOldIsClearedAway(t *testing.T) {
	t.Parallel()
	d := open(t)
	ann := d.person(t, "ann") // with a session and an entry
	d.exec(t, `INSERT INTO audit_log (at, action) SELECT now() - interval '91 days', 'old' FROM generate_series(1, 5001)`)
	d.exec(t, `INSERT INTO sessions (id, user_id, refresh_hash, expires_at, revoked_at) VALUES
		(gen_random_uuid(), $1, '', now() - interval '31 days', NULL), (gen_random_uuid(), $1, '', now() + interval '1 day', now() - interval '31 days'),
		(gen_random_uuid(), $1, '', now() - interval '29 days', NULL)`, ann)
	const day = 24 * time.Hour
	for i, want := range []bool{true, false, false} {
		if more, err := d.PruneAudit(t.Context(), 90*day); err != nil || more != want {
			t.Errorf("piece %d: %t, %v", i, more, err)
		}
	}
	if more, err := d.PruneSessions(t.Context(), 30*day); err != nil || more {
		t.Errorf("sessions: %t, %v", more, err)
	}
	if n := ask[int](t, d, "SELECT count(*) FROM audit_log"); n != 1 {
		t.Errorf("%d entries are left", n)
	}
	if n := ask[int](t, d, "SELECT count(*) FROM sessions"); n != 2 {
		t.Errorf("%d sessions are left", n)
	}
}

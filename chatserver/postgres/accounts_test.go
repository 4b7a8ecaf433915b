package postgres_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
)

// hold runs a statement in a transaction that stays open until release, so
// that what needs the same rows stands still meanwhile.
func (d *database) hold(t *testing.T, sql string, args ...any) (release func()) {
	t.Helper()
	conn := d.session(t)
	for _, step := range []string{"BEGIN", sql} {
		use := args
		if step == "BEGIN" {
			use = nil
		}
		if _, err := conn.Exec(t.Context(), step, use...); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		if _, err := conn.Exec(context.Background(), "ROLLBACK"); err != nil {
			t.Error(err)
		}
	}
}

// awaitWaiting returns when a number of statements wait for locks.
func (d *database) awaitWaiting(t *testing.T, n int) {
	t.Helper()
	conn := d.session(t)
	eventually(t, "statements wait for each other", func() bool {
		var waiting int
		err := conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
		return waiting >= n
	})
}

// begin runs f at the side and returns the channel of its answer.
func begin[T any](f func() T) <-chan T {
	answer := make(chan T, 1)
	go func() { answer <- f() }()
	return answer
}

// deleteAccount deletes a person whose password's hash is "x".
func (d *database) deleteAccount(t *testing.T, id uuid.UUID) {
	t.Helper()
	_, done, err := d.DeleteAccount(t.Context(), id, "x", chat.AuditEntry{Actor: chat.Actor{ID: id}, Action: chat.AuditAccountDeleted})
	if err != nil || !done {
		t.Fatal(done, err)
	}
}

func TestADeletionErasesThePersonAndKeepsWhatTheyWrote(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.say(t, draft(k.room, k.ann, "goodbye"))
	k.block(t, k.ann, k.eve)
	k.block(t, k.eve, k.ann)
	seen := []chat.LastSeen{{UserID: k.ann, At: time.Now()}}
	must(t, k.SaveLastSeen(t.Context(), seen))
	if _, done, err := k.DeleteAccount(t.Context(), k.ann, "another hash", chat.AuditEntry{}); err != nil || done {
		t.Fatalf("with another password: %t, %v", done, err)
	}
	k.deleteAccount(t, k.ann)
	row := ask[string](t, k.database, "SELECT u::text FROM users u WHERE id = $1", k.ann)
	if strings.Contains(row, "ann") || !strings.Contains(row, "Deleted user") {
		t.Errorf("left is %s", row)
	}
	must(t, k.SaveLastSeen(t.Context(), seen)) // her last connection ends a moment later
	for _, table := range []string{"sessions WHERE user_id = $1", "last_seen WHERE user_id = $1", "blocks WHERE $1 IN (blocker_id, blocked_id)"} {
		if n := ask[int](t, k.database, "SELECT count(*) FROM "+table, k.ann); n != 0 {
			t.Errorf("%d rows of %s", n, table)
		}
	}
	if log := k.log(t, k.room); len(log) != 1 || log[0].Content != "goodbye" || log[0].SenderID != k.ann {
		t.Errorf("the log is %+v", log)
	}
	if peer := k.view(t, k.bob, k.room).Peer; !peer.Deleted || peer.DisplayName != chat.DeletedName || peer.Username != chat.DeletedUsername {
		t.Errorf("the peer is %+v", peer)
	}
	if r := k.append(t, draft(k.room, k.ann, "from the grave")); chat.CodeOf(r[0].Err) != chat.CodeBlocked {
		t.Errorf("a message after the end: %+v", r)
	}
	if r := k.append(t, draft(k.room, k.bob, "to the grave")); chat.CodeOf(r[0].Err) != chat.CodeBlocked {
		t.Errorf("a message to nobody: %+v", r)
	}
	if _, done, err := k.DeleteAccount(t.Context(), k.ann, "", chat.AuditEntry{}); err != nil || done {
		t.Errorf("a second time: %t, %v", done, err)
	}
}

// A message that is on its way when its sender goes is stored before they are
// gone, or not at all.
func TestNoMessageIsStoredAfterADeletion(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	release := k.hold(t, "SELECT FROM sessions WHERE user_id = $1 FOR UPDATE", k.ann)
	deleted := begin(func() bool {
		_, done, err := k.DeleteAccount(context.Background(), k.ann, "x", chat.AuditEntry{})
		return done && err == nil
	})
	k.awaitWaiting(t, 1) // the deletion has all but the sessions
	sent := begin(func() error { return k.append(t, draft(k.room, k.ann, "late"))[0].Err })
	k.awaitWaiting(t, 2)
	release()
	if !<-deleted {
		t.Fatal("the deletion failed")
	}
	if err := <-sent; chat.CodeOf(err) != chat.CodeBlocked || len(k.log(t, k.room)) != 0 {
		t.Errorf("got %v; %d messages are stored", err, len(k.log(t, k.room)))
	}
}

func TestAUsernameIsNotTakenOver(t *testing.T) {
	t.Parallel()
	d := open(t)
	ann := d.person(t, "Ann")
	register := func() error {
		_, err := d.CreateAccount(context.Background(), newAccount(uuid.New(), "aNN"), chat.AuditEntry{})
		return err
	}
	release := d.hold(t, "SELECT FROM sessions WHERE user_id = $1 FOR UPDATE", ann)
	deleted := begin(func() bool {
		_, done, err := d.DeleteAccount(context.Background(), ann, "x", chat.AuditEntry{})
		return done && err == nil
	})
	d.awaitWaiting(t, 1)
	meanwhile := begin(register)
	d.awaitWaiting(t, 2)
	release()
	if !<-deleted {
		t.Fatal("the deletion failed")
	}
	for when, err := range map[string]error{"meanwhile": <-meanwhile, "afterwards": register()} {
		if chat.CodeOf(err) != chat.CodeUsernameTaken {
			t.Errorf("%s: got %v", when, err)
		}
	}
	if n := ask[int](t, d, "SELECT count(*) FROM users"); n != 1 {
		t.Errorf("%d people", n)
	}
	d.person(t, "anna")
}

// A login that checked the old password while it was being changed gets nothing.
func TestNoSessionBeginsWithAnOldPassword(t *testing.T) {
	t.Parallel()
	d := open(t)
	ann := d.person(t, "ann")
	keep, other := d.signIn(t, ann, time.Hour), d.signIn(t, ann, time.Hour)
	release := d.hold(t, "SELECT FROM sessions WHERE id = $1 FOR UPDATE", other)
	changed := begin(func() bool {
		c := auth.PasswordChange{UserID: ann, OldHash: "x", NewHash: "y", Keep: keep}
		done, err := d.ChangePassword(context.Background(), c, chat.AuditEntry{Action: chat.AuditPasswordChanged})
		return done && err == nil
	})
	d.awaitWaiting(t, 1)
	login := begin(func() bool {
		created, err := d.CreateSession(context.Background(), newSession(ann), "x", chat.AuditEntry{})
		return created || err != nil
	})
	d.awaitWaiting(t, 2)
	release()
	if !<-changed {
		t.Fatal("the change failed")
	}
	if <-login {
		t.Error("the old password opened a session")
	}
	if !d.active(t, keep) || d.active(t, other) {
		t.Error("the wrong sessions ended")
	}
	if created, err := d.CreateSession(t.Context(), newSession(ann), "y", chat.AuditEntry{}); err != nil || !created {
		t.Errorf("with the new one: %t, %v", created, err)
	}
	if done, err := d.ChangePassword(t.Context(), auth.PasswordChange{UserID: ann, OldHash: "x", NewHash: "z"}, chat.AuditEntry{}); err != nil || done {
		t.Errorf("with the old hash: %t, %v", done, err)
	}
}

func TestEndedSessionsAreToldWithTheReason(t *testing.T) {
	t.Parallel()
	d := open(t)
	ann, bob := d.person(t, "ann"), d.person(t, "bob")
	good, revoked, expired, gone := d.signIn(t, ann, time.Hour), d.signIn(t, ann, time.Hour), d.signIn(t, ann, -time.Second), d.signIn(t, bob, time.Hour)
	if _, err := d.RevokeSession(t.Context(), ann, revoked, chat.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	d.deleteAccount(t, bob)
	stranger := uuid.New()
	ended, err := d.EndedSessions(t.Context(), []auth.Identity{
		{UserID: ann, SessionID: good}, {UserID: ann, SessionID: revoked}, {UserID: ann, SessionID: expired},
		{UserID: bob, SessionID: gone}, {UserID: stranger, SessionID: uuid.New()}, {UserID: bob, SessionID: good},
	})
	want := map[uuid.UUID]chat.SessionEnd{revoked: chat.SessionRevoked, expired: chat.SessionRevoked, gone: chat.AccountDeleted}
	for _, e := range ended {
		if reason, ok := want[e.SessionIDs[0]]; ok && reason != e.Reason || e.SessionIDs[0] == good && e.UserID == ann {
			t.Errorf("%+v ended", e)
		}
	}
	if err != nil || len(ended) != 5 {
		t.Errorf("got %+v, %v", ended, err)
	}
	if ended, err := d.EndedSessions(t.Context(), nil); err != nil || len(ended) != 0 {
		t.Errorf("of none: %v, %v", ended, err)
	}
}

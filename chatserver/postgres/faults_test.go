package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres"
	"uim.dev/uim/chatserver/testenv"
)

// What fails at the commit, after every statement went well, is not acknowledged.
func TestAFailedCommitIsNoAcknowledgement(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.exec(t, `
		CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused at the commit'; END $$;
		CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED
			FOR EACH ROW WHEN (NEW.content = 'refuse me') EXECUTE FUNCTION refuse()`)
	results, err := k.Append(t.Context(), []chat.Draft{draft(k.room, k.ann, "a"), draft(k.room, k.ann, "refuse me")})
	if err == nil {
		t.Errorf("acknowledged were %+v", results)
	}
	if head := k.head(t, k.room); head != 0 {
		t.Errorf("the head is at %d", head)
	}
	if s := k.say(t, draft(k.room, k.ann, "b"))[0]; s.Seq != 1 {
		t.Errorf("the next message got seq %d", s.Seq)
	}
}

// stuckAppend starts an append that waits for a lock on its conversation's
// head, and returns its backend and what becomes of it.
func stuckAppend(t *testing.T, k *talk) (backend int, release func(), outcome <-chan error) {
	t.Helper()
	lock := k.session(t)
	tx, err := lock.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "SELECT FROM conversation_heads WHERE conversation_id = $1 FOR UPDATE", k.room); err != nil {
		t.Fatal(err)
	}
	errs := make(chan error, 1)
	go func() {
		results, err := k.Append(context.Background(), []chat.Draft{draft(k.room, k.ann, "a")})
		if err == nil {
			err = results[0].Err
		}
		errs <- err
	}()
	watch := k.session(t)
	eventually(t, "the append waits for the lock", func() bool {
		err := watch.QueryRow(t.Context(), `SELECT coalesce(max(pid), 0) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = 'uim' AND wait_event_type = 'Lock'`).Scan(&backend)
		return err == nil && backend != 0
	})
	return backend, func() { _ = tx.Rollback(context.Background()) }, errs
}

// An append whose connection broke is tried again, and stored once.
func TestAKilledBackendIsMadeUpFor(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	backend, release, outcome := stuckAppend(t, k)
	k.exec(t, "SELECT pg_terminate_backend($1)", backend)
	eventually(t, "it tries again", func() bool {
		return ask[int](t, k.database, `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = 'uim' AND wait_event_type = 'Lock' AND pid <> $1`, backend) == 1
	})
	release()
	if err := <-outcome; err != nil {
		t.Error(err)
	}
	if n := len(k.log(t, k.room)); n != 1 {
		t.Errorf("%d messages are stored", n)
	}
}

func TestAStatementHasATimeLimit(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	if limit := k.setting(t, "statement_timeout"); limit != "5s" {
		t.Errorf("the limit of a statement is %q", limit)
	}
	backend, release, outcome := stuckAppend(t, k)
	k.exec(t, "SELECT pg_cancel_backend($1)", backend) // what the limit does, at once
	if err := <-outcome; chat.CodeOf(err) != chat.CodeUnavailable {
		t.Errorf("got %v, want unavailable", err)
	}
	release()
}

// setting returns a setting as the store's own connections have it.
func (k *talk) setting(t *testing.T, name string) string {
	t.Helper()
	k.exec(t, `
		CREATE TABLE IF NOT EXISTS seen (value text);
		CREATE OR REPLACE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN INSERT INTO seen VALUES (current_setting('`+name+`')); RETURN NULL; END $$;
		CREATE OR REPLACE TRIGGER look AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION look()`)
	k.say(t, draft(k.room, k.ann, "look"))
	k.exec(t, "DROP TRIGGER look ON messages")
	return ask[string](t, k.database, "SELECT value FROM seen")
}

func TestCommitsAreDurableWhateverTheServerIsSetTo(t *testing.T) {
	t.Parallel()
	for server, want := range map[string]string{"off": "on", "local": "on", "on": "on", "remote_apply": "remote_apply"} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			k := newTalk(t)
			name := ask[string](t, k.database, "SELECT current_database()::text")
			k.exec(t, "ALTER DATABASE "+name+" SET synchronous_commit = "+server)
			k.Store = connect(t, k.url)
			if got := k.setting(t, "synchronous_commit"); got != want {
				t.Errorf("synchronous_commit is %s, want %s", got, want)
			}
		})
	}
}

func TestAForeignSearchPathIsNotFollowed(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	name := ask[string](t, k.database, "SELECT current_database()::text")
	k.exec(t, "CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.messages (LIKE public.messages INCLUDING ALL)")
	k.exec(t, "ALTER DATABASE "+name+" SET search_path = elsewhere, public")
	k.Store = connect(t, k.url)
	k.say(t, draft(k.room, k.ann, "a"))
	if n := ask[int](t, k.database, "SELECT count(*) FROM public.messages"); n != 1 {
		t.Errorf("%d messages are where they belong", n)
	}
}

// Whatever is asked of a server that is away, the answer is unavailable.
func TestAnAbsentServerIsUnavailable(t *testing.T) {
	t.Parallel()
	store, err := postgres.Open(t.Context(), postgres.Config{URL: "postgres:///uim?host=" + t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	ctx, id := t.Context(), uuid.New()
	for name, try := range map[string]func() error{
		"append":  func() error { _, err := store.Append(ctx, []chat.Draft{draft(id, id, "a")}); return err },
		"history": func() error { _, err := store.History(ctx, id, chat.HistoryRange{Limit: 1}); return err },
		"views":   func() error { _, err := store.Views(ctx, id, nil, 1); return err },
		"list":    func() error { _, err := store.List(ctx, id, chat.ListQuery{Limit: 1}); return err },
		"settings": func() error {
			return store.SetSettings(ctx, id, id, chat.Settings{Notifications: chat.NotifyAll})
		},
		"direct": func() error { _, _, err := store.OpenDirect(ctx, id, id, uuid.New()); return err },
		"cursors": func() error {
			_, err := store.AdvanceCursors(ctx, []chat.CursorsMoved{{ConversationID: id}})
			return err
		},
		"account": func() error { _, _, err := store.Account(ctx, "ann"); return err },
		"create":  func() error { _, err := store.CreateAccount(ctx, newAccount(id, "ann"), chat.AuditEntry{}); return err },
		"session": func() error { _, err := store.SessionActive(ctx, id); return err },
		"rotate":  func() error { _, err := store.RotateSession(ctx, id, nil, nil, time.Hour); return err },
	} {
		err := try()
		e, known := chat.AsError(err)
		if !known || e.Code != chat.CodeUnavailable || e.RetryAfter <= 0 {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if store.Ping(ctx) == nil {
		t.Error("it answers a ping")
	}
}

func TestWhoStopsWaitingGetsUnavailable(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.Append(ctx, []chat.Draft{draft(k.room, k.ann, "a")}); chat.CodeOf(err) != chat.CodeUnavailable || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestSettingsThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	if _, err := postgres.Open(t.Context(), postgres.Config{URL: "postgres://host:not-a-port/x"}); err == nil {
		t.Error("a store was opened")
	}
	if _, err := postgres.NewMigrator("postgres://host:not-a-port/x", testenv.Log(t)); err == nil {
		t.Error("a migrator was made")
	}
}

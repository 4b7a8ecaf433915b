package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"uim.dev/uim/chatserver/breaker"
	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres"
	"uim.dev/uim/chatserver/testenv"
)

// newPrivateTalk is newTalk on a server that the test may stop.
func newPrivateTalk(t *testing.T) (*talk, *testenv.Private) {
	t.Helper()
	url, server := testenv.PrivatePostgres(t)
	d := &database{connect(t, url), url}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); d.Breaker().Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	k := &talk{database: d, ann: d.person(t, "ann"), bob: d.person(t, "bob")}
	k.room = d.direct(t, k.ann, k.bob)
	return k, server
}

func (k *talk) awaitBreaker(t *testing.T, want breaker.State) {
	t.Helper()
	eventually(t, "the breaker notices", func() bool { return k.Breaker().State() == want })
}

func TestAServerThatStoppedIsUnavailableAtOnceAndFoundAgain(t *testing.T) {
	t.Parallel()
	k, server := newPrivateTalk(t)
	k.say(t, draft(k.room, k.ann, "before"))
	server.Stop()
	_, err := k.Append(t.Context(), []chat.Draft{draft(k.room, k.ann, "meanwhile")})
	if chat.CodeOf(err) != chat.CodeUnavailable {
		t.Errorf("got %v, want unavailable", err)
	}
	k.awaitBreaker(t, breaker.Open)
	for what, try := range map[string]func() error{
		"a batch": func() error { _, err := k.Append(t.Context(), []chat.Draft{draft(k.room, k.ann, "x")}); return err },
		"rows": func() error {
			_, err := k.History(t.Context(), k.room, chat.HistoryRange{Limit: 1})
			return err
		},
		"a row":         func() error { _, err := k.User(t.Context(), k.ann); return err },
		"a statement":   func() error { return k.NoteAudit(t.Context(), []chat.AuditEntry{{Action: "test"}}) },
		"a transaction": func() error { _, _, err := k.OpenDirect(t.Context(), k.room, k.ann, k.eve); return err },
	} {
		if err := try(); !errors.Is(err, breaker.ErrOpen) || chat.CodeOf(err) != chat.CodeUnavailable {
			t.Errorf("%s: got %v, want unavailable without a try", what, err)
		}
	}
	server.Start()
	k.awaitBreaker(t, breaker.Closed)
	if s := k.say(t, draft(k.room, k.ann, "after"))[0]; s.Seq != 2 {
		t.Errorf("the next message got seq %d", s.Seq)
	}
}

// A server that hangs is the worst: without a breaker everybody waits for as
// long as a statement may take.
func TestAServerThatHangsIsFoundOut(t *testing.T) {
	t.Parallel()
	k, server := newPrivateTalk(t)
	k.say(t, draft(k.room, k.ann, "before"))
	server.Pause()
	outcome := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, err := k.Append(ctx, []chat.Draft{draft(k.room, k.ann, "stuck")})
		outcome <- err
	}()
	k.awaitBreaker(t, breaker.Open) // long before the minute is over
	if _, err := k.History(t.Context(), k.room, chat.HistoryRange{Limit: 1}); !errors.Is(err, breaker.ErrOpen) {
		t.Errorf("got %v, want no try", err)
	}
	server.Resume()
	if err := <-outcome; err != nil {
		t.Errorf("what was under way failed: %v", err)
	}
	k.awaitBreaker(t, breaker.Closed)
	if s := k.say(t, draft(k.room, k.ann, "after"))[0]; s.Seq != 3 {
		t.Errorf("the next message got seq %d", s.Seq)
	}
}

// What a breaker guards are connections, not the sense of statements.
func TestRefusedStatementsDoNotOpenTheBreaker(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	k.exec(t, "ALTER TABLE messages RENAME TO elsewhere")
	for what, try := range map[string]func() error{
		"a name that is taken": func() error {
			_, err := k.CreateAccount(t.Context(), newAccount(uuid.New(), "ann"), chat.AuditEntry{})
			return err
		},
		"a query that was given up": func() error { _, err := k.User(cancelled, k.ann); return err },
		"nobody":                    func() error { _, err := k.User(t.Context(), k.room); return err },
		"a table that is not there": func() error {
			_, err := k.History(t.Context(), k.room, chat.HistoryRange{Limit: 1})
			return err
		},
	} {
		for range 2 * 3 { // more in a row than would open it
			if try() == nil {
				t.Fatalf("%s was fine", what)
			}
		}
		if !k.Breaker().Up() {
			t.Fatalf("%s opened the breaker", what)
		}
	}
}

func TestABreakerLeavesNothingRunning(t *testing.T) { //nolint:paralleltest // it counts all goroutines
	url := testenv.Database(t)
	before := goleak.IgnoreCurrent()
	store, err := postgres.Open(t.Context(), postgres.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); store.Breaker().Run(ctx) }()
	if err := store.NoteAudit(t.Context(), []chat.AuditEntry{{Action: "test"}}); err != nil {
		t.Error(err)
	}
	cancel()
	<-ended
	store.Close()
	goleak.VerifyNone(t, before)
}

package auth

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"uim.dev/uim/chatserver/chat"
)

// archive is an AuditStore.
type archive struct {
	mu       sync.Mutex
	batches  []int
	cleared  int // pieces of the audit log
	sessions int // pieces of sessions
	fail     error
}

func (a *archive) NoteAudit(_ context.Context, entries []chat.AuditEntry) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fail == nil {
		a.batches = append(a.batches, len(entries))
	}
	return a.fail
}

func (a *archive) PruneAudit(_ context.Context, age time.Duration) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if age != time.Hour {
		return false, errors.New("another age")
	}
	a.cleared++
	return a.cleared%3 != 0, a.fail // three pieces each time
}

func (a *archive) PruneSessions(context.Context, time.Duration) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sessions++
	return false, a.fail
}

// lines is a log that may be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// startAudit runs an AuditLog in a bubble.
func startAudit(t *testing.T, store *archive, retention time.Duration) (a *AuditLog, log *lines, stop func()) {
	t.Helper()
	log = &lines{}
	a = NewAuditLog(store, retention, slog.New(slog.NewTextHandler(log, nil)))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); a.Run(ctx) }()
	return a, log, func() { cancel(); <-ended }
}

func pass(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // the clock of a synctest bubble
	synctest.Wait()
}

func TestEntriesAreWrittenInGroupsAndTheLastOnesAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &archive{}
		a, _, stop := startAudit(t, store, time.Hour)
		for range 3 {
			a.Note(chat.AuditEntry{Action: chat.AuditLoginFailed})
		}
		pass(auditInterval)
		a.Note(chat.AuditEntry{})
		stop()
		if len(store.batches) != 2 || store.batches[0] != 3 || store.batches[1] != 1 {
			t.Errorf("written were %v", store.batches)
		}
	})
}

func TestNotingNeverBlocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &archive{fail: errors.New("away")}
		a, log, stop := startAudit(t, store, time.Hour)
		for range auditQueue + 2 {
			a.Note(chat.AuditEntry{Action: chat.AuditLoginFailed})
		}
		if n := strings.Count(log.String(), "was lost"); n != 2 {
			t.Errorf("%d losses are told", n)
		}
		pass(auditInterval)
		stop()
		if !strings.Contains(log.String(), "Writing to the audit log failed") {
			t.Errorf("the log is %s", log)
		}
	})
}

func TestOldEntriesAreClearedPieceByPiece(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, forever := &archive{}, &archive{}
		_, _, stop := startAudit(t, store, time.Hour)
		_, _, stopForever := startAudit(t, forever, 0)
		pass(pruneDelay + 2*pruneInterval)
		stop()
		stopForever()
		if store.cleared != 9 || store.sessions != 3 {
			t.Errorf("%d pieces of the log, %d of sessions", store.cleared, store.sessions)
		}
		if forever.cleared != 0 || forever.sessions != 3 {
			t.Errorf("kept for ever: %d pieces of the log, %d of sessions", forever.cleared, forever.sessions)
		}
	})
}

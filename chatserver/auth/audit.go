package auth

import (
	"context"
	"log/slog"
	"time"

	"uim.dev/uim/chatserver/chat"
)

// AuditStore keeps the audit log.
type AuditStore interface {
	// NoteAudit stores entries.
	NoteAudit(ctx context.Context, entries []chat.AuditEntry) error
	// PruneAudit deletes a piece of what is older, and reports whether there is more.
	PruneAudit(ctx context.Context, olderThan time.Duration) (more bool, err error)
	// PruneSessions deletes a piece of the sessions that ended longer ago, and
	// reports whether there are more.
	PruneSessions(ctx context.Context, endedBefore time.Duration) (more bool, err error)
}

const (
	auditQueue    = 1024 // entries that wait; what comes when it is full is lost
	auditInterval = time.Second
	pruneDelay    = time.Minute // after the start, when there is enough to do
	pruneInterval = time.Hour
	// endedSessionsKept is how long a session that is over is remembered, so that
	// its refresh token is told from a made-up one.
	endedSessionsKept = 30 * 24 * time.Hour
)

// AuditLog writes what no transaction carries, such as a login that failed,
// without the time it takes being felt, and clears away what is old.
type AuditLog struct {
	store     AuditStore
	retention time.Duration // 0: for ever
	log       *slog.Logger
	queue     chan chat.AuditEntry
}

// NewAuditLog returns an AuditLog; Run does its work.
func NewAuditLog(store AuditStore, retention time.Duration, log *slog.Logger) *AuditLog {
	return &AuditLog{store: store, retention: retention, log: log, queue: make(chan chat.AuditEntry, auditQueue)}
}

// Note implements Auditor. An entry for which there is no room is lost, and said so.
func (a *AuditLog) Note(e chat.AuditEntry) {
	select {
	case a.queue <- e:
	default:
		a.log.Warn("The audit log is too slow; an entry was lost", "action", e.Action, "actor_id", e.Actor.ID)
	}
}

// Run writes and prunes until ctx ends, and then writes what is left.
func (a *AuditLog) Run(ctx context.Context) {
	write, prune := time.NewTicker(auditInterval), time.NewTimer(pruneDelay)
	defer write.Stop()
	defer prune.Stop()
	for {
		select {
		case <-write.C:
			a.flush(ctx)
		case <-prune.C:
			a.prune(ctx)
			prune.Reset(pruneInterval)
		case <-ctx.Done():
			a.flush(context.WithoutCancel(ctx))
			return
		}
	}
}

// flush writes what waits. What can't be written is lost: the entries are a
// help to the operator, and the store may be away for long.
func (a *AuditLog) flush(ctx context.Context) {
	var entries []chat.AuditEntry
	for len(a.queue) > 0 {
		entries = append(entries, <-a.queue)
	}
	if len(entries) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := a.store.NoteAudit(ctx, entries); err != nil {
		a.log.Warn("Writing to the audit log failed", "entries", len(entries), "error", err)
	}
}

// prune clears away what is old, piece by piece. All nodes do it; that they meet
// costs nothing.
func (a *AuditLog) prune(ctx context.Context) {
	pieces := func(what string, prune func(context.Context, time.Duration) (bool, error), age time.Duration) {
		for more := true; more && ctx.Err() == nil; {
			var err error
			if more, err = prune(ctx, age); err != nil && ctx.Err() == nil {
				a.log.Warn("Clearing away what is old failed", "of", what, "error", err)
			}
		}
	}
	if a.retention > 0 {
		pieces("the audit log", a.store.PruneAudit, a.retention)
	}
	pieces("sessions", a.store.PruneSessions, endedSessionsKept)
}

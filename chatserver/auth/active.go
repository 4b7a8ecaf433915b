package auth

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

const (
	// activeTTL is how long a session found active is believed to be so. It
	// bounds how long an access token outlives its session when the event that
	// tells of the end is lost.
	activeTTL = 5 * time.Second
	// activeMax bounds the memory of ActiveSessions (about 6 MB).
	activeMax = 50_000
)

// SessionChecker reports whether a session may still be used.
type SessionChecker interface {
	SessionActive(ctx context.Context, id uuid.UUID) (bool, error)
}

// ActiveSessions asks the store whether sessions may still be used, and
// remembers the good answers for a short time, or until it is told of their
// end. It may be used by many.
type ActiveSessions struct {
	store SessionChecker
	now   func() time.Time

	mu    sync.Mutex
	good  map[uuid.UUID]goodSession
	heard int // events; an answer asked for before one is not remembered
}

type goodSession struct {
	user  uuid.UUID
	until time.Time
}

// NewActiveSessions returns an ActiveSessions that knows nothing yet.
func NewActiveSessions(store SessionChecker) *ActiveSessions {
	return &ActiveSessions{store: store, now: time.Now, good: map[uuid.UUID]goodSession{}}
}

// check returns session_revoked for a session that has ended.
func (a *ActiveSessions) check(ctx context.Context, id Identity) error {
	now := a.now()
	a.mu.Lock()
	fresh := now.Before(a.good[id.SessionID].until)
	heard := a.heard
	a.mu.Unlock()
	if fresh {
		return nil
	}
	active, err := a.store.SessionActive(ctx, id.SessionID)
	if err != nil {
		return err
	}
	if !active {
		return &chat.Error{Code: chat.CodeSessionRevoked}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.heard != heard {
		return nil
	}
	if len(a.good) >= activeMax {
		clear(a.good)
	}
	a.good[id.SessionID] = goodSession{id.UserID, now.Add(activeTTL)}
	return nil
}

// Forget makes the next check of the sessions that ended ask the store.
func (a *ActiveSessions) Forget(e chat.SessionsEnded) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.heard++
	if len(e.SessionIDs) > 0 {
		for _, id := range e.SessionIDs {
			delete(a.good, id)
		}
		return
	}
	for id, s := range a.good {
		if s.user == e.UserID && e.Covers(id) {
			delete(a.good, id)
		}
	}
}

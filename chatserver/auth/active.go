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
	// bounds how long an access token outlives its session.
	activeTTL = 5 * time.Second
	// activeMax bounds the memory of activeSessions (about 5 MB).
	activeMax = 50_000
)

// activeSessions asks the store whether sessions may still be used, and
// remembers the good answers for a short time.
type activeSessions struct {
	ask func(ctx context.Context, session uuid.UUID) (bool, error)
	now func() time.Time

	mu    sync.Mutex
	until map[uuid.UUID]time.Time
}

func newActiveSessions(ask func(context.Context, uuid.UUID) (bool, error)) *activeSessions {
	return &activeSessions{ask: ask, now: time.Now, until: map[uuid.UUID]time.Time{}}
}

// check returns session_revoked for a session that has ended.
func (a *activeSessions) check(ctx context.Context, session uuid.UUID) error {
	now := a.now()
	a.mu.Lock()
	fresh := now.Before(a.until[session])
	a.mu.Unlock()
	if fresh {
		return nil
	}
	active, err := a.ask(ctx, session)
	if err != nil {
		return err
	}
	if !active {
		return &chat.Error{Code: chat.CodeSessionRevoked}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.until) >= activeMax {
		clear(a.until)
	}
	a.until[session] = now.Add(activeTTL)
	return nil
}

// forget makes the next check ask the store.
func (a *activeSessions) forget(session uuid.UUID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.until, session)
}

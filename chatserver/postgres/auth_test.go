package postgres_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/testenv"
)

// crier is a Publisher that tells of sessions that ended, as the fan-out does.
type crier struct{ active *auth.ActiveSessions }

func (c crier) Publish(_ context.Context, events []chat.Event) {
	for _, e := range events {
		if ended, ok := e.(chat.SessionsEnded); ok {
			c.active.Forget(ended)
		}
	}
}

// Note implements auth.Auditor, at once.
func (d *database) Note(e chat.AuditEntry) {
	_ = d.NoteAudit(context.Background(), []chat.AuditEntry{e})
}

// newAuth is the service of accounts on the real store.
func newAuth(t *testing.T, d *database) *auth.Service {
	t.Helper()
	dir := t.TempDir()
	must(t, auth.CreateKeys(dir, time.Now()))
	keys, err := auth.OpenKeyring(dir, testenv.Log(t))
	must(t, err)
	active := auth.NewActiveSessions(d)
	s, err := auth.NewService(auth.Parts{Store: d, Keys: keys, Active: active, Publisher: crier{active}, Audit: d}, auth.Config{
		Issuer: "https://chat.example.com", AccessTTL: time.Minute, RefreshTTL: time.Hour, PasswordCost: bcrypt.MinCost})
	must(t, err)
	return s
}

func TestALifeOfASession(t *testing.T) {
	t.Parallel()
	d := open(t)
	s := newAuth(t, d)
	first, err := s.Register(t.Context(), auth.Registration{Username: "ann", Password: "correct horse"}, auth.Client{})
	must(t, err)
	_, err = s.Login(t.Context(), "ANN", "wrong horse", auth.Client{})
	if chat.CodeOf(err) != chat.CodeInvalidCredentials {
		t.Errorf("a wrong password: %v", err)
	}
	if _, err := s.Login(t.Context(), "ann\x00", "correct horse", auth.Client{}); chat.CodeOf(err) != chat.CodeInvalidCredentials {
		t.Errorf("a name that can't be one: %v", err)
	}
	second, err := s.Refresh(t.Context(), first.RefreshToken, auth.Client{})
	must(t, err)
	id, err := s.Authenticate(t.Context(), second.AccessToken)
	if err != nil || id.UserID != first.User.ID {
		t.Errorf("got %+v, %v", id, err)
	}
	must(t, s.Logout(t.Context(), chat.Actor{ID: id.UserID}, id.SessionID))
	if _, err := s.Authenticate(t.Context(), second.AccessToken); chat.CodeOf(err) != chat.CodeSessionRevoked {
		t.Errorf("after signing out: %v", err)
	}
	if _, err := s.Refresh(t.Context(), second.RefreshToken, auth.Client{}); chat.CodeOf(err) != chat.CodeSessionRevoked {
		t.Errorf("after signing out: %v", err)
	}
}

func TestAStolenTokenEndsTheRealSession(t *testing.T) {
	t.Parallel()
	d := open(t)
	s := newAuth(t, d)
	stolen, err := s.Register(t.Context(), auth.Registration{Username: "ann", Password: "correct horse"}, auth.Client{})
	must(t, err)
	honest, err := s.Refresh(t.Context(), stolen.RefreshToken, auth.Client{})
	must(t, err)
	d.exec(t, "UPDATE sessions SET rotated_at = now() - interval '11 seconds'")
	if _, err := s.Refresh(t.Context(), stolen.RefreshToken, auth.Client{}); chat.CodeOf(err) != chat.CodeRefreshReused {
		t.Errorf("the thief: %v", err)
	}
	if _, err := s.Refresh(t.Context(), honest.RefreshToken, auth.Client{}); chat.CodeOf(err) != chat.CodeSessionRevoked {
		t.Errorf("the other one: %v", err)
	}
}

func TestTwoTabsRefreshAtOnce(t *testing.T) {
	t.Parallel()
	d := open(t)
	s := newAuth(t, d)
	grant, err := s.Register(t.Context(), auth.Registration{Username: "ann", Password: "correct horse"}, auth.Client{})
	must(t, err)
	for range 5 {
		var mu sync.Mutex
		var race sync.WaitGroup
		next := map[string]auth.Grant{}
		for range 6 {
			race.Go(func() {
				g, err := s.Refresh(t.Context(), grant.RefreshToken, auth.Client{})
				mu.Lock()
				defer mu.Unlock()
				if next[g.RefreshToken] = g; err != nil {
					t.Error(err)
				}
			})
		}
		race.Wait()
		if len(next) != 1 {
			t.Fatalf("%d different tokens", len(next))
		}
		for _, grant = range next {
		}
	}
}

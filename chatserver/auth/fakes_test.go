package auth

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/crypto/bcrypt"

	"uim.dev/uim/chatserver/chat"
)

// memory is a Store. Its clock moves only when told.
type memory struct {
	mu       sync.Mutex
	now      time.Time
	accounts map[string]account // by lower-case username
	sessions map[uuid.UUID]*stored
	asked    int   // questions of any kind
	fail     error // answered to everything when set
}

type account struct {
	user chat.User
	hash string
}

type stored struct {
	NewSession
	rotated, expires time.Time
	revoked          bool
}

func (m *memory) begin() (unlock func(), err error) {
	m.mu.Lock()
	m.asked++
	return m.mu.Unlock, m.fail
}

func (m *memory) CreateAccount(_ context.Context, user chat.User, hash string, s NewSession) (chat.User, error) {
	unlock, err := m.begin()
	defer unlock()
	name := strings.ToLower(user.Username)
	if _, taken := m.accounts[name]; taken {
		return chat.User{}, &chat.Error{Code: chat.CodeUsernameTaken}
	}
	user.CreatedAt = m.now
	m.accounts[name] = account{user, hash}
	m.keep(s)
	return user, err
}

func (m *memory) keep(s NewSession) {
	m.sessions[s.ID] = &stored{NewSession: s, rotated: m.now, expires: m.now.Add(s.TTL)}
}

func (m *memory) Account(_ context.Context, username string) (chat.User, string, error) {
	unlock, err := m.begin()
	defer unlock()
	if strings.ContainsRune(username, 0) {
		return chat.User{}, "", errors.New("invalid byte sequence") // as Postgres says
	}
	a, ok := m.accounts[strings.ToLower(username)]
	if !ok && err == nil {
		err = chat.ErrNotFound
	}
	return a.user, a.hash, err
}

func (m *memory) User(_ context.Context, id uuid.UUID) (chat.User, error) {
	unlock, err := m.begin()
	defer unlock()
	for _, a := range m.accounts {
		if a.user.ID == id {
			return a.user, err
		}
	}
	return chat.User{}, chat.ErrNotFound
}

func (m *memory) CreateSession(_ context.Context, s NewSession) error {
	unlock, err := m.begin()
	defer unlock()
	m.keep(s)
	return err
}

func (m *memory) Session(_ context.Context, id uuid.UUID, grace time.Duration) (Session, error) {
	unlock, err := m.begin()
	defer unlock()
	s := m.sessions[id]
	switch {
	case err != nil:
		return Session{}, err
	case s == nil:
		return Session{}, chat.ErrNotFound
	}
	return Session{
		UserID: s.UserID, RefreshHash: s.RefreshHash, InGrace: m.now.Sub(s.rotated) < grace, Expired: !m.now.Before(s.expires), Revoked: s.revoked,
	}, nil
}

func (m *memory) RotateSession(_ context.Context, id uuid.UUID, current, next []byte, ttl time.Duration) (bool, error) {
	unlock, err := m.begin()
	defer unlock()
	s := m.sessions[id]
	if err != nil || s == nil || s.revoked || !m.now.Before(s.expires) || !bytes.Equal(s.RefreshHash, current) {
		return false, err
	}
	s.RefreshHash, s.rotated, s.expires = next, m.now, m.now.Add(ttl)
	return true, nil
}

func (m *memory) RevokeSession(_ context.Context, id uuid.UUID) error {
	unlock, err := m.begin()
	defer unlock()
	if s := m.sessions[id]; s != nil && err == nil {
		s.revoked = true
	}
	return err
}

func (m *memory) SessionActive(_ context.Context, id uuid.UUID) (bool, error) {
	unlock, err := m.begin()
	defer unlock()
	s := m.sessions[id]
	return s != nil && !s.revoked && m.now.Before(s.expires), err
}

// pass lets time go by, for the store.
func (m *memory) pass(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
}

// questions returns how often the store was asked since the last call.
func (m *memory) questions() (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, m.asked = m.asked, 0
	return n
}

// cheapHasher hashes as the real one does but for the effort.
func cheapHasher(t *testing.T) *hasher {
	t.Helper()
	h, err := newHasher(bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func newKeys(t *testing.T) *Keys {
	t.Helper()
	dir := t.TempDir()
	if err := CreateKeys(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	keys, err := LoadKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

var config = Config{Issuer: "https://chat.example.com", AccessTTL: 15 * time.Minute, RefreshTTL: 7 * 24 * time.Hour}

func newService(t *testing.T) (*Service, *memory) {
	t.Helper()
	store := &memory{now: time.Now(), accounts: map[string]account{}, sessions: map[uuid.UUID]*stored{}}
	return &Service{
		store: store, config: config, hasher: cheapHasher(t),
		tokens:  newTokens(newKeys(t), config.Issuer, config.AccessTTL, time.Now),
		refresh: newRefreshTokens(newKeys(t)),
		active:  newActiveSessions(store.SessionActive),
	}, store
}

// register makes an account named ann and returns its first grant.
func register(t *testing.T, s *Service) Grant {
	t.Helper()
	g, err := s.Register(t.Context(), Registration{Username: "ann", Password: "correct horse", DeviceName: "a test"})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func expectCode(t *testing.T, what string, err error, want chat.Code) {
	t.Helper()
	if err == nil || chat.CodeOf(err) != want {
		t.Errorf("%s: got %v, want %s", what, err, want)
	}
}

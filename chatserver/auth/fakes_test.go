package auth

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/crypto/bcrypt"

	"uim.dev/uim/chatserver/chat"
)

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
	store.active = NewActiveSessions(store)
	common, err := loadCommonPasswords()
	if err != nil {
		t.Fatal(err)
	}
	return &Service{
		store: store, config: config, hasher: cheapHasher(t), common: common,
		tokens:  newTokens(newKeys(t), config.Issuer, config.AccessTTL, time.Now),
		refresh: newRefreshTokens(newKeys(t)),
		active:  store.active, publisher: store, audit: store,
	}, store
}

// register makes an account named ann and returns its first grant.
func register(t *testing.T, s *Service) Grant {
	t.Helper()
	g, err := s.Register(t.Context(), Registration{Username: "ann", Password: "correct horse"}, Client{Device: "a test"})
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

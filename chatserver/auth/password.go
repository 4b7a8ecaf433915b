package auth

import (
	"context"
	"runtime"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"uim.dev/uim/chatserver/chat"
)

// DefaultPasswordCost is the bcrypt cost of passwords: some 50 ms on a small
// server (OWASP asks for at least 10).
const DefaultPasswordCost = 10

// Bounds of a password in bytes. bcrypt ignores what follows byte 72, so a
// longer one is refused rather than cut.
const (
	minPassword = 8
	maxPassword = 72
)

// checkPassword notes what keeps the password in a field from being a person's.
func (s *Service) checkPassword(p *chat.Problems, field, password, username string) {
	switch {
	case len(password) < minPassword:
		p.Add(field, "too_short", "A password has at least 8 characters.")
	case len(password) > maxPassword:
		p.Add(field, "too_long", "A password has at most 72 bytes.")
	case strings.EqualFold(password, username):
		p.Add(field, "too_common", "A password must not be the username.")
	case s.common.has(password):
		p.Add(field, "too_common", "Many people have this password, so it is tried first.")
	}
}

// hasher bounds how many passwords are hashed at once, so that a rush of
// logins leaves processor time for those who chat.
type hasher struct {
	slots   chan struct{}
	cost    int
	decoy   []byte
	compare func(hash, password []byte) error
}

func newHasher(cost int) (*hasher, error) {
	decoy, err := bcrypt.GenerateFromPassword([]byte("no account has this password"), cost)
	slots := make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))
	return &hasher{slots: slots, cost: cost, decoy: decoy, compare: bcrypt.CompareHashAndPassword}, err
}

func (h *hasher) acquire(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &chat.Error{Code: chat.CodeOverloaded}
	}
}

func (h *hasher) release() { <-h.slots }

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.acquire(ctx); err != nil {
		return "", err
	}
	defer h.release()
	b, err := bcrypt.GenerateFromPassword([]byte(password), h.cost)
	return string(b), err
}

// matches compares a password with a hash. An empty hash, which stands for an
// unknown account, takes the same time and never matches.
func (h *hasher) matches(ctx context.Context, hash, password string) (bool, error) {
	if err := h.acquire(ctx); err != nil {
		return false, err
	}
	defer h.release()
	if hash == "" || len(password) > maxPassword {
		_ = h.compare(h.decoy, []byte("some other password"))
		return false, nil
	}
	return h.compare([]byte(hash), []byte(password)) == nil, nil
}

package auth

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// memory is a Store. Its clock moves only when told.
type memory struct {
	mu       sync.Mutex
	now      time.Time
	accounts map[string]account // by lower-case username
	sessions map[uuid.UUID]*stored
	active   *ActiveSessions
	told     []chat.Event
	peers    []chat.DirectPeer   // of everyone
	left     []chat.GroupChanged // groups of whoever deletes their account
	noted    []chat.AuditAction
	asked    int   // questions of any kind
	fail     error // answered to everything when set
}

type account struct {
	user chat.User
	hash string
}

// Publish implements chat.Publisher, as the fan-out does.
func (m *memory) Publish(_ context.Context, events []chat.Event) {
	for _, e := range events {
		if ended, ok := e.(chat.SessionsEnded); ok {
			m.active.Forget(ended)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told = append(m.told, events...)
}

// Note implements Auditor.
func (m *memory) Note(e chat.AuditEntry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.noted = append(m.noted, e.Action)
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

func (m *memory) CreateAccount(_ context.Context, a NewAccount, note chat.AuditEntry) (chat.User, error) {
	unlock, err := m.begin()
	defer unlock()
	name := strings.ToLower(a.User.Username)
	if _, taken := m.accounts[name]; taken {
		return chat.User{}, &chat.Error{Code: chat.CodeUsernameTaken}
	}
	a.User.CreatedAt = m.now
	m.accounts[name] = account{a.User, a.PasswordHash}
	m.keep(a.Session)
	m.noted = append(m.noted, note.Action)
	return a.User, err
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

// nameOf returns the key of a person's account.
func (m *memory) nameOf(id uuid.UUID) string {
	for name, a := range m.accounts {
		if a.user.ID == id {
			return name
		}
	}
	return ""
}

func (m *memory) AccountByID(_ context.Context, id uuid.UUID) (chat.User, string, error) {
	unlock, err := m.begin()
	defer unlock()
	a, ok := m.accounts[m.nameOf(id)]
	if !ok && err == nil {
		err = chat.ErrNotFound
	}
	return a.user, a.hash, err
}

func (m *memory) CreateSession(_ context.Context, s NewSession, hash string, note chat.AuditEntry) (bool, error) {
	unlock, err := m.begin()
	defer unlock()
	if err != nil || m.accounts[m.nameOf(s.UserID)].hash != hash {
		return false, err
	}
	m.keep(s)
	m.noted = append(m.noted, note.Action)
	return true, nil
}

func (m *memory) ChangePassword(_ context.Context, c PasswordChange, note chat.AuditEntry) (bool, error) {
	unlock, err := m.begin()
	defer unlock()
	name := m.nameOf(c.UserID)
	a := m.accounts[name]
	if err != nil || a.hash != c.OldHash {
		return false, err
	}
	m.accounts[name] = account{a.user, c.NewHash}
	for id, s := range m.sessions {
		s.revoked = s.revoked || s.UserID == c.UserID && id != c.Keep
	}
	m.noted = append(m.noted, note.Action)
	return true, nil
}

func (m *memory) DeleteAccount(_ context.Context, user uuid.UUID, hash string, note chat.AuditEntry) ([]chat.GroupChanged, bool, error) {
	unlock, err := m.begin()
	defer unlock()
	name := m.nameOf(user)
	if err != nil || m.accounts[name].hash != hash {
		return nil, false, err
	}
	delete(m.accounts, name)
	maps.DeleteFunc(m.sessions, func(_ uuid.UUID, s *stored) bool { return s.UserID == user })
	m.noted = append(m.noted, note.Action)
	return m.left, true, nil
}

func (m *memory) DirectPeers(context.Context, uuid.UUID, int) ([]chat.DirectPeer, error) {
	return m.peers, nil
}

func (m *memory) Sessions(_ context.Context, user, before uuid.UUID, limit int) (list []SessionInfo, err error) {
	unlock, err := m.begin()
	defer unlock()
	for id, s := range m.sessions {
		if s.UserID == user && !s.revoked && m.now.Before(s.expires) && bytes.Compare(id[:], before[:]) < 0 {
			list = append(list, SessionInfo{ID: id, DeviceName: s.DeviceName})
		}
	}
	slices.SortFunc(list, func(a, b SessionInfo) int { return bytes.Compare(b.ID[:], a.ID[:]) })
	return list[:min(limit, len(list))], err
}

func (m *memory) NameSession(_ context.Context, id Identity, device string) error {
	unlock, err := m.begin()
	defer unlock()
	if s := m.sessions[id.SessionID]; s != nil && s.UserID == id.UserID {
		s.DeviceName = device
	}
	return err
}

func (m *memory) EndedSessions(_ context.Context, ids []Identity) (ended []chat.SessionsEnded, err error) {
	unlock, err := m.begin()
	defer unlock()
	for _, id := range ids {
		if s := m.sessions[id.SessionID]; s == nil || s.revoked {
			ended = append(ended, chat.SessionsEnded{UserID: id.UserID, SessionIDs: []uuid.UUID{id.SessionID}, Reason: chat.SessionRevoked})
		}
	}
	return ended, err
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

func (m *memory) RevokeSession(_ context.Context, user, id uuid.UUID, note chat.AuditEntry) (bool, error) {
	unlock, err := m.begin()
	defer unlock()
	s := m.sessions[id]
	if err != nil || s == nil || s.UserID != user || s.revoked {
		return false, err
	}
	s.revoked = true
	m.noted = append(m.noted, note.Action)
	return true, nil
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

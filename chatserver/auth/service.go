package auth

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// Store keeps accounts and sessions.
type Store interface {
	// CreateAccount stores a new person and their first session together. The
	// error is username_taken or email_taken when that is why not.
	CreateAccount(ctx context.Context, user chat.User, passwordHash string, s NewSession) (chat.User, error)

	// Account returns a person and their password's hash; ErrNotFound when there is none.
	Account(ctx context.Context, username string) (user chat.User, passwordHash string, err error)

	// User returns a person; ErrNotFound when there is none.
	User(ctx context.Context, id uuid.UUID) (chat.User, error)

	// CreateSession stores a session.
	CreateSession(ctx context.Context, s NewSession) error

	// Session returns a session as its refresh token's holder meets it;
	// ErrNotFound when there is none. grace is how long the token before the
	// newest is still honoured.
	Session(ctx context.Context, id uuid.UUID, grace time.Duration) (Session, error)

	// RotateSession replaces the hash current by next and renews the session; it
	// reports false, changing nothing, when current is not the newest or the
	// session has ended.
	RotateSession(ctx context.Context, id uuid.UUID, current, next []byte, ttl time.Duration) (bool, error)

	// RevokeSession ends a session.
	RevokeSession(ctx context.Context, id uuid.UUID) error

	// SessionActive reports whether a session may still be used.
	SessionActive(ctx context.Context, id uuid.UUID) (bool, error)
}

// NewSession is a session about to be stored.
type NewSession struct {
	ID          uuid.UUID
	UserID      uuid.UUID
	DeviceName  string
	RefreshHash []byte
	TTL         time.Duration
}

// Session is a stored session.
type Session struct {
	UserID      uuid.UUID
	RefreshHash []byte
	InGrace     bool // rotated so lately that the trade may be repeated
	Expired     bool
	Revoked     bool
}

// Config sets the lifetimes and the name that tokens are issued under.
type Config struct {
	Issuer       string
	AccessTTL    time.Duration
	RefreshTTL   time.Duration // since the last refresh
	PasswordCost int           // of bcrypt
}

// refreshGrace is how long a refresh may be repeated: long enough for a retry
// after a lost answer, short enough to be of little use to a thief.
const refreshGrace = 10 * time.Second

var errNoSuchToken = chat.NewError(chat.CodeUnauthenticated, "The refresh token is not valid.")

// Service registers people, signs them in and out and tells who they are.
type Service struct {
	store   Store
	config  Config
	tokens  *tokens
	hasher  *hasher
	refresh refreshTokens
	active  *activeSessions
}

// NewService returns the service.
func NewService(store Store, keys *Keys, config Config) (*Service, error) {
	h, err := newHasher(config.PasswordCost)
	if err != nil {
		return nil, err
	}
	return &Service{
		store: store, config: config, hasher: h,
		tokens:  newTokens(keys, config.Issuer, config.AccessTTL, time.Now),
		refresh: newRefreshTokens(keys),
		active:  newActiveSessions(store.SessionActive),
	}, nil
}

// Grant is what a client gets for proving who it is.
type Grant struct {
	User         chat.User
	AccessToken  string
	ExpiresIn    time.Duration // of the access token
	RefreshToken string
	RefreshTTL   time.Duration
}

// Registration is what a new person tells.
type Registration struct {
	Username    string
	Password    string
	Email       string // empty: none
	DisplayName string // empty: the username
	DeviceName  string
}

// Register creates an account and signs it in.
func (s *Service) Register(ctx context.Context, r Registration) (Grant, error) {
	r.DisplayName = strings.TrimSpace(r.DisplayName)
	if r.DisplayName == "" {
		r.DisplayName = r.Username
	}
	var p chat.Problems
	p.CheckUsername(r.Username)
	checkPassword(&p, r.Password)
	if r.DisplayName != r.Username {
		p.CheckName("display_name", r.DisplayName)
	}
	if r.Email != "" {
		p.CheckEmail(r.Email)
	}
	if err := p.Err(); err != nil {
		return Grant{}, err
	}
	hash, err := s.hasher.hash(ctx, r.Password)
	if err != nil {
		return Grant{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Grant{}, err
	}
	session, refresh, err := s.newSession(id, r.DeviceName)
	if err != nil {
		return Grant{}, err
	}
	user, err := s.store.CreateAccount(ctx, chat.User{
		ID: id, Username: r.Username, DisplayName: r.DisplayName, Email: r.Email, Privacy: chat.DefaultPrivacy,
	}, hash, session)
	if err != nil {
		return Grant{}, err
	}
	return s.grant(user, session.ID, refresh)
}

// Login signs a person in. The error is invalid_credentials, after the same
// time, whether it is the username or the password that is wrong.
func (s *Service) Login(ctx context.Context, username, password, device string) (Grant, error) {
	user, hash, err := s.account(ctx, username)
	if err != nil && !errors.Is(err, chat.ErrNotFound) {
		return Grant{}, err
	}
	ok, err := s.hasher.matches(ctx, hash, password)
	if err != nil {
		return Grant{}, err
	}
	if !ok {
		return Grant{}, &chat.Error{Code: chat.CodeInvalidCredentials}
	}
	session, refresh, err := s.newSession(user.ID, device)
	if err != nil {
		return Grant{}, err
	}
	if err := s.store.CreateSession(ctx, session); err != nil {
		return Grant{}, err
	}
	return s.grant(user, session.ID, refresh)
}

// account spares the store names that nobody can have; some, such as one with a
// NUL, it could not even look for.
func (s *Service) account(ctx context.Context, username string) (chat.User, string, error) {
	var p chat.Problems
	if p.CheckUsername(username); len(p) > 0 {
		return chat.User{}, "", chat.ErrNotFound
	}
	return s.store.Account(ctx, username)
}

// Refresh trades a refresh token for new tokens of the same session. A token
// that was used before ends the session, since one of its two holders stole it;
// but within refreshGrace the same trade may be repeated.
func (s *Service) Refresh(ctx context.Context, text string) (Grant, error) {
	token, ok := s.refresh.parse(text)
	if !ok {
		return Grant{}, errNoSuchToken
	}
	next := s.refresh.next(token)
	// The store is the judge of two refreshes at once: only one rotates, and what
	// the other one then finds is a repeat.
	if _, err := s.store.RotateSession(ctx, token.session, token.hash(), next.hash(), s.config.RefreshTTL); err != nil {
		return Grant{}, err
	}
	session, err := s.store.Session(ctx, token.session, refreshGrace)
	switch {
	case errors.Is(err, chat.ErrNotFound):
		return Grant{}, errNoSuchToken
	case err != nil:
		return Grant{}, err
	case session.Revoked || session.Expired:
		return Grant{}, &chat.Error{Code: chat.CodeSessionRevoked}
	case !session.InGrace || !bytes.Equal(next.hash(), session.RefreshHash):
		if err := s.store.RevokeSession(ctx, token.session); err != nil {
			return Grant{}, err
		}
		s.active.forget(token.session)
		return Grant{}, &chat.Error{Code: chat.CodeRefreshReused}
	}
	user, err := s.store.User(ctx, session.UserID)
	if err != nil {
		return Grant{}, err
	}
	return s.grant(user, token.session, next)
}

// Logout ends a session.
func (s *Service) Logout(ctx context.Context, id Identity) error {
	defer s.active.forget(id.SessionID)
	return s.store.RevokeSession(ctx, id.SessionID)
}

// Authenticate returns whom an access token speaks for; the error is
// unauthenticated, token_expired or session_revoked.
func (s *Service) Authenticate(ctx context.Context, token string) (Identity, error) {
	id, err := s.tokens.verify(token)
	if err != nil {
		return Identity{}, err
	}
	return id, s.active.check(ctx, id.SessionID)
}

// Me returns the signed-in person, with what only they may see.
func (s *Service) Me(ctx context.Context, id uuid.UUID) (chat.User, error) {
	return s.store.User(ctx, id)
}

// PublicKeys returns the keys that verify access tokens.
func (s *Service) PublicKeys() []PublicKey { return s.tokens.keys.Public() }

func (s *Service) newSession(user uuid.UUID, device string) (NewSession, refreshToken, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return NewSession{}, refreshToken{}, err
	}
	refresh, err := s.refresh.first(id)
	if err != nil {
		return NewSession{}, refreshToken{}, err
	}
	return NewSession{ID: id, UserID: user, DeviceName: device, RefreshHash: refresh.hash(), TTL: s.config.RefreshTTL}, refresh, nil
}

func (s *Service) grant(user chat.User, session uuid.UUID, refresh refreshToken) (Grant, error) {
	access, err := s.tokens.issue(user.ID, session)
	if err != nil {
		return Grant{}, err
	}
	return Grant{
		User: user, AccessToken: access, ExpiresIn: s.config.AccessTTL,
		RefreshToken: s.refresh.format(refresh), RefreshTTL: s.config.RefreshTTL,
	}, nil
}

package auth

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

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
	store     Store
	config    Config
	tokens    *tokens
	hasher    *hasher
	common    commonPasswords
	refresh   refreshTokens
	active    *ActiveSessions
	publisher chat.Publisher
	audit     Auditor
}

// Parts is what a Service is made of.
type Parts struct {
	Store     Store
	Keys      *Keyring
	Active    *ActiveSessions
	Publisher chat.Publisher
	Audit     Auditor
}

// Auditor takes audit entries that no transaction carries; see AuditLog.
type Auditor interface {
	// Note writes an entry soon. It does not block.
	Note(e chat.AuditEntry)
}

// NewService returns the service.
func NewService(parts Parts, config Config) (*Service, error) {
	h, err := newHasher(config.PasswordCost)
	if err != nil {
		return nil, err
	}
	common, err := loadCommonPasswords()
	if err != nil {
		return nil, err
	}
	return &Service{
		store: parts.Store, config: config, hasher: h, common: common,
		tokens:  newTokens(parts.Keys, config.Issuer, config.AccessTTL, time.Now),
		refresh: newRefreshTokens(parts.Keys),
		active:  parts.Active, publisher: parts.Publisher, audit: parts.Audit,
	}, nil
}

// Client is the software that signs somebody in, and where it is.
type Client struct {
	Device string     // how the session is called
	IP     netip.Addr // invalid: not known
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
}

// Register creates an account and signs it in.
func (s *Service) Register(ctx context.Context, r Registration, from Client) (Grant, error) {
	r.DisplayName = strings.TrimSpace(r.DisplayName)
	if r.DisplayName == "" {
		r.DisplayName = r.Username
	}
	var p chat.Problems
	p.CheckUsername(r.Username)
	s.checkPassword(&p, "password", r.Password, r.Username)
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
	session, refresh, err := s.newSession(id, from.Device)
	if err != nil {
		return Grant{}, err
	}
	user, err := s.store.CreateAccount(ctx, NewAccount{
		User:         chat.User{ID: id, Username: r.Username, DisplayName: r.DisplayName, Email: r.Email, Privacy: chat.DefaultPrivacy},
		PasswordHash: hash, Session: session,
	}, from.entry(id, chat.AuditRegistered, session.ID))
	if err != nil {
		return Grant{}, err
	}
	return s.grant(user, session.ID, refresh)
}

// Login signs a person in. The error is invalid_credentials, after the same
// time, whether it is the username or the password that is wrong.
func (s *Service) Login(ctx context.Context, username, password string, from Client) (Grant, error) {
	user, hash, err := s.account(ctx, username)
	if err != nil && !errors.Is(err, chat.ErrNotFound) {
		return Grant{}, err
	}
	ok, err := s.hasher.matches(ctx, hash, password)
	if err != nil {
		return Grant{}, err
	}
	if !ok {
		if user.ID != uuid.Nil {
			failed := from.entry(user.ID, chat.AuditLoginFailed, uuid.Nil)
			failed.At = time.Now()
			s.audit.Note(failed)
		}
		return Grant{}, &chat.Error{Code: chat.CodeInvalidCredentials}
	}
	session, refresh, err := s.newSession(user.ID, from.Device)
	if err != nil {
		return Grant{}, err
	}
	created, err := s.store.CreateSession(ctx, session, hash, from.entry(user.ID, chat.AuditLogin, session.ID))
	if err != nil {
		return Grant{}, err
	}
	if !created { // the password was changed, or the account deleted, while we compared
		return Grant{}, &chat.Error{Code: chat.CodeInvalidCredentials}
	}
	return s.grant(user, session.ID, refresh)
}

// entry is an audit entry of a person whom this client signs in.
func (c Client) entry(user uuid.UUID, action chat.AuditAction, session uuid.UUID) chat.AuditEntry {
	return chat.AuditEntry{Actor: chat.Actor{ID: user, IP: c.IP}, Action: action, Target: session}
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
func (s *Service) Refresh(ctx context.Context, text string, from Client) (Grant, error) {
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
		if _, err := s.end(ctx, chat.Actor{ID: session.UserID, IP: from.IP}, token.session, chat.AuditRefreshReused); err != nil {
			return Grant{}, err
		}
		return Grant{}, &chat.Error{Code: chat.CodeRefreshReused}
	}
	user, err := s.store.User(ctx, session.UserID)
	if errors.Is(err, chat.ErrNotFound) { // the account was deleted a moment ago
		return Grant{}, errNoSuchToken
	}
	if err != nil {
		return Grant{}, err
	}
	return s.grant(user, token.session, next)
}

// Authenticate returns whom an access token speaks for; the error is
// unauthenticated, token_expired or session_revoked.
func (s *Service) Authenticate(ctx context.Context, token string) (Identity, error) {
	id, err := s.tokens.verify(token)
	if err != nil {
		return Identity{}, err
	}
	return id, s.active.check(ctx, id)
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

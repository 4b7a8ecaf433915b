package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// Store keeps accounts and sessions. What takes an audit entry writes it in the
// same transaction, if anything changed.
type Store interface {
	SessionChecker
	chat.PeerReader

	// CreateAccount stores a new person and their first session together. The
	// error is username_taken or email_taken when that is why not; a name that a
	// deleted account had is taken too.
	CreateAccount(ctx context.Context, a NewAccount, note chat.AuditEntry) (chat.User, error)

	// Account returns a person and their password's hash; ErrNotFound when there is none.
	Account(ctx context.Context, username string) (user chat.User, passwordHash string, err error)

	// AccountByID is Account for whose id is known.
	AccountByID(ctx context.Context, id uuid.UUID) (user chat.User, passwordHash string, err error)

	// User returns a person; ErrNotFound when there is none.
	User(ctx context.Context, id uuid.UUID) (chat.User, error)

	// CreateSession stores a session; it reports false, storing nothing, when the
	// account is gone or its password's hash is another one by now.
	CreateSession(ctx context.Context, s NewSession, passwordHash string, note chat.AuditEntry) (bool, error)

	// Session returns a session as its refresh token's holder meets it;
	// ErrNotFound when there is none. grace is how long the token before the
	// newest is still honoured.
	Session(ctx context.Context, id uuid.UUID, grace time.Duration) (Session, error)

	// Sessions returns a person's sessions that may be used, the latest sign-in
	// first, from before (exclusive) on.
	Sessions(ctx context.Context, user, before uuid.UUID, limit int) ([]SessionInfo, error)

	// NameSession gives a session that goes on the name of its device.
	NameSession(ctx context.Context, session Identity, device string) error

	// RotateSession replaces the hash current by next and renews the session; it
	// reports false, changing nothing, when current is not the newest or the
	// session has ended.
	RotateSession(ctx context.Context, id uuid.UUID, current, next []byte, ttl time.Duration) (bool, error)

	// RevokeSession ends a session; it reports false when the person has no such
	// session that goes on.
	RevokeSession(ctx context.Context, user, id uuid.UUID, note chat.AuditEntry) (bool, error)

	// EndedSessions returns, a person each, those of the sessions that may not be
	// used any longer.
	EndedSessions(ctx context.Context, sessions []Identity) ([]chat.SessionsEnded, error)

	// ChangePassword replaces a password's hash and ends all of the person's
	// sessions but one; it reports false, changing nothing, when the hash is
	// not the old one any more.
	ChangePassword(ctx context.Context, c PasswordChange, note chat.AuditEntry) (bool, error)

	// DeleteAccount erases a person and ends their sessions, all in one
	// transaction, after which nothing of theirs is stored; it reports false,
	// changing nothing, when the password's hash is another one by now. They leave
	// their groups, which find another owner if they need one.
	DeleteAccount(ctx context.Context, user uuid.UUID, passwordHash string, note chat.AuditEntry) (left []chat.GroupChanged, done bool, err error)
}

// NewAccount is an account about to be stored, with its first session.
type NewAccount struct {
	User         chat.User
	PasswordHash string
	Session      NewSession
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

// SessionInfo is a session as its owner sees it.
type SessionInfo struct {
	ID         uuid.UUID
	DeviceName string
	CreatedAt  time.Time
	LastUsedAt time.Time // when its tokens were last renewed
	ExpiresAt  time.Time
}

// PasswordChange is a new password for an account.
type PasswordChange struct {
	UserID           uuid.UUID
	OldHash, NewHash string
	Keep             uuid.UUID // the session that goes on
}

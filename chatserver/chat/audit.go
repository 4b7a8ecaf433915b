package chat

import (
	"net/netip"
	"time"

	"github.com/google/uuid"
)

// AuditAction is the stable name of something that the audit log keeps.
type AuditAction string

// The actions.
const (
	AuditRegistered      AuditAction = "account.registered"
	AuditLogin           AuditAction = "login"
	AuditLoginFailed     AuditAction = "login.failed" // of a known account
	AuditLogout          AuditAction = "logout"
	AuditSessionRevoked  AuditAction = "session.revoked"
	AuditRefreshReused   AuditAction = "refresh.reused"
	AuditPasswordChanged AuditAction = "password.changed"
	AuditEmailChanged    AuditAction = "email.changed"
	AuditAccountDeleted  AuditAction = "account.deleted"
	AuditBlocked         AuditAction = "user.blocked"
	AuditUnblocked       AuditAction = "user.unblocked"

	AuditRoleChanged   AuditAction = "group.role_changed"
	AuditMemberRemoved AuditAction = "group.member_removed"
	AuditOwnerChanged  AuditAction = "group.owner_changed"
	AuditGroupDeleted  AuditAction = "group.deleted"
)

// AuditEntry is one line of the audit log: who did what to what, and from
// where. It holds no secret and nothing that people wrote.
type AuditEntry struct {
	At     time.Time // zero: when it is written
	Actor  Actor
	Action AuditAction
	Target uuid.UUID         // a session, a person or a group; uuid.Nil: the actor's account
	Detail map[string]string // what else there is to know
}

// Actor is who asks for something, and from where.
type Actor struct {
	ID uuid.UUID
	IP netip.Addr // invalid: not known
}

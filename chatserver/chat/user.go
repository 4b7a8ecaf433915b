package chat

import (
	"time"

	"github.com/google/uuid"
)

// User is a person with an account.
type User struct {
	ID          uuid.UUID
	Username    string // as written at registration; unique without regard to case
	DisplayName string
	AvatarURL   string // empty when there is none
	Email       string // only for the person; empty when there is none
	Privacy     Privacy
	CreatedAt   time.Time
	Deleted     bool // the account is gone; the names are placeholders
}

// What others see in place of the names of a person whose account is gone. No
// username can be the placeholder.
const (
	DeletedUsername = "~deleted"
	DeletedName     = "Deleted user"
)

// Privacy says what a person lets others see. Whoever hides something does not
// see it of others either.
type Privacy struct {
	ReadReceipts bool
	Typing       bool
	LastSeen     bool
}

// DefaultPrivacy is a new account's.
var DefaultPrivacy = Privacy{ReadReceipts: true, Typing: true, LastSeen: true}

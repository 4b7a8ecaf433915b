package chat

import (
	"encoding/json"
	"hash/fnv"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// Kind tells 1:1 conversations from groups.
type Kind string

// The kinds of conversation.
const (
	KindDirect Kind = "direct"
	KindGroup  Kind = "group"
)

// Role is what a member may do in a conversation.
type Role string

// The roles, from most to least.
const (
	RoleOwner  Role = "owner"
	RoleAdmin  Role = "admin"
	RoleMember Role = "member"
)

// Notifications is which messages of a conversation call for a person's attention.
type Notifications string

// The notification levels.
const (
	NotifyAll      Notifications = "all"
	NotifyMentions Notifications = "mentions"
	NotifyNone     Notifications = "none"
)

// Conversation is a conversation as one of its members sees it.
type Conversation struct {
	ID          uuid.UUID
	Kind        Kind
	Name        string // groups
	Description string // groups
	AvatarURL   string
	// HistoryVisible: new members of the group see what was said before they came.
	HistoryVisible bool
	CreatedBy      uuid.UUID
	CreatedAt      time.Time
	UpdatedAt      time.Time // of the last message, or creation
	MemberCount    int
	LastSeq        int64 // 0: no message yet
	LastMessage    *Message

	// The viewer's side.
	MyRole         Role
	MyJoinedSeq    int64 // messages up to and including this seq are not shown
	MyReadSeq      int64
	MyDeliveredSeq int64
	UnreadCount    int64 // what others wrote after the viewer's cursors and own messages
	FirstUnreadSeq int64 // 0: nothing is unread
	// UnreadMentions is how many of the unread messages call the viewer, or everybody.
	UnreadMentions        int64
	FirstUnreadMentionSeq int64 // 0: there is none
	Settings              Settings

	// The other side of a direct conversation.
	Peer             *User
	PeerReadSeq      int64
	PeerDeliveredSeq int64
}

// Version names what the viewer sees of a conversation beside its messages: names,
// members, settings, cursors. It is the same as long as all of that is the same,
// on every node. What follows from the messages alone is left out, since clients
// compare that by seq.
func (c Conversation) Version() string {
	c.LastSeq, c.LastMessage, c.UnreadCount, c.FirstUnreadSeq, c.UpdatedAt = 0, nil, 0, 0, time.Time{}
	c.UnreadMentions, c.FirstUnreadMentionSeq = 0, 0
	c.CreatedAt, c.Settings.MutedUntil = time.Time{}, c.Settings.MutedUntil.UTC() // whatever zone a node is in
	if c.Peer != nil {
		peer := *c.Peer
		peer.CreatedAt = time.Time{}
		c.Peer = &peer
	}
	h := fnv.New64a()
	if err := json.NewEncoder(h).Encode(c); err != nil {
		panic("chat: writing a conversation: " + err.Error()) // times have at most four digits of year
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// Settings is how one member wants a conversation to behave.
type Settings struct {
	MutedUntil    time.Time // zero: not muted
	Notifications Notifications
	Pinned        bool // kept at the top of the list
	// Archived conversations are not in the list until somebody writes, unless
	// they are muted or notify of nothing; with NotifyMentions, until somebody calls
	// the person.
	Archived bool
}

// NewSettings replace a member's settings. All of them have to be said: what is
// left out would be changed unawares.
type NewSettings struct {
	MutedUntil    time.Time // zero or past: not muted
	Notifications Notifications
	Pinned        *bool
	Archived      *bool
}

// check returns the settings, or what keeps them from being stored.
func (n NewSettings) check(now time.Time) (Settings, error) {
	var p Problems
	s := Settings{Notifications: n.Notifications}
	switch n.Notifications {
	case NotifyAll, NotifyMentions, NotifyNone:
	case "":
		p.Add("notifications", "required", "Say all, mentions or none.")
	default:
		p.Add("notifications", "unknown", "This is all, mentions or none.")
	}
	if n.MutedUntil.After(now) {
		s.MutedUntil = n.MutedUntil
	}
	if n.MutedUntil.UTC().Year() > 9999 {
		p.Add("muted_until", "too_late", "The last year that can be written is 9999.")
	}
	if n.Pinned == nil {
		p.Add("pinned", "required", "Say true or false.")
	} else {
		s.Pinned = *n.Pinned
	}
	if n.Archived == nil {
		p.Add("archived", "required", "Say true or false.")
	} else {
		s.Archived = *n.Archived
	}
	return s, p.Err()
}

// Member is a person's place in a conversation.
type Member struct {
	User         User
	Role         Role
	JoinedAt     time.Time
	DeliveredSeq int64
	ReadSeq      int64
}

package chat

import (
	"context"
	"strings"

	"github.com/google/uuid"
)

// maxPeersTold bounds how many direct conversations are shown anew when a person
// changes. The others look right when they are next opened or synced.
const maxPeersTold = 200

// PeerReader finds whom a person talks with.
type PeerReader interface {
	// DirectPeers returns those with whom a person has direct conversations, the
	// most recently active first.
	DirectPeers(ctx context.Context, user uuid.UUID, limit int) ([]DirectPeer, error)
}

// DirectPeer is the other person of a direct conversation.
type DirectPeer struct{ ConversationID, UserID uuid.UUID }

// PeersOf returns the events that show a person anew to those who talk with
// them, and on their own devices.
func PeersOf(ctx context.Context, store PeerReader, user uuid.UUID) ([]Event, error) {
	peers, err := store.DirectPeers(ctx, user, maxPeersTold)
	events := make([]Event, len(peers))
	for i, p := range peers {
		events[i] = ConversationChanged{ConversationID: p.ConversationID, UserIDs: []uuid.UUID{p.UserID, user}}
	}
	return events, err
}

// ProfileStore keeps what people tell of themselves.
type ProfileStore interface {
	PeerReader

	// User returns a person; ErrNotFound when there is none.
	User(ctx context.Context, id uuid.UUID) (User, error)

	// UpdateProfile changes a person, and writes audit entries in the same
	// transaction. The error is email_taken when that is why not.
	UpdateProfile(ctx context.Context, id uuid.UUID, c ProfileChange, notes ...AuditEntry) (User, error)
}

// ProfileChange is what a person changes of themselves; nil stays as it is.
type ProfileChange struct {
	DisplayName *string
	AvatarURL   *string // empty: none
	Email       *string // empty: none

	ReadReceipts, Typing, LastSeen *bool
}

// Profiles is the service for what people tell of themselves.
type Profiles struct {
	store     ProfileStore
	publisher Publisher
}

// NewProfiles returns the service.
func NewProfiles(store ProfileStore, publisher Publisher) *Profiles {
	return &Profiles{store: store, publisher: publisher}
}

// Update changes a person and shows them anew to those who talk with them.
func (s *Profiles) Update(ctx context.Context, by Actor, c ProfileChange) (User, error) {
	if err := c.check(); err != nil {
		return User{}, err
	}
	before, err := s.store.User(ctx, by.ID)
	if err != nil {
		return User{}, err
	}
	if c = c.from(before); c == (ProfileChange{}) {
		return before, nil
	}
	events, err := s.events(ctx, by.ID, c)
	if err != nil {
		return User{}, err
	}
	var notes []AuditEntry
	if c.Email != nil {
		notes = append(notes, AuditEntry{Actor: by, Action: AuditEmailChanged})
	}
	user, err := s.store.UpdateProfile(ctx, by.ID, c, notes...)
	if err != nil {
		return User{}, err
	}
	ctx = context.WithoutCancel(ctx)
	s.publisher.Publish(ctx, []Event{PrivacyChanged{UserID: by.ID, Privacy: user.Privacy}}) // not behind all those views
	if len(events) > 0 {
		s.publisher.Publish(ctx, events)
	}
	return user, nil
}

// events returns those that show a change to others, if they see any of it.
func (s *Profiles) events(ctx context.Context, user uuid.UUID, c ProfileChange) ([]Event, error) {
	if c.DisplayName == nil && c.AvatarURL == nil && c.ReadReceipts == nil {
		return nil, nil
	}
	return PeersOf(ctx, s.store, user)
}

// from leaves out of a change what is so already: it costs nothing then, however
// often it is asked for.
func (c ProfileChange) from(u User) ProfileChange {
	c.DisplayName = unless(c.DisplayName, u.DisplayName)
	c.AvatarURL = unless(c.AvatarURL, u.AvatarURL)
	c.Email = unless(c.Email, u.Email)
	c.ReadReceipts = unless(c.ReadReceipts, u.Privacy.ReadReceipts)
	c.Typing = unless(c.Typing, u.Privacy.Typing)
	c.LastSeen = unless(c.LastSeen, u.Privacy.LastSeen)
	return c
}

func unless[T comparable](wanted *T, there T) *T {
	if wanted != nil && *wanted == there {
		return nil
	}
	return wanted
}

// check trims the names and tells everything that is wrong.
func (c *ProfileChange) check() error {
	var p Problems
	if c.DisplayName != nil {
		name := strings.TrimSpace(*c.DisplayName)
		c.DisplayName = &name
		p.CheckName("display_name", name)
	}
	if c.AvatarURL != nil && *c.AvatarURL != "" {
		p.CheckImageURL("avatar_url", *c.AvatarURL)
	}
	if c.Email != nil && *c.Email != "" {
		p.CheckEmail(*c.Email)
	}
	return p.Err()
}

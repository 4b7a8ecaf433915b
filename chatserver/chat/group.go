package chat

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Bounds of groups; how many may be in one is configured (Limits.GroupMembers).
const (
	MinGroup         = 2 // people, whoever makes it included
	MaxDescription   = 1000
	MaxAdded         = 100 // people who can be added at once to a group that is there
	MinInvitationAge = time.Minute
	MaxInvitationAge = 365 * 24 * time.Hour
	MaxUses          = 1000
)

// defaultInvitationAge is how long an invitation works that does not say.
const defaultInvitationAge = 7 * 24 * time.Hour

// NewGroup is a group that a person asks for.
type NewGroup struct {
	Name           string
	Description    string
	AvatarURL      string
	HistoryVisible bool // new members see what was said before they came
	Members        []uuid.UUID
}

// check trims the texts and tells everything that is wrong.
func (g *NewGroup) check(creator uuid.UUID, limits Limits) error {
	var p Problems
	g.Name = strings.TrimSpace(g.Name)
	p.CheckName("name", g.Name)
	g.Description = p.CheckDescription(g.Description)
	if g.AvatarURL != "" {
		p.CheckImageURL("avatar_url", g.AvatarURL)
	}
	p.checkPeople("member_ids", g.Members, creator, limits.GroupMembers-1)
	return p.Err()
}

// GroupUpdate is what is changed of a group; nil stays as it is.
type GroupUpdate struct {
	Name           *string
	Description    *string // empty: none
	AvatarURL      *string // empty: none
	HistoryVisible *bool
}

// check trims the texts and tells everything that is wrong.
func (u *GroupUpdate) check() error {
	var p Problems
	if u.Name != nil {
		name := strings.TrimSpace(*u.Name)
		u.Name = &name
		p.CheckName("name", name)
	}
	if u.Description != nil {
		description := p.CheckDescription(*u.Description)
		u.Description = &description
	}
	if u.AvatarURL != nil && *u.AvatarURL != "" {
		p.CheckImageURL("avatar_url", *u.AvatarURL)
	}
	return p.Err()
}

// CheckDescription trims a group's description and notes what keeps the rest
// from being one.
func (p *Problems) CheckDescription(text string) string {
	text = strings.TrimSpace(text)
	switch {
	case utf8.RuneCountInString(text) > MaxDescription:
		p.Add("description", "too_long", "A description has at most 1000 characters.")
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }):
		p.Add("description", "invalid_characters", "Control characters are not allowed.")
	}
	return text
}

// checkPeople notes what is wrong with a list of other people: each once, none of
// them who asks. The fields are named as member_ids[3].
func (p *Problems) checkPeople(field string, people []uuid.UUID, self uuid.UUID, most int) {
	switch {
	case len(people) == 0:
		p.Add(field, "required", "Name at least one other person.")
	case len(people) > most:
		p.Add(field, "too_long", "At most "+strconv.Itoa(most)+" people.")
		return
	}
	seen := make(map[uuid.UUID]struct{}, len(people))
	for i, id := range people {
		switch _, twice := seen[id]; {
		case twice:
			p.Add(item(field, i), "duplicate", "This person is named twice.")
		case id == self:
			p.Add(item(field, i), "yourself", "You are in it already.")
		}
		seen[id] = struct{}{}
	}
}

// item names one of a list in a request.
func item(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }

// Invitation lets people into a group who have its code.
type Invitation struct {
	ID             uuid.UUID
	ConversationID uuid.UUID
	Code           string // the secret part of the link
	CreatedBy      uuid.UUID
	CreatedAt      time.Time
	ExpiresAt      time.Time
	MaxUses        int // 0: any number
	Uses           int
	Revoked        bool
}

// Works reports whether somebody may still join by it.
func (i Invitation) Works(now time.Time) bool {
	return !i.Revoked && now.Before(i.ExpiresAt) && (i.MaxUses == 0 || i.Uses < i.MaxUses)
}

// NewInvitation is an invitation that somebody asks for; what is nil is not limited
// by them.
type NewInvitation struct {
	ExpiresIn *time.Duration // nil: a week
	MaxUses   *int           // nil: any number
}

func (n NewInvitation) check() error {
	var p Problems
	if n.ExpiresIn != nil && (*n.ExpiresIn < MinInvitationAge || *n.ExpiresIn > MaxInvitationAge) {
		p.Add("expires_in", "out_of_range", "From 60 seconds to 365 days.")
	}
	if n.MaxUses != nil && (*n.MaxUses < 1 || *n.MaxUses > MaxUses) {
		p.Add("max_uses", "out_of_range", "From 1 to 1000.")
	}
	return p.Err()
}

// InvitationPreview is what somebody sees of a group before they join it.
type InvitationPreview struct {
	Group     Conversation // name, description, picture and number of members alone
	ExpiresAt time.Time
	Member    bool // they are in it already
}

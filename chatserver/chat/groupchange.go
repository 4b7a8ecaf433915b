package chat

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// GroupState is a group, and those whom a change is about, as they are while
// nobody else can change them.
type GroupState struct {
	Kind           Kind
	Name           string
	Description    string
	AvatarURL      string
	HistoryVisible bool
	MemberCount    int
	Actor          Person
	People         []Person    // as many as were asked about, in that order
	Invitation     *Invitation // nil: none was asked about, or there is no such
	Heir           uuid.UUID   // who owns the group when its owner goes; uuid.Nil: nobody is left
	Now            time.Time
}

// Person is somebody as a group's change finds them.
type Person struct {
	ID      uuid.UUID
	Exists  bool // has an account
	Role    Role // empty: no member
	Blocked bool // they and the actor have a block between them
}

// GroupChange is what is done to a group, in one step. Its zero value does nothing.
type GroupChange struct {
	Events  []SystemEvent // each becomes a message
	Add     []uuid.UUID
	Remove  []uuid.UUID
	Roles   []RoleChange
	Update  GroupUpdate
	Used    uuid.UUID // the invitation that let somebody in
	Invite  *Invitation
	Revoke  uuid.UUID // an invitation
	Delete  bool      // the whole group, and nothing else then
	Audited []AuditEntry
}

// GroupChanged is a change that is stored, with the messages that tell of it.
type GroupChanged struct {
	ConversationID uuid.UUID
	GroupChange
	Messages []Message
}

// Shown returns the events that show the change.
func (c GroupChanged) Shown() []Event {
	if c.Delete {
		return []Event{ConversationDeleted{c.ConversationID}}
	}
	events := make([]Event, 0, len(c.Messages)+2)
	for _, m := range c.Messages {
		events = append(events, MessageSent{Message: m})
	}
	changed := ConversationChanged{ConversationID: c.ConversationID, UserIDs: c.Add, Everyone: len(c.Add)+len(c.Remove) > 0 || c.Update != GroupUpdate{}}
	for _, r := range c.Roles {
		changed.UserIDs = append(changed.UserIDs, r.UserID)
	}
	if len(changed.UserIDs) > 0 || changed.Everyone {
		events = append(events, changed)
	}
	// Who comes may see the others, and who goes no longer.
	for moved := slices.Concat(c.Add, c.Remove); len(moved) > 0; {
		n := min(len(moved), presenceEventPeople)
		events = append(events, PresenceChanged{UserIDs: moved[:n]})
		moved = moved[n:]
	}
	return events
}

// RoleChange gives a member a role.
type RoleChange struct {
	UserID uuid.UUID
	Role   Role
}

// decision judges a change by what is there, and says what is to be done. It
// does no I/O: it is called while the group is locked.
type decision func(GroupState) (GroupChange, error)

// permit answers what everybody is answered who may not: who is not in the
// conversation does not learn of it.
func (g GroupState) permit(p Permission) error {
	switch {
	case g.Actor.Role == "":
		return ErrNotFound
	case g.Kind != KindGroup:
		return NewError(CodeForbidden, "This is a conversation of two people.")
	case !g.Actor.Role.May(p):
		return NewError(CodeForbidden, "Your role in this group does not let you do this.")
	default:
		return nil
	}
}

// joining notes who can't be added.
func (p *Problems) joining(field string, people []Person) (code Code) {
	note := func(i int, c Code, detail string) {
		p.Add(item(field, i), string(c), detail)
		if code == "" {
			code = c
		}
	}
	for i, person := range people {
		switch {
		case !person.Exists:
			note(i, CodeNotFound, "There is no such person.")
		case person.Role != "":
			note(i, CodeAlreadyMember, "They are a member already.")
		case person.Blocked:
			note(i, CodeBlocked, "You can't reach this person.")
		}
	}
	return code
}

// refuseJoining tells who can't be added, under the code of the first.
func refuseJoining(field string, people []Person) error {
	var p Problems
	if code := p.joining(field, people); code != "" {
		return &Error{Code: code, Fields: p}
	}
	return nil
}

var errGroupFull = NewError(CodeGroupFull, "The group has as many members as it may have.")

func decideAdd(by Actor, most int) decision {
	return func(g GroupState) (GroupChange, error) {
		if err := g.permit(PermitAddMembers); err != nil {
			return GroupChange{}, err
		}
		if err := refuseJoining("user_ids", g.People); err != nil {
			return GroupChange{}, err
		}
		if g.MemberCount+len(g.People) > most {
			return GroupChange{}, errGroupFull
		}
		ids := idsOf(g.People)
		return GroupChange{Add: ids, Events: []SystemEvent{{Kind: MemberAdded, ActorID: by.ID, UserIDs: ids}}}, nil
	}
}

func decideUpdate(by Actor, u GroupUpdate) decision {
	return func(g GroupState) (c GroupChange, err error) {
		if err := g.permit(PermitUpdate); err != nil {
			return c, err
		}
		c.Update = GroupUpdate{
			Name: unless(u.Name, g.Name), Description: unless(u.Description, g.Description),
			AvatarURL: unless(u.AvatarURL, g.AvatarURL), HistoryVisible: unless(u.HistoryVisible, g.HistoryVisible),
		}
		note := func(changed bool, e SystemEvent) {
			if changed {
				e.ActorID = by.ID
				c.Events = append(c.Events, e)
			}
		}
		if c.Update.Name != nil {
			note(true, SystemEvent{Kind: ConversationRenamed, Name: *c.Update.Name})
		}
		note(c.Update.Description != nil, SystemEvent{Kind: ConversationDescribed})
		note(c.Update.AvatarURL != nil, SystemEvent{Kind: ConversationAvatar})
		if c.Update.HistoryVisible != nil {
			note(true, SystemEvent{Kind: ConversationHistory, Visible: *c.Update.HistoryVisible})
		}
		return c, nil
	}
}

// decideRemove lets somebody go: others by those who may, oneself always.
func decideRemove(by Actor, group uuid.UUID) decision {
	return func(g GroupState) (GroupChange, error) {
		person := g.People[0]
		if person.ID == by.ID {
			return decideLeave(g, by)
		}
		if err := g.permit(PermitRemoveMembers); err != nil {
			return GroupChange{}, err
		}
		if person.Role == "" {
			return GroupChange{}, ErrNotFound
		}
		if !g.Actor.Role.Outranks(person.Role) {
			return GroupChange{}, NewError(CodeForbidden, "Only members of a role below yours can be removed.")
		}
		return GroupChange{
			Remove:  []uuid.UUID{person.ID},
			Events:  []SystemEvent{{Kind: MemberRemoved, ActorID: by.ID, UserIDs: []uuid.UUID{person.ID}}},
			Audited: []AuditEntry{groupNote(by, AuditMemberRemoved, person.ID, group)},
		}, nil
	}
}

func decideLeave(g GroupState, by Actor) (GroupChange, error) {
	switch {
	case g.Actor.Role == "":
		return GroupChange{}, ErrNotFound
	case g.Kind != KindGroup:
		return GroupChange{}, NewError(CodeForbidden, "A conversation of two people can't be left; archive it.")
	case g.Actor.Role == RoleOwner && g.MemberCount > 1:
		return GroupChange{}, NewError(CodeLastOwner, "Give the group to somebody else first, or delete it.")
	case g.MemberCount == 1:
		return GroupChange{Delete: true}, nil
	}
	return GroupChange{Remove: []uuid.UUID{by.ID}, Events: []SystemEvent{{Kind: MemberLeft, ActorID: by.ID}}}, nil
}

// DecideDeparture lets somebody go whose account ends. A group does not hold
// them: what they own goes to the admin, or else the member, who has been in it
// longest.
func DecideDeparture(g GroupState) (GroupChange, error) {
	switch {
	case g.Actor.Role == "" || g.Kind != KindGroup:
		return GroupChange{}, nil
	case g.MemberCount == 1:
		return GroupChange{Delete: true}, nil
	}
	c := GroupChange{Remove: []uuid.UUID{g.Actor.ID}}
	if g.Actor.Role == RoleOwner {
		c.Roles = []RoleChange{{g.Heir, RoleOwner}}
		c.Events = append(c.Events, SystemEvent{Kind: OwnerChanged, ActorID: g.Actor.ID, UserIDs: []uuid.UUID{g.Heir}})
	}
	c.Events = append(c.Events, SystemEvent{Kind: MemberLeft, ActorID: g.Actor.ID})
	return c, nil
}

func decideRole(by Actor, group uuid.UUID, role Role) decision {
	return func(g GroupState) (GroupChange, error) {
		if err := g.permit(PermitChangeRoles); err != nil {
			return GroupChange{}, err
		}
		person := g.People[0]
		switch {
		case person.Role == "":
			return GroupChange{}, ErrNotFound
		case person.ID == by.ID:
			return GroupChange{}, NewError(CodeLastOwner, "Give the group to somebody else; you are an admin then.")
		case person.Role == role:
			return GroupChange{}, nil
		case !g.Actor.Role.Outranks(person.Role):
			return GroupChange{}, NewError(CodeForbidden, "Only the role of members below you can be changed.")
		}
		note := groupNote(by, AuditRoleChanged, person.ID, group)
		note.Detail["role"] = string(role)
		return GroupChange{
			Roles:   []RoleChange{{person.ID, role}},
			Events:  []SystemEvent{{Kind: MemberRole, ActorID: by.ID, UserIDs: []uuid.UUID{person.ID}, Role: role}},
			Audited: []AuditEntry{note},
		}, nil
	}
}

func decideTransfer(by Actor, group uuid.UUID) decision {
	return func(g GroupState) (GroupChange, error) {
		if err := g.permit(PermitTransfer); err != nil {
			return GroupChange{}, err
		}
		heir := g.People[0]
		if heir.Role == "" {
			return GroupChange{}, ErrNotFound
		}
		return GroupChange{
			Roles:   []RoleChange{{by.ID, RoleAdmin}, {heir.ID, RoleOwner}}, // there is one owner at most at any moment
			Events:  []SystemEvent{{Kind: OwnerChanged, ActorID: by.ID, UserIDs: []uuid.UUID{heir.ID}}},
			Audited: []AuditEntry{groupNote(by, AuditOwnerChanged, heir.ID, group)},
		}, nil
	}
}

func decideDelete(by Actor, group uuid.UUID) decision {
	return func(g GroupState) (GroupChange, error) {
		if err := g.permit(PermitDelete); err != nil {
			return GroupChange{}, err
		}
		return GroupChange{Delete: true, Audited: []AuditEntry{groupNote(by, AuditGroupDeleted, group, group)}}, nil
	}
}

// decideJoin lets somebody in by an invitation. Who is in already has nothing
// done to them, and does not use it up.
func decideJoin(by Actor, most int) decision {
	return func(g GroupState) (GroupChange, error) {
		switch {
		case g.Invitation == nil || !g.Actor.Exists:
			return GroupChange{}, ErrNotFound
		case !g.Invitation.Works(g.Now):
			return GroupChange{}, &Error{Code: CodeInvitationExpired}
		case g.Actor.Role != "":
			return GroupChange{}, nil
		case g.People[0].Blocked: // who made it
			return GroupChange{}, &Error{Code: CodeBlocked}
		case g.MemberCount >= most:
			return GroupChange{}, errGroupFull
		}
		return GroupChange{
			Add: []uuid.UUID{by.ID}, Used: g.Invitation.ID,
			Events: []SystemEvent{{Kind: MemberJoined, ActorID: by.ID}},
		}, nil
	}
}

func decideInvite(invitation Invitation) decision {
	return func(g GroupState) (GroupChange, error) {
		if err := g.permit(PermitInvite); err != nil {
			return GroupChange{}, err
		}
		return GroupChange{Invite: &invitation}, nil
	}
}

func decideRevoke(invitation uuid.UUID) decision {
	return func(g GroupState) (GroupChange, error) {
		if err := g.permit(PermitInvite); err != nil {
			return GroupChange{}, err
		}
		if g.Invitation == nil {
			return GroupChange{}, ErrNotFound
		}
		return GroupChange{Revoke: invitation}, nil
	}
}

func groupNote(by Actor, action AuditAction, target, group uuid.UUID) AuditEntry {
	return AuditEntry{Actor: by, Action: action, Target: target, Detail: map[string]string{"conversation_id": group.String()}}
}

func idsOf(people []Person) []uuid.UUID {
	ids := make([]uuid.UUID, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	return ids
}

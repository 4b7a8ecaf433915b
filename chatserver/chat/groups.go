package chat

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// GroupStore keeps groups. Each change is one transaction, made while the
// conversation's head is locked: it has its place in the log among the messages,
// and of two changes the second sees what the first has done.
type GroupStore interface {
	// CreateGroup stores a group with its members and events. Admit is asked
	// whether the people may be added, while none of them can go or block anybody.
	CreateGroup(ctx context.Context, g CreatedGroup, admit func(people []Person) error) (GroupChanged, error)

	// ChangeGroup locks a group, has decide judge what is there and does what it
	// says. ErrNotFound when there is no such group.
	ChangeGroup(ctx context.Context, q GroupQuery, decide func(GroupState) (GroupChange, error)) (GroupChanged, error)

	// InvitationByCode returns an invitation, whether it works or not, and the group
	// as who is invited may see it. ErrNotFound when there is none.
	InvitationByCode(ctx context.Context, viewer uuid.UUID, code string) (Invitation, InvitationPreview, error)

	// Invitations returns those of a group that still work, the newest first, from
	// before (exclusive) on.
	Invitations(ctx context.Context, conversationID, before uuid.UUID, limit int) ([]Invitation, error)
}

// CreatedGroup is a group that is to be stored.
type CreatedGroup struct {
	ID uuid.UUID
	By uuid.UUID
	NewGroup
	Events []SystemEvent
}

// GroupQuery says which group is to be changed, and about whom and what decide
// wants to know.
type GroupQuery struct {
	ConversationID uuid.UUID
	Actor          uuid.UUID
	People         []uuid.UUID
	Joining        bool      // people or the actor may be added: their accounts and blocks are to stay as they are
	InvitationID   uuid.UUID // uuid.Nil: of none
}

// Groups is the service for groups, their members and invitations.
type Groups struct {
	store     GroupStore
	views     ConversationStore
	publisher Publisher
	limits    Limits
}

// NewGroups returns the service.
func NewGroups(store GroupStore, views ConversationStore, publisher Publisher, limits Limits) *Groups {
	return &Groups{store: store, views: views, publisher: publisher, limits: limits}
}

// Create makes a group of which whoever asks is the owner.
func (s *Groups) Create(ctx context.Context, by Actor, g NewGroup) (Conversation, error) {
	if err := g.check(by.ID, s.limits); err != nil {
		return Conversation{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Conversation{}, err
	}
	created := CreatedGroup{ID: id, By: by.ID, NewGroup: g, Events: []SystemEvent{{Kind: GroupCreated, ActorID: by.ID, Name: g.Name}}}
	for some := range slices.Chunk(g.Members, MaxAdded) {
		created.Events = append(created.Events, SystemEvent{Kind: MemberAdded, ActorID: by.ID, UserIDs: some})
	}
	changed, err := s.store.CreateGroup(ctx, created, func(people []Person) error { return refuseJoining("member_ids", people) })
	if err != nil {
		return Conversation{}, err
	}
	s.show(ctx, changed)
	return s.view(ctx, by.ID, id)
}

// Update changes what a group is called and how it looks.
func (s *Groups) Update(ctx context.Context, by Actor, group uuid.UUID, u GroupUpdate) (Conversation, error) {
	if err := u.check(); err != nil {
		return Conversation{}, err
	}
	if err := s.change(ctx, GroupQuery{ConversationID: group, Actor: by.ID}, decideUpdate(by, u)); err != nil {
		return Conversation{}, err
	}
	return s.view(ctx, by.ID, group)
}

// Delete deletes a group for good.
func (s *Groups) Delete(ctx context.Context, by Actor, group uuid.UUID) error {
	return s.change(ctx, GroupQuery{ConversationID: group, Actor: by.ID}, decideDelete(by, group))
}

// Add adds people to a group, all or none, and returns them as members.
func (s *Groups) Add(ctx context.Context, by Actor, group uuid.UUID, people []uuid.UUID) ([]Member, error) {
	var p Problems
	p.checkPeople("user_ids", people, by.ID, MaxAdded)
	if err := p.Err(); err != nil {
		return nil, err
	}
	q := GroupQuery{ConversationID: group, Actor: by.ID, People: people, Joining: true}
	if err := s.change(ctx, q, decideAdd(by, s.limits.GroupMembers)); err != nil {
		return nil, err
	}
	return s.views.MembersByID(ctx, by.ID, group, people)
}

// Remove lets a member go: another, or whoever asks.
func (s *Groups) Remove(ctx context.Context, by Actor, group, person uuid.UUID) error {
	return s.change(ctx, GroupQuery{ConversationID: group, Actor: by.ID, People: []uuid.UUID{person}}, decideRemove(by, group))
}

// ChangeRole makes a member an admin or an admin a member.
func (s *Groups) ChangeRole(ctx context.Context, by Actor, group, person uuid.UUID, role Role) (Member, error) {
	if role != RoleAdmin && role != RoleMember {
		return Member{}, Problems{{Field: "role", Code: "unknown", Detail: "This is admin or member."}}.Err()
	}
	q := GroupQuery{ConversationID: group, Actor: by.ID, People: []uuid.UUID{person}}
	if err := s.change(ctx, q, decideRole(by, group, role)); err != nil {
		return Member{}, err
	}
	members, err := s.views.MembersByID(ctx, by.ID, group, []uuid.UUID{person})
	if err == nil && len(members) == 0 { // gone a moment later
		err = ErrNotFound
	}
	if err != nil {
		return Member{}, err
	}
	return members[0], nil
}

// Transfer gives a group to another member; whoever asks stays as an admin.
func (s *Groups) Transfer(ctx context.Context, by Actor, group, heir uuid.UUID) (Conversation, error) {
	var p Problems
	p.CheckID("user_id", heir)
	if heir == by.ID {
		p.Add("user_id", "yourself", "Name another member.")
	}
	if err := p.Err(); err != nil {
		return Conversation{}, err
	}
	q := GroupQuery{ConversationID: group, Actor: by.ID, People: []uuid.UUID{heir}}
	if err := s.change(ctx, q, decideTransfer(by, group)); err != nil {
		return Conversation{}, err
	}
	return s.view(ctx, by.ID, group)
}

// isCode reports whether a text could be the code of an invitation.
func isCode(text string) bool {
	return len(text) <= 64 && !strings.ContainsFunc(text, func(r rune) bool { return !isUsernameRune(r) || r == '.' })
}

// Invite makes an invitation. Its code has 144 random bits.
func (s *Groups) Invite(ctx context.Context, by Actor, group uuid.UUID, n NewInvitation) (Invitation, error) {
	if err := n.check(); err != nil {
		return Invitation{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Invitation{}, err
	}
	var code [18]byte
	_, _ = rand.Read(code[:]) // it never fails
	now := time.Now().Truncate(time.Millisecond)
	invitation := Invitation{
		ID: id, ConversationID: group, Code: base64.RawURLEncoding.EncodeToString(code[:]), CreatedBy: by.ID,
		CreatedAt: now, ExpiresAt: now.Add(defaultInvitationAge),
	}
	if n.ExpiresIn != nil {
		invitation.ExpiresAt = now.Add(*n.ExpiresIn)
	}
	if n.MaxUses != nil {
		invitation.MaxUses = *n.MaxUses
	}
	return invitation, s.change(ctx, GroupQuery{ConversationID: group, Actor: by.ID}, decideInvite(invitation))
}

// Invitations returns a page of a group's invitations that still work.
func (s *Groups) Invitations(ctx context.Context, viewer, group, before uuid.UUID, limit int) ([]Invitation, error) {
	c, err := s.view(ctx, viewer, group)
	if err != nil {
		return nil, err
	}
	if err := (GroupState{Kind: c.Kind, Actor: Person{Role: c.MyRole}}).permit(PermitInvite); err != nil {
		return nil, err
	}
	return s.store.Invitations(ctx, group, before, limit)
}

// Revoke makes an invitation work no longer; it is no error when it does not.
func (s *Groups) Revoke(ctx context.Context, by Actor, group, invitation uuid.UUID) error {
	return s.change(ctx, GroupQuery{ConversationID: group, Actor: by.ID, InvitationID: invitation}, decideRevoke(invitation))
}

// Preview shows a group to somebody who has an invitation that works.
func (s *Groups) Preview(ctx context.Context, viewer uuid.UUID, code string) (InvitationPreview, error) {
	if !isCode(code) {
		return InvitationPreview{}, ErrNotFound
	}
	invitation, preview, err := s.store.InvitationByCode(ctx, viewer, code)
	if err == nil && !invitation.Works(time.Now()) {
		err = &Error{Code: CodeInvitationExpired}
	}
	return preview, err
}

// Accept lets somebody into the group that an invitation is to.
func (s *Groups) Accept(ctx context.Context, by Actor, code string) (Conversation, error) {
	if !isCode(code) {
		return Conversation{}, ErrNotFound
	}
	invitation, _, err := s.store.InvitationByCode(ctx, by.ID, code)
	if err != nil {
		return Conversation{}, err
	}
	q := GroupQuery{
		ConversationID: invitation.ConversationID, Actor: by.ID, People: []uuid.UUID{invitation.CreatedBy},
		Joining: true, InvitationID: invitation.ID,
	}
	if err := s.change(ctx, q, decideJoin(by, s.limits.GroupMembers)); err != nil {
		return Conversation{}, err
	}
	return s.view(ctx, by.ID, invitation.ConversationID)
}

// change makes a change and shows it.
func (s *Groups) change(ctx context.Context, q GroupQuery, decide decision) error {
	changed, err := s.store.ChangeGroup(ctx, q, decide)
	if err == nil {
		s.show(ctx, changed)
	}
	return err
}

// show shows a change that is stored, also when whoever asked for it has gone.
func (s *Groups) show(ctx context.Context, c GroupChanged) {
	if events := c.Shown(); len(events) > 0 {
		s.publisher.Publish(context.WithoutCancel(ctx), events)
	}
}

// view returns a conversation as the viewer sees it.
func (s *Groups) view(ctx context.Context, viewer, id uuid.UUID) (Conversation, error) {
	views, err := s.views.ViewsByID(ctx, viewer, []uuid.UUID{id})
	if err == nil && len(views) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Conversation{}, err
	}
	return views[0], nil
}

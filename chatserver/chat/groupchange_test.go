package chat

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
)

var (
	groupID           = uuid.UUID{15: 200}
	asker, other, who = Actor{ID: uuid.UUID{15: 1}}, uuid.UUID{15: 2}, uuid.UUID{15: 3}
)

// group is one of five people, in which the asker has a role and other another one.
func group(asking, others Role) GroupState {
	return GroupState{
		Kind: KindGroup, Name: "Friends", MemberCount: 5, Now: time.Unix(1e9, 0),
		Actor: Person{ID: asker.ID, Exists: true, Role: asking}, People: []Person{{ID: other, Exists: true, Role: others}},
		Invitation: &Invitation{ID: uuid.UUID{15: 9}, ExpiresAt: time.Unix(2e9, 0)},
	}
}

// actions are all that can be done to a group, each with the permission it takes
// and the role of whom it is done to.
var actions = map[string]struct {
	permission Permission
	target     Role
	decide     decision
}{
	"add":      {PermitAddMembers, "", decideAdd(asker, 500)},
	"rename":   {PermitUpdate, "", decideUpdate(asker, GroupUpdate{Name: new("Others")})},
	"invite":   {PermitInvite, "", decideInvite(Invitation{})},
	"revoke":   {PermitInvite, "", decideRevoke(uuid.UUID{15: 9})},
	"remove":   {PermitRemoveMembers, RoleMember, decideRemove(asker, groupID)},
	"promote":  {PermitChangeRoles, RoleMember, decideRole(asker, groupID, RoleAdmin)},
	"demote":   {PermitChangeRoles, RoleAdmin, decideRole(asker, groupID, RoleMember)},
	"transfer": {PermitTransfer, RoleMember, decideTransfer(asker, groupID)},
	"delete":   {PermitDelete, "", decideDelete(asker, groupID)},
}

// Every action by every role does what the matrix says, and nothing else.
func TestEachRoleMayDoWhatTheMatrixSays(t *testing.T) {
	t.Parallel()
	for name, action := range actions {
		for _, role := range []Role{RoleOwner, RoleAdmin, RoleMember, "", "guest"} {
			want := Code("")
			switch {
			case role == "":
				want = CodeNotFound // who is not in it does not learn of it
			case !slices.Contains(RolesWith(action.permission), role):
				want = CodeForbidden
			}
			change, err := action.decide(group(role, action.target))
			if err == nil && want != "" || err != nil && CodeOf(err) != want {
				t.Errorf("%s by %q: got %v, want %q", name, role, err, want)
			}
			if err != nil && !slices.Equal(fmt.Append(nil, change), fmt.Append(nil, GroupChange{})) {
				t.Errorf("%s by %q was refused and does %+v", name, role, change)
			}
			direct := group(role, action.target)
			direct.Kind = KindDirect
			if _, err := action.decide(direct); err == nil || role != "" && CodeOf(err) != CodeForbidden {
				t.Errorf("%s in a direct conversation: got %v", name, err)
			}
		}
	}
	if RoleMember.May("fly") || Role("").May(PermitSend) || len(RolesWith("fly")) != 0 {
		t.Error("somebody may do what is not in the matrix")
	}
}

func TestOnlyWhoStandsBelowCanBeRemovedOrDemoted(t *testing.T) {
	t.Parallel()
	for _, asking := range []Role{RoleOwner, RoleAdmin} {
		for _, target := range []Role{RoleOwner, RoleAdmin, RoleMember} {
			_, err := decideRemove(asker, groupID)(group(asking, target))
			if below := asking.Outranks(target); below != (err == nil) || !below && CodeOf(err) != CodeForbidden {
				t.Errorf("%s removes %s: %v", asking, target, err)
			}
		}
	}
	if RoleAdmin.Outranks(RoleAdmin) || RoleMember.Outranks(RoleMember) || !RoleMember.Outranks("") {
		t.Error("the order of the roles is wrong")
	}
}

func TestWhatIsRefusedAndWhy(t *testing.T) {
	t.Parallel()
	alter := func(g GroupState, f func(*GroupState)) GroupState { f(&g); return g }
	self := func(role Role, count int) GroupState {
		return alter(group(role, role), func(g *GroupState) { g.People[0].ID, g.MemberCount = asker.ID, count })
	}
	for name, c := range map[string]struct {
		decide decision
		state  GroupState
		want   Code
	}{
		"the last owner leaves":                {decideRemove(asker, groupID), self(RoleOwner, 2), CodeLastOwner},
		"the owner becomes a member":           {decideRole(asker, groupID, RoleMember), self(RoleOwner, 2), CodeLastOwner},
		"who is not there is removed":          {decideRemove(asker, groupID), group(RoleOwner, ""), CodeNotFound},
		"who is not there is promoted":         {decideRole(asker, groupID, RoleAdmin), group(RoleOwner, ""), CodeNotFound},
		"who is not there is made owner":       {decideTransfer(asker, groupID), group(RoleOwner, ""), CodeNotFound},
		"a member is added":                    {decideAdd(asker, 500), group(RoleOwner, RoleMember), CodeAlreadyMember},
		"nobody is added":                      {decideAdd(asker, 500), alter(group(RoleOwner, ""), func(g *GroupState) { g.People[0].Exists = false }), CodeNotFound},
		"somebody blocked is added":            {decideAdd(asker, 500), alter(group(RoleOwner, ""), func(g *GroupState) { g.People[0].Blocked = true }), CodeBlocked},
		"one too many is added":                {decideAdd(asker, 5), group(RoleOwner, ""), CodeGroupFull},
		"one too many joins":                   {decideJoin(asker, 5), group("", RoleOwner), CodeGroupFull},
		"an invitation of another group":       {decideJoin(asker, 500), alter(group("", RoleOwner), func(g *GroupState) { g.Invitation = nil }), CodeNotFound},
		"an invitation that is over":           {decideJoin(asker, 500), alter(group("", RoleOwner), func(g *GroupState) { g.Invitation.ExpiresAt = g.Now }), CodeInvitationExpired},
		"an invitation that was revoked":       {decideJoin(asker, 500), alter(group("", RoleOwner), func(g *GroupState) { g.Invitation.Revoked = true }), CodeInvitationExpired},
		"an invitation that is used up":        {decideJoin(asker, 500), alter(group("", RoleOwner), func(g *GroupState) { g.Invitation.MaxUses, g.Invitation.Uses = 2, 2 }), CodeInvitationExpired},
		"an invitation by whom one blocked":    {decideJoin(asker, 500), alter(group("", RoleOwner), func(g *GroupState) { g.People[0].Blocked = true }), CodeBlocked},
		"a direct conversation is left":        {decideRemove(asker, groupID), alter(self(RoleMember, 2), func(g *GroupState) { g.Kind = KindDirect }), CodeForbidden},
		"an invitation that is not is revoked": {decideRevoke(who), alter(group(RoleOwner, ""), func(g *GroupState) { g.Invitation = nil }), CodeNotFound},
	} {
		if _, err := c.decide(c.state); err == nil || CodeOf(err) != c.want {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

func TestWhatChangesNothingIsNoNews(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		decide decision
		state  GroupState
	}{
		"the same name":       {decideUpdate(asker, GroupUpdate{Name: new("Friends")}), group(RoleOwner, "")},
		"the same role":       {decideRole(asker, groupID, RoleAdmin), group(RoleOwner, RoleAdmin)},
		"joining as a member": {decideJoin(asker, 500), group(RoleMember, RoleOwner)},
	} {
		change, err := c.decide(c.state)
		if shown := (GroupChanged{GroupChange: change}).Shown(); err != nil || len(change.Events)+len(shown) != 0 || change.Used != uuid.Nil {
			t.Errorf("%s: %+v, %v", name, change, err)
		}
	}
}

func TestAGroupOutlivesItsOwner(t *testing.T) {
	t.Parallel()
	g := group(RoleOwner, "")
	g.Heir = who
	change, err := DecideDeparture(g)
	if err != nil || !slices.Equal(change.Roles, []RoleChange{{who, RoleOwner}}) || !slices.Equal(change.Remove, []uuid.UUID{asker.ID}) {
		t.Errorf("the owner goes: %+v, %v", change, err)
	}
	if len(change.Events) != 2 || change.Events[0].Kind != OwnerChanged || change.Events[1].Kind != MemberLeft {
		t.Errorf("what is told: %+v", change.Events)
	}
	if change, err := DecideDeparture(group(RoleMember, "")); err != nil || len(change.Roles) != 0 || len(change.Remove) != 1 {
		t.Errorf("a member goes: %+v, %v", change, err)
	}
	g.MemberCount = 1
	if change, err := DecideDeparture(g); err != nil || !change.Delete {
		t.Errorf("the last one goes: %+v, %v", change, err)
	}
}

func TestSystemEventsTellWhoComesAndGoes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		event             SystemEvent
		arrived, departed []uuid.UUID
	}{
		{SystemEvent{Kind: GroupCreated, ActorID: who}, []uuid.UUID{who}, nil},
		{SystemEvent{Kind: MemberAdded, ActorID: who, UserIDs: []uuid.UUID{other}}, []uuid.UUID{other}, nil},
		{SystemEvent{Kind: MemberJoined, ActorID: who}, []uuid.UUID{who}, nil},
		{SystemEvent{Kind: MemberLeft, ActorID: who}, nil, []uuid.UUID{who}},
		{SystemEvent{Kind: MemberRemoved, ActorID: who, UserIDs: []uuid.UUID{other}}, nil, []uuid.UUID{other}},
		{SystemEvent{Kind: ConversationRenamed, ActorID: who, Name: "x"}, nil, nil},
	} {
		read, ok := ParseSystemEvent(c.event.JSON())
		if !ok || !slices.Equal(read.Arrived(), c.arrived) || !slices.Equal(read.Departed(), c.departed) || read.Text() == "" {
			t.Errorf("%s: %+v %v", c.event.Kind, read, ok)
		}
		if m := (Message{Type: MessageSystem, Event: c.event.JSON()}); !slices.Equal(m.Departed(), c.departed) {
			t.Errorf("%s: departed are %v", c.event.Kind, m.Departed())
		}
	}
	if _, ok := ParseSystemEvent([]byte("{}")); ok {
		t.Error("an event of no kind was read")
	}
}

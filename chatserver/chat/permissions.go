package chat

import "slices"

//go:generate go test -run TestThePageHasTheMatrix . -update

// Permission is the stable name of something that a member of a group may be let do.
type Permission string

// The permissions.
const (
	PermitSend          Permission = "send"
	PermitMentionAll    Permission = "mention_all"
	PermitUpdate        Permission = "update"
	PermitInvite        Permission = "invite"
	PermitAddMembers    Permission = "add_members"
	PermitRemoveMembers Permission = "remove_members"
	PermitChangeRoles   Permission = "change_roles"
	PermitTransfer      Permission = "transfer_ownership"
	PermitDelete        Permission = "delete"
)

// PermissionRow is a line of the matrix of who may do what.
type PermissionRow struct {
	Permission Permission
	Means      string // for people
	Roles      []Role // who has it; nobody else
}

// Permissions is the one place that says what the roles of a group let their
// members do. What is not in it nobody may. Leaving is no permission: everybody
// may, but for an owner whom nobody follows. The table in docs/groups.md is made
// of it.
func Permissions() []PermissionRow {
	return []PermissionRow{
		{PermitSend, "write messages", []Role{RoleOwner, RoleAdmin, RoleMember}},
		{PermitMentionAll, "call everybody with @all", []Role{RoleOwner, RoleAdmin}},
		{PermitUpdate, "change the name, description, picture and whether new members see what was said before", []Role{RoleOwner, RoleAdmin}},
		{PermitInvite, "make, see and revoke invitations", []Role{RoleOwner, RoleAdmin}},
		{PermitAddMembers, "add people", []Role{RoleOwner, RoleAdmin}},
		{PermitRemoveMembers, "remove members of a lower role", []Role{RoleOwner, RoleAdmin}},
		{PermitChangeRoles, "make members admins, and admins members", []Role{RoleOwner}},
		{PermitTransfer, "give the group to another member", []Role{RoleOwner}},
		{PermitDelete, "delete the group", []Role{RoleOwner}},
	}
}

// May reports whether a role has a permission.
func (r Role) May(p Permission) bool { return slices.Contains(RolesWith(p), r) }

// RolesWith returns the roles that have a permission.
func RolesWith(p Permission) []Role {
	for _, row := range Permissions() {
		if row.Permission == p {
			return row.Roles
		}
	}
	return nil
}

// Permissions returns what a role lets a member do.
func (r Role) Permissions() []Permission {
	var all []Permission
	for _, row := range Permissions() {
		if slices.Contains(row.Roles, r) {
			all = append(all, row.Permission)
		}
	}
	return all
}

// Outranks reports whether r stands above other: only then may its member be
// removed by one of r, or their role be changed.
func (r Role) Outranks(other Role) bool { return r.rank() > other.rank() }

func (r Role) rank() int {
	return slices.Index([]Role{RoleMember, RoleAdmin, RoleOwner}, r) // -1: no role at all
}

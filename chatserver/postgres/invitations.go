package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres/queries"
)

// applyToInvitations does of a group's change what concerns its invitations. The
// group's head is held, so no two people use the last place of one.
func (s *Store) applyToInvitations(ctx context.Context, tx pgx.Tx, group uuid.UUID, c chat.GroupChange) error {
	switch {
	case c.Used != uuid.Nil:
		return s.q.UseInvitation(ctx, tx, c.Used)
	case c.Revoke != uuid.Nil:
		return s.q.RevokeInvitation(ctx, tx, c.Revoke)
	case c.Invite == nil:
		return nil
	}
	i := c.Invite
	arg := queries.CreateInvitationParams{
		ID: i.ID, ConversationID: group, Code: i.Code, CreatedBy: i.CreatedBy, CreatedAt: i.CreatedAt, ExpiresAt: i.ExpiresAt,
	}
	if i.MaxUses > 0 {
		n := int32(i.MaxUses)
		arg.MaxUses = &n
	}
	return s.q.CreateInvitation(ctx, tx, arg)
}

// InvitationByCode implements chat.GroupStore.
func (s *Store) InvitationByCode(ctx context.Context, viewer uuid.UUID, code string) (chat.Invitation, chat.InvitationPreview, error) {
	r, err := s.q.InvitationByCode(ctx, s.pool, queries.InvitationByCodeParams{Viewer: viewer, Code: code})
	if err != nil {
		return chat.Invitation{}, chat.InvitationPreview{}, wrap("looking up an invitation", err)
	}
	invitation := chat.Invitation{
		ID: r.ID, ConversationID: r.ConversationID, Code: code, CreatedBy: r.CreatedBy, ExpiresAt: r.ExpiresAt,
		MaxUses: int(value(r.MaxUses)), Uses: int(r.Uses), Revoked: r.Revoked,
	}
	return invitation, chat.InvitationPreview{
		Group: chat.Conversation{
			ID: r.ConversationID, Kind: chat.KindGroup, Name: r.Name, Description: r.Description, AvatarURL: r.AvatarUrl, MemberCount: int(r.MemberCount),
		},
		ExpiresAt: r.ExpiresAt, Member: r.Member,
	}, nil
}

// Invitations implements chat.GroupStore.
func (s *Store) Invitations(ctx context.Context, group, before uuid.UUID, limit int) ([]chat.Invitation, error) {
	rows, err := s.q.Invitations(ctx, s.pool, queries.InvitationsParams{ConversationID: group, Before: before, PageSize: int32(limit)})
	invitations := make([]chat.Invitation, len(rows))
	for i, r := range rows {
		invitations[i] = toInvitation(r)
	}
	return invitations, wrap("listing invitations", err)
}

func toInvitation(r queries.Invitation) chat.Invitation {
	return chat.Invitation{
		ID: r.ID, ConversationID: r.ConversationID, Code: r.Code, CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt,
		MaxUses: int(value(r.MaxUses)), Uses: int(r.Uses), Revoked: r.RevokedAt != nil,
	}
}

package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

func (a *api) createInvitation(c *gin.Context) {
	id, err := pathID(c, "conversation_id")
	if err != nil {
		fail(c, err)
		return
	}
	r, err := body[wire.CreateInvitationRequest](c)
	if err != nil {
		fail(c, err)
		return
	}
	invitation, err := a.Groups.Invite(c.Request.Context(), actor(c), id, wire.ToNewInvitation(r))
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusCreated, wire.FromInvitation(invitation))
}

func (a *api) listInvitations(c *gin.Context) {
	id, err := pathID(c, "conversation_id")
	if err != nil {
		fail(c, err)
		return
	}
	list, before := "invitations to "+id.String(), uuid.Max
	limit, _, err := page(c, a.Pager, list, &before)
	if err != nil {
		fail(c, err)
		return
	}
	invitations, err := a.Groups.Invitations(c.Request.Context(), viewer(c), id, before, limit)
	if err != nil {
		fail(c, err)
		return
	}
	next, err := nextCursor(c, a.Pager, list, invitations, limit, func(i chat.Invitation) uuid.UUID { return i.ID })
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, wire.InvitationList{Items: wire.FromInvitations(invitations), NextCursor: next})
}

func (a *api) revokeInvitation(c *gin.Context) {
	id, err := pathID(c, "conversation_id")
	if err != nil {
		fail(c, err)
		return
	}
	invitation, err := pathID(c, "invitation_id")
	if err == nil {
		err = a.Groups.Revoke(c.Request.Context(), actor(c), id, invitation)
	}
	done(c, err)
}

func (a *api) previewInvitation(c *gin.Context) {
	preview, err := a.Groups.Preview(c.Request.Context(), viewer(c), c.Param("code"))
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, wire.FromInvitationPreview(preview))
}

func (a *api) acceptInvitation(c *gin.Context) {
	group, err := a.Groups.Accept(c.Request.Context(), actor(c), c.Param("code"))
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, wire.FromConversation(group))
}

package rest

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

func (a *api) createGroup(c *gin.Context) {
	r, err := body[wire.CreateGroupRequest](c)
	if err != nil {
		fail(c, err)
		return
	}
	group, err := a.Groups.Create(c.Request.Context(), actor(c), wire.ToNewGroup(r))
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusCreated, wire.FromConversation(group))
}

func (a *api) updateGroup(c *gin.Context) {
	withBody(c, func(ctx context.Context, id uuid.UUID, r wire.UpdateGroupRequest) (any, error) {
		group, err := a.Groups.Update(ctx, actor(c), id, wire.ToGroupUpdate(r))
		return wire.FromConversation(group), err
	})
}

func (a *api) deleteGroup(c *gin.Context) {
	id, err := pathID(c, "conversation_id")
	if err == nil {
		err = a.Groups.Delete(c.Request.Context(), actor(c), id)
	}
	done(c, err)
}

func (a *api) addMembers(c *gin.Context) {
	withBody(c, func(ctx context.Context, id uuid.UUID, r wire.AddMembersRequest) (any, error) {
		members, err := a.Groups.Add(ctx, actor(c), id, r.UserIds)
		return wire.MemberList{Items: wire.FromMembers(members)}, err
	})
}

func (a *api) changeRole(c *gin.Context) {
	withBody(c, func(ctx context.Context, id uuid.UUID, r wire.ChangeRoleRequest) (any, error) {
		person, err := pathID(c, "user_id")
		if err != nil {
			return nil, err
		}
		member, err := a.Groups.ChangeRole(ctx, actor(c), id, person, chat.Role(r.Role))
		return wire.FromMember(member), err
	})
}

func (a *api) removeMember(c *gin.Context) {
	id, err := pathID(c, "conversation_id")
	if err != nil {
		fail(c, err)
		return
	}
	person, err := pathID(c, "user_id")
	if err == nil {
		err = a.Groups.Remove(c.Request.Context(), actor(c), id, person)
	}
	done(c, err)
}

func (a *api) transferOwnership(c *gin.Context) {
	withBody(c, func(ctx context.Context, id uuid.UUID, r wire.TransferOwnershipRequest) (any, error) {
		group, err := a.Groups.Transfer(ctx, actor(c), id, r.UserID)
		return wire.FromConversation(group), err
	})
}

// withBody answers a request about a conversation that has a body.
func withBody[R any](c *gin.Context, serve func(ctx context.Context, id uuid.UUID, r R) (any, error)) {
	id, err := pathID(c, "conversation_id")
	if err != nil {
		fail(c, err)
		return
	}
	r, err := body[R](c)
	if err != nil {
		fail(c, err)
		return
	}
	answer, err := serve(c.Request.Context(), id, r)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, answer)
}

// done answers a request that has nothing to tell.
func done(c *gin.Context, err error) {
	if err != nil {
		fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

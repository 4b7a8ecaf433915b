package rest

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

func (a *api) listBlocks(c *gin.Context) {
	var after string
	limit, _, err := page(c, a.Pager, "blocks", &after)
	if err != nil {
		fail(c, err)
		return
	}
	users, err := a.Blocks.List(c.Request.Context(), viewer(c), after, limit)
	if err != nil {
		fail(c, err)
		return
	}
	answerUsers(c, a.Pager, "blocks", users, limit)
}

func (a *api) blockUser(c *gin.Context) { changeBlock(c, a.Blocks.Block) }

func (a *api) unblockUser(c *gin.Context) { changeBlock(c, a.Blocks.Unblock) }

func changeBlock(c *gin.Context, change func(context.Context, chat.Actor, uuid.UUID) error) {
	id, err := pathID(c, "user_id")
	if err == nil {
		err = change(c.Request.Context(), actor(c), id)
	}
	if err != nil {
		fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

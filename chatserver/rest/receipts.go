package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

func (a *api) markMessageRead(c *gin.Context) {
	id, err := pathID(c, "message_id")
	if err == nil {
		err = a.Receipts.MarkRead(c.Request.Context(), viewer(c), id)
	}
	if err != nil {
		fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

func (a *api) receipts(c *gin.Context) {
	id, err := pathID(c, "message_id")
	if err != nil {
		fail(c, err)
		return
	}
	list := "receipts of " + id.String()
	var after uuid.UUID
	limit, _, err := page(c, a.Pager, list, &after)
	if err != nil {
		fail(c, err)
		return
	}
	found, err := a.Receipts.List(c.Request.Context(), viewer(c), id, after, limit)
	if err != nil {
		fail(c, err)
		return
	}
	next, err := nextCursor(c, a.Pager, list, found.Receipts, limit, func(r chat.Receipt) uuid.UUID { return r.UserID })
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, wire.FromReceipts(found, next))
}

package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

func (a *api) presence(c *gin.Context) {
	id, err := pathID(c, "user_id")
	if err != nil {
		fail(c, err)
		return
	}
	list, err := a.Presences.Query(c.Request.Context(), viewer(c), []uuid.UUID{id})
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, wire.FromPresence(list[0]))
}

func (a *api) queryPresence(c *gin.Context) {
	r, err := body[wire.PresenceQuery](c)
	if err != nil {
		fail(c, err)
		return
	}
	list, err := a.Presences.Query(c.Request.Context(), viewer(c), r.UserIds)
	if err != nil {
		fail(c, err)
		return
	}
	out := wire.PresenceList{Items: make([]wire.Presence, len(list))}
	for i, p := range list {
		out.Items[i] = wire.FromPresence(p)
	}
	c.JSON(http.StatusOK, out)
}

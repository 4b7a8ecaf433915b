package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/wire"
)

func (a *api) listSessions(c *gin.Context) {
	before := uuid.Max
	limit, _, err := page(c, a.Pager, "sessions", &before)
	if err != nil {
		fail(c, err)
		return
	}
	id, _ := identity(c)
	sessions, err := a.Auth.Sessions(c.Request.Context(), id.UserID, before, limit)
	if err != nil {
		fail(c, err)
		return
	}
	next, err := nextCursor(c, a.Pager, "sessions", sessions, limit, func(s auth.SessionInfo) uuid.UUID { return s.ID })
	if err != nil {
		fail(c, err)
		return
	}
	out := wire.SessionList{Items: make([]wire.SessionInfo, len(sessions)), NextCursor: next}
	for i, s := range sessions {
		out.Items[i] = wire.SessionInfo{
			ID: s.ID, DeviceName: s.DeviceName, CreatedAt: wire.Time(s.CreatedAt), LastUsedAt: wire.Time(s.LastUsedAt),
			ExpiresAt: wire.Time(s.ExpiresAt), Current: s.ID == id.SessionID,
		}
	}
	c.JSON(http.StatusOK, out)
}

func (a *api) revokeSession(c *gin.Context) {
	id, err := pathID(c, "session_id")
	if err == nil {
		err = a.Auth.Revoke(c.Request.Context(), actor(c), id)
	}
	if err != nil {
		fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

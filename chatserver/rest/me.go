package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

func (a *api) me(c *gin.Context) {
	user, err := a.Auth.Me(c.Request.Context(), viewer(c))
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, wire.FromSelf(user))
}

func (a *api) updateMe(c *gin.Context) {
	r, err := body[wire.UpdateMeRequest](c)
	if err != nil {
		fail(c, err)
		return
	}
	change := chat.ProfileChange{DisplayName: r.DisplayName, AvatarURL: r.AvatarURL, Email: r.Email}
	if p := r.Privacy; p != nil {
		change.ReadReceipts, change.Typing, change.LastSeen = p.ReadReceipts, p.Typing, p.LastSeen
	}
	user, err := a.Profiles.Update(c.Request.Context(), actor(c), change)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, wire.FromSelf(user))
}

func (a *api) changePassword(c *gin.Context) {
	r, err := body[wire.ChangePasswordRequest](c)
	if err == nil {
		id, _ := identity(c)
		err = a.withPassword(c, func() error {
			return a.Auth.ChangePassword(c.Request.Context(), actor(c), id.SessionID, r.CurrentPassword, r.NewPassword)
		})
	}
	if err != nil {
		fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

// withPassword does what asks for the person's password, and counts wrong ones: a
// stolen access token must not be good for guessing it.
func (a *api) withPassword(c *gin.Context, do func() error) error {
	ended, err := a.throttle.guess(c.Request.Context(), clientKey(c.ClientIP()), viewer(c).String())
	if err != nil {
		return err
	}
	err = do()
	ended(err)
	return err
}

func (a *api) deleteMe(c *gin.Context) {
	r, err := body[wire.DeleteMeRequest](c)
	if err == nil {
		err = a.withPassword(c, func() error { return a.Auth.DeleteAccount(c.Request.Context(), actor(c), r.Password) })
	}
	if err != nil {
		fail(c, err)
		return
	}
	a.forgetCookie(c)
	c.Status(http.StatusNoContent)
}

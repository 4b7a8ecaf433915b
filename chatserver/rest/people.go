package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

func (a *api) searchUsers(c *gin.Context) {
	var after string
	limit, _, err := page(c, a.Pager, "users", &after)
	if err != nil {
		fail(c, err)
		return
	}
	users, err := a.People.Search(c.Request.Context(), c.Query("q"), after, limit)
	if err != nil {
		fail(c, err)
		return
	}
	answerUsers(c, a.Pager, "users", users, limit)
}

// answerUsers answers a page of a list that is ordered by username.
func answerUsers(c *gin.Context, pager *chat.Pager, list string, users []chat.User, limit int) {
	next, err := nextCursor(c, pager, list, users, limit, func(u chat.User) string { return u.Username })
	if err != nil {
		fail(c, err)
		return
	}
	out := wire.UserList{Items: make([]wire.User, len(users)), NextCursor: next}
	for i, u := range users {
		out.Items[i] = wire.FromUser(u)
	}
	c.JSON(http.StatusOK, out)
}

func (a *api) user(c *gin.Context) {
	id, err := pathID(c, "user_id")
	if err != nil {
		fail(c, err)
		return
	}
	user, err := a.People.Get(c.Request.Context(), id)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, wire.FromUser(user))
}

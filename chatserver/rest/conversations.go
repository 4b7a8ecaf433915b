package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

func (a *api) listConversations(c *gin.Context) {
	query, list, err := a.listQuery(c)
	if err != nil {
		fail(c, err)
		return
	}
	conversations, err := a.Conversations.List(c.Request.Context(), viewer(c), query)
	if err != nil {
		fail(c, err)
		return
	}
	next, err := nextCursor(c, a.Pager, list, conversations, query.Limit, chat.Conversation.Position)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, wire.ConversationList{Items: wire.FromConversations(conversations), NextCursor: next})
}

// listQuery reads what is asked of the list of conversations. The list's name,
// for cursors, has all that narrows it: a cursor goes on with the same question.
func (a *api) listQuery(c *gin.Context) (q chat.ListQuery, list string, err error) {
	if q.Filter, err = chat.ParseListFilter(c.Query("filter")); err != nil {
		return q, "", err
	}
	if text, given := c.GetQuery("q"); given {
		var p chat.Problems
		q.Search = p.CheckSearch(text)
		if err := p.Err(); err != nil {
			return q, "", err
		}
	}
	list = "conversations " + q.Filter.String() + " " + q.Search
	var place chat.ListPosition
	limit, given, err := page(c, a.Pager, list, &place)
	if q.Limit = limit; given {
		q.After = &place
	}
	return q, list, err
}

func (a *api) updateSettings(c *gin.Context) {
	id, err := pathID(c, "conversation_id")
	if err != nil {
		fail(c, err)
		return
	}
	r, err := body[wire.UpdateSettingsRequest](c)
	if err != nil {
		fail(c, err)
		return
	}
	conversation, err := a.Conversations.SetSettings(c.Request.Context(), viewer(c), id, wire.ToSettings(r))
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, wire.FromConversation(conversation))
}

func (a *api) openDirect(c *gin.Context) {
	r, err := body[wire.OpenDirectRequest](c)
	if err != nil {
		fail(c, err)
		return
	}
	conversation, created, err := a.Conversations.OpenDirect(c.Request.Context(), viewer(c), r.UserID)
	if err != nil {
		fail(c, err)
		return
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	c.JSON(status, wire.FromConversation(conversation))
}

func (a *api) conversation(c *gin.Context) {
	id, err := pathID(c, "conversation_id")
	if err != nil {
		fail(c, err)
		return
	}
	conversation, err := a.Conversations.Get(c.Request.Context(), viewer(c), id)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, wire.FromConversation(conversation))
}

func (a *api) members(c *gin.Context) {
	id, err := pathID(c, "conversation_id")
	if err != nil {
		fail(c, err)
		return
	}
	q, list, err := a.memberQuery(c, id)
	if err != nil {
		fail(c, err)
		return
	}
	members, err := a.Conversations.Members(c.Request.Context(), viewer(c), id, q)
	if err != nil {
		fail(c, err)
		return
	}
	next, err := nextCursor(c, a.Pager, list, members, q.Limit, func(m chat.Member) uuid.UUID { return m.User.ID })
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, wire.MemberList{Items: wire.FromMembers(members), NextCursor: next})
}

// memberQuery reads what is asked of a list of members.
func (a *api) memberQuery(c *gin.Context, id uuid.UUID) (q chat.MemberQuery, list string, err error) {
	if text, given := c.GetQuery("q"); given {
		var p chat.Problems
		q.Search = p.CheckSearch(text)
		if err := p.Err(); err != nil {
			return q, "", err
		}
	}
	list = "members of " + id.String() + " " + q.Search
	q.Limit, _, err = page(c, a.Pager, list, &q.After)
	return q, list, err
}

func (a *api) markRead(c *gin.Context) {
	id, err := pathID(c, "conversation_id")
	if err != nil {
		fail(c, err)
		return
	}
	r, err := body[wire.MarkReadRequest](c)
	if err == nil {
		err = a.Conversations.MarkRead(c.Request.Context(), viewer(c), id, r.Seq)
	}
	if err != nil {
		fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

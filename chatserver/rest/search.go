package rest

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

func (a *api) searchMessages(c *gin.Context) {
	id, err := pathID(c, "conversation_id")
	if err != nil {
		fail(c, err)
		return
	}
	search, list, err := a.messageSearch(c, id)
	if err != nil {
		fail(c, err)
		return
	}
	hits, err := a.Searches.Find(c.Request.Context(), viewer(c), search)
	if err != nil {
		fail(c, err)
		return
	}
	next, err := nextCursor(c, a.Pager, list, hits, search.Limit, func(h chat.SearchHit) int64 { return h.Seq })
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, wire.SearchHitList{Items: wire.FromSearchHits(hits), NextCursor: next})
}

// messageSearch reads what is searched for. The list's name, for cursors, has all
// of it: a cursor goes on with the same search.
func (a *api) messageSearch(c *gin.Context, conversation uuid.UUID) (m chat.MessageSearch, list string, err error) {
	m.ConversationID, m.Text = conversation, c.Query("q")
	var p chat.Problems
	m.From, m.To = queryTime(c, &p, "from"), queryTime(c, &p, "to")
	m.Sender = queryID(c, &p, "sender")
	if err := p.Err(); err != nil {
		return m, "", err
	}
	list = strings.Join([]string{"messages of", conversation.String(), "by", m.Sender.String(), m.From.String(), m.To.String(), m.Text}, " ")
	m.Limit, _, err = page(c, a.Pager, list, &m.Before)
	return m, list, err
}

// queryTime reads a time from the query; zero when it is absent.
func queryTime(c *gin.Context, p *chat.Problems, name string) time.Time {
	text, given := c.GetQuery(name)
	if !given {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Year() < 1 || at.Year() > 9999 {
		p.Add(name, "invalid", "This is a time such as 2026-01-31T12:00:00Z.")
	}
	return at.UTC()
}

// queryID reads an id from the query; uuid.Nil when it is absent.
func queryID(c *gin.Context, p *chat.Problems, name string) uuid.UUID {
	text, given := c.GetQuery(name)
	if !given {
		return uuid.Nil
	}
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 || id == uuid.Nil {
		p.Add(name, "invalid", "This is not an id.")
	}
	return id
}

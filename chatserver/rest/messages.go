package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

func (a *api) send(c *gin.Context) {
	id, err := pathID(c, "conversation_id")
	if err != nil {
		fail(c, err)
		return
	}
	r, err := body[wire.SendMessageRequest](c)
	if err != nil {
		fail(c, err)
		return
	}
	cmd := chat.SendCommand{
		SenderID: viewer(c), ConversationID: id, ClientMsgID: r.ClientMsgID, Content: r.Content, Type: chat.MessageType(r.Type),
	}
	if r.ReplyTo != nil {
		cmd.ReplyTo = *r.ReplyTo
	}
	stored, err := a.Messages.Send(c.Request.Context(), cmd)
	if err != nil {
		fail(c, err)
		return
	}
	status := http.StatusCreated
	if stored.Duplicate {
		status = http.StatusOK
	}
	c.JSON(status, wire.FromStored(id, r.ClientMsgID, stored))
}

func (a *api) history(c *gin.Context) {
	id, err := pathID(c, "conversation_id")
	if err != nil {
		fail(c, err)
		return
	}
	query, err := historyQuery(c)
	if err != nil {
		fail(c, err)
		return
	}
	query.ConversationID = id
	messages, err := a.Messages.History(c.Request.Context(), viewer(c), query)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, wire.MessageList{Items: wire.FromMessages(messages)})
}

func historyQuery(c *gin.Context) (chat.HistoryQuery, error) {
	var p chat.Problems
	var q chat.HistoryQuery
	var before, around bool
	q.Limit = pageSize(c, &p)
	q.Before, before = queryInt(c, &p, "before_seq", 1)
	q.After, q.AfterSet = queryInt(c, &p, "after_seq", 0)
	q.Around, around = queryInt(c, &p, "around_seq", 1)
	if before && q.AfterSet || before && around || q.AfterSet && around {
		p.Add("before_seq", "conflict", "At most one of before_seq, after_seq and around_seq.")
	}
	return q, p.Err()
}

func (a *api) sync(c *gin.Context) {
	r, err := body[wire.SyncRequest](c)
	if err != nil {
		fail(c, err)
		return
	}
	request, err := wire.ToSyncRequest(r, viewer(c), a.Pager)
	if err != nil {
		fail(c, err)
		return
	}
	result, err := a.Syncer.Page(c.Request.Context(), viewer(c), request)
	if err != nil {
		fail(c, err)
		return
	}
	out, err := wire.FromSyncPage(result, viewer(c), a.Pager)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, out)
}

package conformance

import (
	"net/http"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

func (u *user) block(t T, other *user) {
	t.Helper()
	u.call(t, http.MethodPut, "/api/blocks/"+other.id(), nil).wants(t, http.StatusNoContent)
}

// blocked returns a page of the people whom someone has blocked.
func (u *user) blocked(t T, query string) wire.UserList {
	t.Helper()
	a := u.call(t, http.MethodGet, "/api/blocks"+query, nil)
	a.wants(t, http.StatusOK)
	var list wire.UserList
	a.into(t, &list)
	return list
}

var blockChecks = []Check{
	{"a block keeps both from writing, until it is lifted", func(t T, e *Env) {
		a, b, conversation := e.newPair(t)
		before := b.send(t, conversation, uuid.NewString(), "before")
		hers, his := a.connect(t), b.connect(t)
		a.block(t, b)
		a.block(t, b) // again is no error
		for who, s := range map[*user]*socket{a: hers, b: his} {
			send := object{"conversation_id": conversation, "client_msg_id": uuid.NewString(), "content": "meanwhile"}
			s.send(t, "message.send", "m1", send)
			s.refused(t, "m1", "blocked")
			delete(send, "conversation_id")
			who.call(t, http.MethodPost, "/api/conversations/"+conversation+"/messages", send).problem(t, http.StatusForbidden, "blocked")
		}
		equal(t, "number of messages", len(a.history(t, conversation, "")), 1)
		repeated := b.call(t, http.MethodPost, "/api/conversations/"+conversation+"/messages",
			object{"client_msg_id": b.history(t, conversation, "")[0].ClientMsgID, "content": "before"})
		repeated.wants(t, http.StatusOK) // stored before the block, and so it stays
		var again wire.MessageAck
		repeated.into(t, &again)
		equal(t, "the repeated message", again.MessageID, before.MessageID)
		a.call(t, http.MethodDelete, "/api/blocks/"+b.id(), nil).wants(t, http.StatusNoContent)
		a.call(t, http.MethodDelete, "/api/blocks/"+b.id(), nil).wants(t, http.StatusNoContent)
		equal(t, "seq after the block", b.send(t, conversation, uuid.NewString(), "after").Seq, 2)
	}},
	{"a block keeps both from opening the conversation, new or known", func(t T, e *Env) {
		a, b, _ := e.newPair(t)
		c := e.newUser(t)
		a.block(t, b)
		a.block(t, c)
		for _, pair := range [][2]*user{{a, b}, {b, a}, {a, c}, {c, a}} {
			pair[0].call(t, http.MethodPost, "/api/conversations", object{"user_id": pair[1].id()}).problem(t, http.StatusForbidden, "blocked")
		}
		b.open(t, c)
	}},
	{"blocks are listed by username, to the blocker alone", func(t T, e *Env) {
		a, b, c := e.newUser(t), e.newUser(t), e.newUser(t)
		a.block(t, c)
		a.block(t, b)
		names := []string{min(b.tokens.User.Username, c.tokens.User.Username), max(b.tokens.User.Username, c.tokens.User.Username)}
		first := a.blocked(t, "?limit=1")
		equal(t, "the first", first.Items[0].Username, names[0])
		second := a.blocked(t, "?limit=1&cursor="+*first.NextCursor)
		equal(t, "the second", second.Items[0].Username, names[1])
		equal(t, "number of blocks of another", len(b.blocked(t, "").Items), 0)
		equal(t, "number after one was deleted", func() int { c.delete(t); return len(a.blocked(t, "").Items) }(), 1)
	}},
	{"only others, and only people, can be blocked", func(t T, e *Env) {
		u := e.newUser(t)
		u.call(t, http.MethodPut, "/api/blocks/"+u.id(), nil).problem(t, http.StatusUnprocessableEntity, "validation_failed", "user_id")
		for _, id := range []string{"0192aaaa-0000-7000-8000-000000000000", "nonsense"} {
			u.call(t, http.MethodPut, "/api/blocks/"+id, nil).problem(t, http.StatusNotFound, "not_found")
		}
	}},
}

package conformance

import (
	"net/http"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

var conversationChecks = []Check{
	{"two people share one direct conversation", func(t T, e *Env) {
		a, b := e.newUser(t), e.newUser(t)
		first := a.call(t, http.MethodPost, "/api/conversations", object{"user_id": b.id()})
		first.wants(t, http.StatusCreated)
		var c, d wire.Conversation
		first.into(t, &c)
		equal(t, "kind", c.Kind, "direct")
		equal(t, "member_count", c.MemberCount, 2)
		equal(t, "the peer", c.Peer.ID.String(), b.id())
		second := b.call(t, http.MethodPost, "/api/conversations", object{"user_id": a.id()})
		second.wants(t, http.StatusOK)
		second.into(t, &d)
		equal(t, "the conversation", d.ID, c.ID)
		equal(t, "the peer's peer", d.Peer.ID.String(), a.id())
	}},
	{"a conversation needs another person who exists", func(t T, e *Env) {
		u := e.newUser(t)
		open := func(body any) answer { return u.call(t, http.MethodPost, "/api/conversations", body) }
		open(object{"user_id": u.id()}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "user_id")
		open(object{}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "user_id")
		open(object{"user_id": uuid.NewString()}).problem(t, http.StatusNotFound, "not_found")
		open(object{"user_id": "nonsense"}).problem(t, http.StatusBadRequest, "invalid_request")
		open(object{"user_id": 7}).problem(t, http.StatusBadRequest, "invalid_request", "user_id")
		open(object{"user_id": u.id(), "surprise": 1}).problem(t, http.StatusBadRequest, "invalid_request")
		open(`{"user_id": `).problem(t, http.StatusBadRequest, "invalid_request")
		open(`{} {}`).problem(t, http.StatusBadRequest, "invalid_request")
	}},
	{"the list has the latest first, with last message and unread count", func(t T, e *Env) {
		a, b, c := e.newUser(t), e.newUser(t), e.newUser(t)
		ab, ac := a.open(t, b), a.open(t, c)
		b.send(t, ab, uuid.NewString(), "one")
		two := c.send(t, ac, uuid.NewString(), "two")
		// Times have milliseconds, and within one the order is anybody's.
		for aside := b.open(t, c); !b.send(t, aside, uuid.NewString(), "a moment").CreatedAt.Time().After(two.CreatedAt.Time()); {
		}
		b.send(t, ab, uuid.NewString(), "three")
		answer := a.call(t, http.MethodGet, "/api/conversations", nil)
		answer.wants(t, http.StatusOK)
		var list wire.ConversationList
		answer.into(t, &list)
		equal(t, "number of conversations", len(list.Items), 2)
		equal(t, "the latest", list.Items[0].ID.String(), ab)
		equal(t, "its last message", list.Items[0].LastMessage.Content, "three")
		equal(t, "its unread_count", list.Items[0].UnreadCount, 2)
		equal(t, "its last_seq", list.Items[0].LastSeq, 2)
		equal(t, "the writer's unread_count", b.conversation(t, ab).UnreadCount, 0)
	}},
	{"the list pages", func(t T, e *Env) {
		a := e.newUser(t)
		for range 3 {
			a.open(t, e.newUser(t))
		}
		seen := map[uuid.UUID]bool{}
		for cursor := ""; ; {
			answer := a.call(t, http.MethodGet, "/api/conversations?limit=2&cursor="+cursor, nil)
			answer.wants(t, http.StatusOK)
			var list wire.ConversationList
			answer.into(t, &list)
			for _, item := range list.Items {
				seen[item.ID] = true
			}
			if list.NextCursor == nil {
				break
			}
			cursor = *list.NextCursor
		}
		equal(t, "number of conversations on all pages", len(seen), 3)
	}},
	{"a cursor of another person or list is refused", func(t T, e *Env) {
		a, b := e.newUser(t), e.newUser(t)
		a.open(t, b)
		answer := a.call(t, http.MethodGet, "/api/conversations?limit=1", nil)
		answer.wants(t, http.StatusOK)
		var list wire.ConversationList
		answer.into(t, &list)
		b.call(t, http.MethodGet, "/api/conversations?cursor="+*list.NextCursor, nil).problem(t, http.StatusUnprocessableEntity, "validation_failed", "cursor")
		a.call(t, http.MethodGet, "/api/users?q=a&cursor="+*list.NextCursor, nil).problem(t, http.StatusUnprocessableEntity, "validation_failed", "cursor")
	}},
	{"nobody sees a conversation of others", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		a.send(t, id, uuid.NewString(), "secret")
		stranger := e.newUser(t)
		for _, path := range []string{"", "/members", "/messages"} {
			stranger.call(t, http.MethodGet, "/api/conversations/"+id+path, nil).problem(t, http.StatusNotFound, "not_found")
			stranger.call(t, http.MethodGet, "/api/conversations/"+uuid.NewString()+path, nil).problem(t, http.StatusNotFound, "not_found")
		}
		message := object{"client_msg_id": uuid.NewString(), "content": "hi"}
		stranger.call(t, http.MethodPost, "/api/conversations/"+id+"/messages", message).problem(t, http.StatusNotFound, "not_found")
		stranger.call(t, http.MethodPost, "/api/conversations/"+id+"/read", object{"seq": 1}).problem(t, http.StatusNotFound, "not_found")
	}},
	{"members are listed", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		answer := a.call(t, http.MethodGet, "/api/conversations/"+id+"/members", nil)
		answer.wants(t, http.StatusOK)
		var list wire.MemberList
		answer.into(t, &list)
		names := map[string]bool{}
		for _, m := range list.Items {
			names[m.UserID.String()] = true
		}
		if len(list.Items) != 2 || !names[a.id()] || !names[b.id()] {
			failf(t, "the members are %s", answer.body)
		}
	}},
	{"reading moves the cursor forward only, and never past the end", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		for range 3 {
			a.send(t, id, uuid.NewString(), "hello")
		}
		read := func(seq int) {
			b.call(t, http.MethodPost, "/api/conversations/"+id+"/read", object{"seq": seq}).wants(t, http.StatusNoContent)
		}
		read(2)
		equal(t, "unread_count", b.conversation(t, id).UnreadCount, 1)
		read(1)
		equal(t, "my_read_seq after an older one", b.conversation(t, id).MyReadSeq, 2)
		read(1000)
		c := b.conversation(t, id)
		equal(t, "my_read_seq past the end", c.MyReadSeq, 3)
		equal(t, "my_delivered_seq", c.MyDeliveredSeq, 3)
		equal(t, "unread_count", c.UnreadCount, 0)
		equal(t, "peer_read_seq for the other", a.conversation(t, id).PeerReadSeq, 3)
		b.call(t, http.MethodPost, "/api/conversations/"+id+"/read", object{"seq": 0}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "seq")
		b.call(t, http.MethodPost, "/api/conversations/"+id+"/read", object{"seq": "x"}).problem(t, http.StatusBadRequest, "invalid_request", "seq")
	}},
}

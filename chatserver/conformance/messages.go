package conformance

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"
)

var messageChecks = []Check{
	{"messages are numbered without gaps and read back as written", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		texts := []string{"hello", "你好，世界 👋🏽", "two\nlines\tand a tab", "<script>alert(1)</script>", `quotes " and \ backslash`, "\u202Ertl"}
		for i, text := range texts {
			who := []*user{a, b}[i%2]
			ack := who.send(t, id, uuid.NewString(), text)
			equal(t, "seq", ack.Seq, int64(i+1))
			equal(t, "duplicate", ack.Duplicate, false)
		}
		items := b.history(t, id, "")
		equal(t, "number of messages", len(items), len(texts))
		for i, m := range items {
			equal(t, "seq", m.Seq, int64(i+1))
			equal(t, "content", m.Content, texts[i])
			equal(t, "type", m.Type, "text")
			equal(t, "sender", m.SenderID.String(), []*user{a, b}[i%2].id())
		}
	}},
	{"content is trimmed", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		a.send(t, id, uuid.NewString(), "  \n hi \t ")
		equal(t, "content", a.history(t, id, "")[0].Content, "hi")
	}},
	{"the same client_msg_id is stored once", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		key := uuid.NewString()
		first := a.send(t, id, key, "once")
		second := a.send(t, id, key, "once")
		equal(t, "duplicate", second.Duplicate, true)
		equal(t, "message_id", second.MessageID, first.MessageID)
		equal(t, "seq", second.Seq, first.Seq)
		equal(t, "number of messages", len(a.history(t, id, "")), 1)
		equal(t, "seq of the same id by another sender", b.send(t, id, key, "once").Seq, 2)
	}},
	{"a client_msg_id does not serve two messages", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		other := a.open(t, e.newUser(t))
		key := uuid.NewString()
		a.send(t, id, key, "first")
		a.call(t, http.MethodPost, "/api/conversations/"+id+"/messages", object{"client_msg_id": key, "content": "second"}).
			problem(t, http.StatusConflict, "idempotency_mismatch")
		a.call(t, http.MethodPost, "/api/conversations/"+other+"/messages", object{"client_msg_id": key, "content": "first"}).
			problem(t, http.StatusConflict, "idempotency_mismatch")
	}},
	{"10,000 characters are sent, 10,001 are not", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		a.send(t, id, uuid.NewString(), strings.Repeat("字", 10_000))
		a.call(t, http.MethodPost, "/api/conversations/"+id+"/messages", object{"client_msg_id": uuid.NewString(), "content": strings.Repeat("字", 10_001)}).
			problem(t, http.StatusUnprocessableEntity, "validation_failed", "content")
	}},
	{"a bad message names its field", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		send := func(body any) answer { return a.call(t, http.MethodPost, "/api/conversations/"+id+"/messages", body) }
		key := uuid.NewString()
		send(object{"client_msg_id": key, "content": ""}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "content")
		send(object{"client_msg_id": key, "content": " \n\t "}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "content")
		send(object{"client_msg_id": key, "content": "a\u0000b"}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "content")
		send(object{"client_msg_id": key, "content": "a\u001bb"}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "content")
		send(object{"content": "x"}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "client_msg_id")
		send(object{"client_msg_id": key, "content": "x", "type": "system"}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "type")
		send(object{"client_msg_id": key, "content": "x", "reply_to": uuid.NewString()}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "reply_to")
		send(object{"client_msg_id": key, "content": 7}).problem(t, http.StatusBadRequest, "invalid_request", "content")
		send(object{"client_msg_id": "x", "content": "x"}).problem(t, http.StatusBadRequest, "invalid_request")
		send(object{"client_msg_id": key, "content": "x", "sender_id": key}).problem(t, http.StatusBadRequest, "invalid_request")
		send(`[]`).problem(t, http.StatusBadRequest, "invalid_request")
		send("").problem(t, http.StatusBadRequest, "invalid_request")
		equal(t, "number of messages", len(a.history(t, id, "")), 0)
	}},
	{"a body over 1 MiB is refused", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		a.call(t, http.MethodPost, "/api/conversations/"+id+"/messages", `{"content":"`+strings.Repeat("x", 1<<20)+`"}`).
			problem(t, http.StatusRequestEntityTooLarge, "payload_too_large")
	}},
	{"a reply names a message of the same conversation", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		elsewhere := a.open(t, e.newUser(t))
		here, there := a.send(t, id, uuid.NewString(), "here"), a.send(t, elsewhere, uuid.NewString(), "there")
		a.call(t, http.MethodPost, "/api/conversations/"+id+"/messages",
			object{"client_msg_id": uuid.NewString(), "content": "yes", "reply_to": here.MessageID}).wants(t, http.StatusCreated)
		equal(t, "reply_to", *a.history(t, id, "?after_seq=1")[0].ReplyTo, here.MessageID)
		a.call(t, http.MethodPost, "/api/conversations/"+id+"/messages",
			object{"client_msg_id": uuid.NewString(), "content": "no", "reply_to": there.MessageID}).
			problem(t, http.StatusUnprocessableEntity, "validation_failed", "reply_to")
	}},
	{"history pages both ways and around a place", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		for i := range 9 {
			a.send(t, id, uuid.NewString(), fmt.Sprint("message ", i+1))
		}
		for query, want := range map[string][2]int64{
			"?limit=3":               {7, 9},
			"?before_seq=7&limit=3":  {4, 6},
			"?before_seq=2":          {1, 1},
			"?after_seq=0&limit=3":   {1, 3},
			"?after_seq=6":           {7, 9},
			"?around_seq=5&limit=4":  {3, 6},
			"?around_seq=9&limit=4":  {7, 9},
			"?after_seq=9":           {0, 0},
			"?before_seq=1":          {0, 0},
			"?before_seq=9999999999": {1, 9},
		} {
			items := a.history(t, id, query)
			var first, last int64
			if len(items) > 0 {
				first, last = items[0].Seq, items[len(items)-1].Seq
			}
			if first != want[0] || last != want[1] || len(items) > 0 && int64(len(items)) != last-first+1 {
				failf(t, "history%s is %d to %d (%d messages), want %d to %d", query, first, last, len(items), want[0], want[1])
			}
		}
		for _, query := range []string{"?before_seq=0", "?before_seq=x", "?after_seq=-1", "?around_seq=0", "?limit=0", "?limit=101", "?before_seq=3&after_seq=1",
			"?after_seq=99999999999999999999"} {
			a.call(t, http.MethodGet, "/api/conversations/"+id+"/messages"+query, nil).problem(t, http.StatusUnprocessableEntity, "validation_failed")
		}
	}},
}

package conformance

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/wire"
)

var socketChecks = []Check{
	{"the subprotocol is required", func(t T, e *Env) {
		u := e.newUser(t)
		for _, protocols := range [][]string{nil, {"chat"}} {
			_, response, err := u.dialRaw(protocols, nil)
			if err == nil || response == nil {
				failf(t, "a connection without the subprotocol got in")
			}
			equal(t, "status", response.StatusCode, http.StatusBadRequest)
			_ = response.Body.Close()
		}
	}},
	{"pages of a foreign origin can't connect, pages of the same host can", func(t T, e *Env) {
		u := e.newUser(t)
		_, response, err := u.dialRaw([]string{"uim.v1"}, http.Header{"Origin": {"https://evil.example"}})
		if err == nil || response == nil {
			failf(t, "a foreign origin got in")
		}
		equal(t, "status", response.StatusCode, http.StatusForbidden)
		_ = response.Body.Close()
		ws, response, err := u.dialRaw([]string{"uim.v1"}, http.Header{"Origin": {u.url}})
		check(t, err)
		_ = response.Body.Close()
		_ = ws.Close()
	}},
	{"a token in the Authorization header signs in", func(t T, e *Env) {
		u := e.newUser(t)
		ws, response, err := u.dialRaw([]string{"uim.v1"}, http.Header{"Authorization": {"Bearer " + u.tokens.AccessToken}})
		check(t, err)
		_ = response.Body.Close()
		s := &socket{ws}
		t.Cleanup(func() { _ = ws.Close() })
		equal(t, "type of the first frame", s.next(t).Type, "hello")
		_, response, err = u.dialRaw([]string{"uim.v1"}, http.Header{"Authorization": {"Bearer nonsense"}})
		if err == nil || response == nil {
			failf(t, "a bad token got in")
		}
		equal(t, "status", response.StatusCode, http.StatusUnauthorized)
		_ = response.Body.Close()
	}},
	{"hello tells the limits", func(t T, e *Env) {
		u := e.newUser(t)
		s := u.dial(t)
		s.send(t, "auth", "1", object{"token": u.tokens.AccessToken})
		var hello wire.FrameHello
		s.expect(t, "hello").into(t, &hello)
		if hello.HeartbeatSeconds <= 0 || hello.Limits.ContentCodePoints <= 0 || hello.Limits.FrameBytes <= 0 || hello.Limits.SendsInFlight <= 0 {
			failf(t, "hello is %+v", hello)
		}
	}},
	{"frames before auth are refused, and a bad token ends the connection", func(t T, e *Env) {
		u := e.newUser(t)
		s := u.dial(t)
		s.send(t, "ping", "p", nil)
		s.refused(t, "p", "unauthenticated")
		s.send(t, "auth", "a", object{"token": "nonsense"})
		s.refused(t, "a", "unauthenticated")
		s.closed(t, 4504)
	}},
	{"a connection that does not authenticate is closed", func(t T, e *Env) {
		e.newUser(t).dial(t).closed(t, 4504)
	}},
	{"ping gets pong", func(t T, e *Env) {
		s := e.newUser(t).connect(t)
		s.send(t, "ping", "p1", nil)
		equal(t, "re of pong", s.expect(t, "pong").Re, "p1")
	}},
	{"an unknown type gets an error and the connection stays", func(t T, e *Env) {
		s := e.newUser(t).connect(t)
		s.send(t, "dance", "d", object{})
		s.refused(t, "d", "invalid_request")
		s.send(t, "ping", "p", nil)
		s.expect(t, "pong")
	}},
	{"malformed frames close the connection", func(t T, e *Env) {
		u := e.newUser(t)
		for _, text := range []string{`{"type":`, `[]`, `"ping"`, `{}`, `{"type":7}`, ``} {
			s := u.connect(t)
			s.sendText(t, text)
			s.refused(t, "", "invalid_request")
			s.closed(t, 4503)
		}
		s := u.connect(t)
		check(t, s.ws.WriteMessage(websocket.BinaryMessage, []byte(`{"type":"ping"}`)))
		s.refused(t, "", "invalid_request")
		s.closed(t, 4503)
	}},
	{"a frame of 65 KiB closes the connection", func(t T, e *Env) {
		s := e.newUser(t).connect(t)
		s.sendText(t, `{"type":"ping","id":"`+strings.Repeat("x", 65<<10)+`"}`)
		s.refused(t, "", "payload_too_large")
		s.closed(t, 4503)
	}},
	{"a message is acknowledged and reaches the other person and the sender's other devices", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		sa, sa2, sb := a.connect(t), a.connect(t), b.connect(t)
		key := uuid.NewString()
		sa.send(t, "message.send", "m1", object{"conversation_id": id, "client_msg_id": key, "content": "hello"})
		f := sa.expect(t, "message.ack")
		var ack wire.MessageAck
		f.into(t, &ack)
		equal(t, "re", f.Re, "m1")
		equal(t, "client_msg_id", ack.ClientMsgID.String(), key)
		equal(t, "seq", ack.Seq, 1)
		for _, s := range []*socket{sa2, sb} {
			m := s.message(t)
			equal(t, "id", m.ID, ack.MessageID)
			equal(t, "content", m.Content, "hello")
			equal(t, "sender", m.SenderID.String(), a.id())
			equal(t, "client_msg_id", m.ClientMsgID.String(), key)
			equal(t, "created_at", m.CreatedAt.Time().String(), ack.CreatedAt.Time().String())
		}
		equal(t, "the history", a.history(t, id, "")[0].ID, ack.MessageID)
	}},
	{"a message sent over HTTP arrives live", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		sb := b.connect(t)
		ack := a.send(t, id, uuid.NewString(), "from http")
		equal(t, "id", sb.message(t).ID, ack.MessageID)
	}},
	{"messages of both sides arrive in the same order, each once", func(t T, e *Env) {
		const each = 20 // within a minute's allowance, and more than the server takes at a time
		a, b, id := e.newPair(t)
		sa, sb := a.connect(t), b.connect(t)
		watcher := a.connect(t)
		for i := range each {
			for _, s := range []*socket{sa, sb} {
				s.send(t, "message.send", "", object{"conversation_id": id, "client_msg_id": uuid.NewString(), "content": strconv.Itoa(i)})
			}
		}
		for seq := int64(1); seq <= 2*each; seq++ {
			equal(t, "seq", watcher.message(t).Seq, seq)
		}
		// What a sender gets is its acknowledgements and the other's messages.
		for _, s := range []*socket{sa, sb} {
			acked, last, got := int64(0), int64(0), 0
			for got < 2*each {
				f := s.next(t)
				switch f.Type {
				case "message.ack":
					var ack wire.MessageAck
					f.into(t, &ack)
					if ack.Seq <= acked {
						failf(t, "acknowledgement %d came after %d", ack.Seq, acked)
					}
					acked = ack.Seq
					got++
				case "message.new":
					var m wire.Message
					f.into(t, &m)
					if m.Seq <= last {
						failf(t, "message %d came after %d", m.Seq, last)
					}
					last = m.Seq
					got++
				case "error":
					failf(t, "got an error: %s", f.Data)
				}
			}
		}
	}},
	{"a repeated send is acknowledged as a duplicate", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		sb := b.connect(t)
		data := object{"conversation_id": id, "client_msg_id": uuid.NewString(), "content": "once"}
		var first, second wire.MessageAck
		s := a.connect(t)
		s.send(t, "message.send", "1", data)
		s.expect(t, "message.ack").into(t, &first)
		s = a.connect(t) // as after a lost connection
		s.send(t, "message.send", "2", data)
		s.expect(t, "message.ack").into(t, &second)
		equal(t, "duplicate of the first", first.Duplicate, false)
		equal(t, "duplicate of the second", second.Duplicate, true)
		equal(t, "seq", second.Seq, first.Seq)
		a.send(t, id, uuid.NewString(), "next")
		equal(t, "seq of the other's first", sb.message(t).Seq, 1)
		equal(t, "seq of the other's second", sb.message(t).Seq, 2)
	}},
	{"a bad send gets an error and the connection stays", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		s := a.connect(t)
		key := uuid.NewString()
		for _, c := range []struct {
			data any
			code string
		}{
			{object{"conversation_id": id, "client_msg_id": key, "content": ""}, "validation_failed"},
			{object{"conversation_id": id, "client_msg_id": key, "content": strings.Repeat("字", 10_001)}, "validation_failed"},
			{object{"conversation_id": id, "client_msg_id": key, "content": "a\u0000b"}, "validation_failed"},
			{object{"conversation_id": id, "content": "x"}, "validation_failed"},
			{object{"client_msg_id": key, "content": "x"}, "validation_failed"},
			{object{"conversation_id": "x", "client_msg_id": key, "content": "x"}, "invalid_request"},
			{object{"conversation_id": id, "client_msg_id": key, "content": 7}, "invalid_request"},
			{json.RawMessage(`[]`), "invalid_request"},
			{nil, "invalid_request"},
			{object{"conversation_id": uuid.NewString(), "client_msg_id": key, "content": "x"}, "not_found"},
		} {
			s.send(t, "message.send", "bad", c.data)
			equal(t, "retryable", s.refused(t, "bad", c.code).Retryable, false)
		}
		stranger := e.newUser(t).connect(t)
		stranger.send(t, "message.send", "s", object{"conversation_id": id, "client_msg_id": key, "content": "x"})
		stranger.refused(t, "s", "not_found")
		s.send(t, "message.send", "ok", object{"conversation_id": id, "client_msg_id": key, "content": "fine"})
		equal(t, "re", s.expect(t, "message.ack").Re, "ok")
	}},
	{"a new conversation is shown to both people", func(t T, e *Env) {
		a, b := e.newUser(t), e.newUser(t)
		sa, sb := a.connect(t), b.connect(t)
		id := a.open(t, b)
		for _, s := range []*socket{sa, sb} {
			var c wire.Conversation
			s.expect(t, "conversation.updated").into(t, &c)
			equal(t, "the conversation", c.ID.String(), id)
		}
		a.send(t, id, uuid.NewString(), "first")
		equal(t, "content", sb.message(t).Content, "first")
	}},
	{"receipts reach the sender", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		sa, sb := a.connect(t), b.connect(t)
		a.send(t, id, uuid.NewString(), "hello")
		sb.message(t)
		sb.send(t, "delivered", "", object{"conversation_id": id, "seq": 1})
		sa.receipt(t, b, 0)
		sb.send(t, "read", "", object{"conversation_id": id, "seq": 1})
		sa.receipt(t, b, 1)
		sb.send(t, "read", "r", object{"conversation_id": id, "seq": 0})
		sb.refused(t, "r", "validation_failed")
	}},
	{"a live connection renews its session, but not as somebody else", func(t T, e *Env) {
		a, b := e.newUser(t), e.newUser(t)
		s := a.connect(t)
		answer := a.call(t, http.MethodPost, "/api/auth/refresh", object{"refresh_token": a.tokens.RefreshToken})
		answer.wants(t, http.StatusOK)
		var fresh wire.TokenResponse
		answer.into(t, &fresh)
		s.send(t, "auth", "again", object{"token": fresh.AccessToken})
		equal(t, "re", s.expect(t, "hello").Re, "again")
		s.send(t, "auth", "other", object{"token": b.tokens.AccessToken})
		s.refused(t, "other", "unauthenticated")
		s.send(t, "ping", "p", nil)
		s.expect(t, "pong")
	}},
	{"a session that has ended can't connect", func(t T, e *Env) {
		u := e.newUser(t)
		u.call(t, http.MethodPost, "/api/auth/logout", nil).wants(t, http.StatusNoContent)
		s := u.dial(t)
		s.send(t, "auth", "a", object{"token": u.tokens.AccessToken})
		s.refused(t, "a", "session_revoked")
		s.closed(t, 4501)
	}},
}

// receipt waits for a receipt of a person who has the first message and read so far.
func (s *socket) receipt(t T, of *user, read int64) {
	t.Helper()
	for {
		var r wire.FrameReceipt
		s.expect(t, "receipt").into(t, &r)
		if r.UserID.String() != of.id() {
			continue
		}
		equal(t, "delivered_seq", r.DeliveredSeq, 1)
		equal(t, "read_seq", r.ReadSeq, read)
		return
	}
}

package conformance

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/wire"
)

// frameChecks are about what a connection takes and gives, beyond what socketChecks say.
var frameChecks = []Check{
	{"a frame of exactly 64 KiB is taken, one more byte closes the connection", func(t T, e *Env) {
		u := e.newUser(t)
		s := u.connect(t)
		ping := func(size int) string {
			const rest = len(`{"type":"ping","id":"p","data":""}`)
			return `{"type":"ping","id":"p","data":"` + strings.Repeat("x", size-rest) + `"}`
		}
		s.sendText(t, ping(64<<10))
		equal(t, "re of pong", s.expect(t, "pong").Re, "p")
		s.sendText(t, ping(64<<10+1))
		s.refused(t, "", "payload_too_large")
		s.closed(t, 4503)
	}},
	{"a frame in several fragments is one frame", func(t T, e *Env) {
		s := e.extra(t, 1)[0].connect(t)
		w, err := s.ws.NextWriter(websocket.TextMessage)
		check(t, err)
		for _, part := range []string{`{"type":`, `"ping","id"`, `:"parts"}`} {
			_, err = w.Write([]byte(part + strings.Repeat(" ", 5000))) // more than a buffer
			check(t, err)
		}
		check(t, w.Close())
		equal(t, "re of pong", s.expect(t, "pong").Re, "parts")
	}},
	{"a ping of the WebSocket protocol gets its pong", func(t T, e *Env) {
		s := e.extra(t, 1)[0].connect(t)
		ponged := false
		s.ws.SetPongHandler(func(data string) error { ponged = data == "are you there"; return nil })
		check(t, s.ws.WriteControl(websocket.PingMessage, []byte("are you there"), time.Now().Add(patience)))
		s.send(t, "ping", "after", nil)
		s.expect(t, "pong")
		equal(t, "a pong came before what was asked later", ponged, true)
	}},
	{"a client's close is answered", func(t T, e *Env) {
		s := e.extra(t, 1)[0].connect(t)
		check(t, s.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(patience)))
		s.closed(t, websocket.CloseNormalClosure)
	}},
	{"compression is not negotiated", func(t T, e *Env) {
		u := e.extra(t, 1)[0]
		d := websocket.Dialer{Subprotocols: []string{"uim.v1"}, EnableCompression: true, HandshakeTimeout: patience}
		ws, response, err := d.Dial("ws"+strings.TrimPrefix(u.url, "http")+"/ws", http.Header{"Authorization": {"Bearer " + u.tokens.AccessToken}})
		check(t, err)
		_ = response.Body.Close()
		_ = ws.Close()
		equal(t, "Sec-WebSocket-Extensions", response.Header.Get("Sec-WebSocket-Extensions"), "")
	}},
	{"the WebSocket's address without a handshake gets a problem", func(t T, e *Env) {
		u := e.extra(t, 1)[0]
		u.call(t, http.MethodGet, "/ws", nil).problem(t, http.StatusBadRequest, "invalid_request")
		u.call(t, http.MethodGet, "/ws", nil, "Sec-WebSocket-Protocol", "uim.v1").problem(t, http.StatusBadRequest, "invalid_request")
	}},
	{"a token in the WebSocket's address is no token", func(t T, e *Env) {
		u := e.extra(t, 1)[0]
		d := websocket.Dialer{Subprotocols: []string{"uim.v1"}, HandshakeTimeout: patience}
		ws, response, err := d.Dial("ws"+strings.TrimPrefix(u.url, "http")+"/ws?token="+u.tokens.AccessToken, nil)
		check(t, err)
		_ = response.Body.Close()
		s := &socket{ws}
		t.Cleanup(func() { _ = ws.Close() })
		s.send(t, "ping", "p", nil)
		s.refused(t, "p", "unauthenticated")
	}},
	{"a bad auth frame is refused by its field", func(t T, e *Env) {
		u := e.extra(t, 1)[0]
		for _, data := range []any{nil, object{}, object{"token": ""}, object{"token": 7}, []string{}} {
			s := u.dial(t)
			s.send(t, "auth", "a", data)
			refusal := s.refused(t, "a", "validation_failed")
			if len(refusal.Errors) != 1 || refusal.Errors[0].Field != "token" {
				failf(t, "the refusal of auth with %v names %v", data, refusal.Errors)
			}
			_ = s.ws.Close()
		}
	}},
	{"every known type refuses bad data, and the connection stays", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		s := a.connect(t)
		for _, kind := range []string{"message.send", "delivered", "read", "sync", "auth", "typing", "presence.sub", "presence.unsub"} {
			for i, data := range []any{[]int{}, "text", 7, object{"conversation_id": 7, "user_ids": 7, "known": 7, "token": 7}} {
				s.send(t, kind, fmt.Sprint(kind, i), data)
				f := s.expectEither(t, "error")
				equal(t, "re of the error", f.Re, fmt.Sprint(kind, i))
			}
		}
		for _, seq := range []any{0, -1, "1", 1.5, 1e30, nil} {
			s.send(t, "read", "r", object{"conversation_id": id, "seq": seq})
			s.expectEither(t, "error")
		}
		s.send(t, "ping", "p", nil)
		s.expect(t, "pong")
	}},
	{"cursors of conversations one is not in change nothing", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		a.send(t, id, uuid.NewString(), "hello")
		stranger := e.extra(t, 1)[0].connect(t)
		sa := a.connect(t)
		stranger.send(t, "read", "", object{"conversation_id": id, "seq": 1})
		stranger.send(t, "delivered", "", object{"conversation_id": uuid.NewString(), "seq": 1})
		stranger.send(t, "ping", "p", nil)
		stranger.expect(t, "pong")
		sb := b.connect(t)
		sb.send(t, "delivered", "", object{"conversation_id": id, "seq": 1000})
		sa.receipt(t, b, 0)
	}},
	{"more sends than may be under way are all taken, in order", func(t T, e *Env) {
		const n = 40
		a, _, id := e.newPair(t)
		s := a.connect(t)
		for i := range n {
			s.send(t, "message.send", strconv.Itoa(i), object{"conversation_id": id, "client_msg_id": uuid.NewString(), "content": strconv.Itoa(i)})
		}
		for i := range n {
			f := s.expect(t, "message.ack")
			equal(t, "re of the acknowledgement", f.Re, strconv.Itoa(i))
			var ack wire.MessageAck
			f.into(t, &ack)
			equal(t, "seq", ack.Seq, int64(i+1))
		}
	}},
	{"text that is not valid UTF-8 harms nobody", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		s := a.connect(t)
		s.sendText(t, `{"type":"message.send","id":"m","data":{"conversation_id":"`+id+`","client_msg_id":"`+uuid.NewString()+`","content":"a`+"\xff"+`b"}}`)
		if _, _, err := s.ws.ReadMessage(); err != nil && !websocket.IsCloseError(err, websocket.CloseInvalidFramePayloadData, 4503) {
			failf(t, "the connection ended with %v", err)
		}
		for _, m := range b.history(t, id, "") {
			equal(t, "content", m.Content, "a\ufffdb")
		}
	}},
}

// expectEither returns the next frame of a type, errors too.
func (s *socket) expectEither(t T, frameType string) frame {
	t.Helper()
	for {
		if f := s.next(t); f.Type == frameType {
			return f
		}
	}
}

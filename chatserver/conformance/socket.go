package conformance

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/wire"
)

// socket is a client's WebSocket connection.
type socket struct {
	ws *websocket.Conn
}

// frame is a frame as the server sends it.
type frame struct {
	Type string          `json:"type"`
	Re   string          `json:"re"`
	Data json.RawMessage `json:"data"`
}

// dialRaw opens a connection and returns the answer to the handshake as well.
func (u *user) dialRaw(protocols []string, header http.Header) (*websocket.Conn, *http.Response, error) {
	d := websocket.Dialer{Subprotocols: protocols, HandshakeTimeout: patience}
	return d.Dial("ws"+strings.TrimPrefix(u.url, "http")+"/ws", header)
}

// dial opens a connection that is not signed in.
func (u *user) dial(t T) *socket {
	t.Helper()
	ws, response, err := u.dialRaw([]string{"uim.v1"}, nil)
	for err != nil && response != nil && u.env.limited(t, response.StatusCode, response.Header) {
		ws, response, err = u.dialRaw([]string{"uim.v1"}, nil)
	}
	check(t, err)
	_ = response.Body.Close()
	equal(t, "the subprotocol", ws.Subprotocol(), "uim.v1")
	t.Cleanup(func() { _ = ws.Close() })
	return &socket{ws}
}

// connect opens a connection and signs in.
func (u *user) connect(t T) *socket {
	t.Helper()
	s := u.dial(t)
	s.send(t, "auth", "a1", object{"token": u.tokens.AccessToken})
	hello := s.expect(t, "hello")
	equal(t, "re of hello", hello.Re, "a1")
	var data wire.FrameHello
	hello.into(t, &data)
	equal(t, "user_id of hello", data.UserID.String(), u.id())
	return s
}

func (s *socket) send(t T, frameType, id string, data any) {
	t.Helper()
	o := object{"type": frameType}
	if id != "" {
		o["id"] = id
	}
	if data != nil {
		o["data"] = data
	}
	text, err := json.Marshal(o)
	check(t, err)
	s.sendText(t, string(text))
}

func (s *socket) sendText(t T, text string) {
	t.Helper()
	check(t, s.ws.WriteMessage(websocket.TextMessage, []byte(text)))
}

// next returns the next frame.
func (s *socket) next(t T) frame {
	t.Helper()
	check(t, s.ws.SetReadDeadline(time.Now().Add(patience)))
	_, text, err := s.ws.ReadMessage()
	check(t, err)
	return parseFrame(t, text)
}

func parseFrame(t T, text []byte) frame {
	t.Helper()
	var f frame
	check(t, json.Unmarshal(text, &f))
	if w, ok := t.(Witness); ok {
		w.SawFrame(text)
	}
	return f
}

// expect returns the next frame of a type; others before it are passed over.
func (s *socket) expect(t T, frameType string) frame {
	t.Helper()
	for {
		if f := s.next(t); f.Type == frameType {
			return f
		} else if f.Type == "error" {
			failf(t, "got an error frame while waiting for %s: %s", frameType, f.Data)
		}
	}
}

// refused returns the next error frame and fails the check unless it has a code.
func (s *socket) refused(t T, re, code string) wire.FrameError {
	t.Helper()
	for {
		f := s.next(t)
		if f.Type != "error" {
			continue
		}
		var e wire.FrameError
		f.into(t, &e)
		equal(t, "re of the error", f.Re, re)
		equal(t, "code of the error", e.Code, code)
		if e.Detail == "" {
			failf(t, "the error %s has no detail", code)
		}
		return e
	}
}

// closed fails the check unless the server closes with a code.
func (s *socket) closed(t T, code int) {
	t.Helper()
	check(t, s.ws.SetReadDeadline(time.Now().Add(patience)))
	for {
		_, _, err := s.ws.ReadMessage()
		if err == nil {
			continue
		}
		if closeErr, ok := errors.AsType[*websocket.CloseError](err); !ok || closeErr.Code != code {
			failf(t, "the connection ended with %v, want close code %d", err, code)
		}
		return
	}
}

// message returns the next message.new.
func (s *socket) message(t T) wire.Message {
	t.Helper()
	var m wire.Message
	s.expect(t, "message.new").into(t, &m)
	return m
}

func (f frame) into(t T, out any) {
	t.Helper()
	if err := json.Unmarshal(f.Data, out); err != nil {
		failf(t, "the frame %s has data %s: %v", f.Type, f.Data, err)
	}
}

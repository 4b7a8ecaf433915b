package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/wire"
)

// fake is a chat server with one conversation that keeps the contract's
// promises but treats its clients badly, every so many messages.
type fake struct {
	conversation uuid.UUID
	cutEvery     int // stores a message, then cuts the connection without an ack
	dropEvery    int // does not tell the others about a message
	doubleEvery  int // tells them twice
	refuseEvery  int // refuses the first try
	failMe       atomic.Bool

	mu       sync.Mutex
	users    map[string]uuid.UUID
	messages []wire.Message
	byID     map[uuid.UUID]int64
	refused  map[uuid.UUID]bool
	sockets  map[*websocket.Conn]uuid.UUID
}

func newFake(t *testing.T) (*fake, server) {
	t.Helper()
	f := &fake{
		conversation: uuid.New(), users: map[string]uuid.UUID{}, byID: map[uuid.UUID]int64{},
		refused: map[uuid.UUID]bool{}, sockets: map[*websocket.Conn]uuid.UUID{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/auth/login", f.login)
	mux.HandleFunc("POST /api/conversations", f.open)
	mux.HandleFunc("GET /api/me", f.me)
	mux.HandleFunc("GET /api/conversations/{id}/messages", f.list)
	mux.HandleFunc("GET /ws", f.serve)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return f, server{url: s.URL}
}

func answer(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

func (f *fake) login(w http.ResponseWriter, r *http.Request) {
	var body wire.LoginRequest
	_ = json.NewDecoder(r.Body).Decode(&body)
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.users[body.Username]; !ok {
		f.users[body.Username] = uuid.New()
	}
	id := f.users[body.Username]
	answer(w, wire.TokenResponse{AccessToken: id.String(), User: wire.Self{ID: id, Username: body.Username}})
}

func (f *fake) me(w http.ResponseWriter, _ *http.Request) {
	if f.failMe.Load() {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	answer(w, wire.Self{})
}

func (f *fake) open(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	answer(w, wire.Conversation{ID: f.conversation, LastSeq: int64(len(f.messages))})
}

func (f *fake) list(w http.ResponseWriter, r *http.Request) {
	after, _ := strconv.Atoi(r.URL.Query().Get("after_seq"))
	f.mu.Lock()
	defer f.mu.Unlock()
	answer(w, wire.MessageList{Items: f.messages[after:min(len(f.messages), after+100)]})
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{Subprotocols: []string{"uim.v1"}}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer f.leave(ws)
	for {
		var in frame
		if ws.ReadJSON(&in) != nil || !f.take(ws, in) {
			return
		}
	}
}

func (f *fake) leave(ws *websocket.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.sockets, ws)
	_ = ws.Close()
}

// take handles one frame; false ends the connection.
func (f *fake) take(ws *websocket.Conn, in frame) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch in.Type {
	case "auth":
		a, _ := data[wire.FrameAuth](in)
		f.sockets[ws] = uuid.MustParse(a.Token)
		tell(ws, "hello", "", wire.FrameHello{})
	case "sync":
		s, _ := data[wire.SyncRequest](in)
		missing := f.messages[s.Known[0].Seq:]
		newest := missing[max(0, len(missing)-5):] // a short page leaves a gap to fetch
		tell(ws, "sync.page", in.ID, wire.SyncPage{Messages: newest})
	case "message.send":
		return f.store(ws, in)
	}
	return true
}

func (f *fake) store(ws *websocket.Conn, in frame) bool {
	s, _ := data[wire.FrameMessageSend](in)
	seq, known := f.byID[s.ClientMsgID]
	n := len(f.messages) + 1
	if every(f.refuseEvery, n) && !known && !f.refused[s.ClientMsgID] {
		f.refused[s.ClientMsgID] = true
		tell(ws, "error", in.ID, wire.FrameError{Code: "overloaded", Retryable: true, RetryAfterMs: 1})
		return true
	}
	if !known {
		seq = int64(n)
		f.byID[s.ClientMsgID] = seq
		sender := f.sockets[ws]
		m := wire.Message{ID: uuid.New(), ConversationID: f.conversation, Seq: seq, SenderID: &sender, Content: s.Content, Type: "text"}
		f.messages = append(f.messages, m)
		f.spread(m, ws)
		if every(f.cutEvery, n) {
			return false
		}
	}
	tell(ws, "message.ack", in.ID, wire.MessageAck{
		ClientMsgID: s.ClientMsgID, ConversationID: f.conversation, MessageID: f.messages[seq-1].ID, Seq: seq, Duplicate: known,
	})
	return true
}

// spread tells everyone but the sender, whom the ack tells.
func (f *fake) spread(m wire.Message, sender *websocket.Conn) {
	if every(f.dropEvery, int(m.Seq)) {
		return
	}
	for ws := range f.sockets {
		if ws == sender {
			continue
		}
		tell(ws, "message.new", "", m)
		if every(f.doubleEvery, int(m.Seq)) {
			tell(ws, "message.new", "", m)
		}
	}
}

func every(n, i int) bool { return n > 0 && i%n == 0 }

func tell(ws *websocket.Conn, kind, re string, v any) {
	raw, _ := json.Marshal(v)
	_ = ws.WriteJSON(map[string]any{"type": kind, "re": strings.TrimSpace(re), "data": json.RawMessage(raw)})
}

func contextFor(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), 30*time.Second)
}

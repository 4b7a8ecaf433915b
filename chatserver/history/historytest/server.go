// Package historytest has a chat server of one conversation that keeps the
// contract's promises but treats its clients badly: for tests of clients.
package historytest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/wire"
)

// Server is that server. What it does every so many messages is set before use;
// zero means never.
type Server struct {
	URL          string
	Conversation uuid.UUID
	CutEvery     int // stores a message, then cuts the connection without an acknowledgement
	DropEvery    int // does not tell the others about a message
	DoubleEvery  int // tells them twice
	RefuseEvery  int // refuses the first try
	ForgeEvery   int // acknowledges a message without storing it: breaks a promise
	Failing      atomic.Bool

	mu       sync.Mutex
	users    map[string]uuid.UUID
	messages []wire.Message
	byID     map[uuid.UUID]int64
	refused  map[uuid.UUID]bool
	sockets  map[*websocket.Conn]uuid.UUID
}

// NewServer starts a server that ends with the test.
func NewServer(t testing.TB) *Server {
	t.Helper()
	s := &Server{
		Conversation: uuid.New(), users: map[string]uuid.UUID{}, byID: map[uuid.UUID]int64{},
		refused: map[uuid.UUID]bool{}, sockets: map[*websocket.Conn]uuid.UUID{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/auth/login", s.login)
	mux.HandleFunc("POST /api/conversations", s.conversation)
	mux.HandleFunc("GET /api/conversations/{id}", s.conversation)
	mux.HandleFunc("GET /api/conversations/{id}/members", s.members)
	mux.HandleFunc("GET /api/conversations/{id}/messages", s.list)
	mux.HandleFunc("GET /api/me", s.me)
	mux.HandleFunc("GET /ws", s.serve)
	h := httptest.NewServer(mux)
	t.Cleanup(func() { h.CloseClientConnections(); h.Close() })
	s.URL = h.URL
	return s
}

func answer(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	var body wire.LoginRequest
	_ = json.NewDecoder(r.Body).Decode(&body)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.users[body.Username]; !ok {
		s.users[body.Username] = uuid.New()
	}
	id := s.users[body.Username]
	answer(w, wire.TokenResponse{AccessToken: id.String(), User: wire.Self{ID: id, Username: body.Username}})
}

func (s *Server) me(w http.ResponseWriter, _ *http.Request) {
	if s.Failing.Load() {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	answer(w, wire.Self{})
}

func (s *Server) conversation(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer(w, wire.Conversation{ID: s.Conversation, LastSeq: int64(len(s.messages))})
}

func (s *Server) members(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list wire.MemberList
	for _, id := range s.users {
		list.Items = append(list.Items, wire.Member{UserID: id})
	}
	answer(w, list)
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	after, _ := strconv.Atoi(r.URL.Query().Get("after_seq"))
	s.mu.Lock()
	defer s.mu.Unlock()
	answer(w, wire.MessageList{Items: s.messages[after:min(len(s.messages), after+100)]})
}

// frame is the envelope of what clients send.
type frame struct {
	Type string          `json:"type"`
	ID   string          `json:"id"`
	Data json.RawMessage `json:"data"`
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{Subprotocols: []string{"uim.v1"}}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer s.leave(ws)
	for {
		var in frame
		if ws.ReadJSON(&in) != nil || !s.take(ws, in) {
			return
		}
	}
}

func (s *Server) leave(ws *websocket.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sockets, ws)
	_ = ws.Close()
}

// take handles one frame; false ends the connection.
func (s *Server) take(ws *websocket.Conn, in frame) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch in.Type {
	case "auth":
		var a wire.FrameAuth
		_ = json.Unmarshal(in.Data, &a)
		s.sockets[ws] = uuid.MustParse(a.Token)
		tell(ws, "hello", "", wire.FrameHello{})
	case "sync":
		var request wire.SyncRequest
		_ = json.Unmarshal(in.Data, &request)
		missing := s.messages[request.Known[0].Seq:]
		newest := missing[max(0, len(missing)-5):] // a short page leaves a gap to fetch
		view := wire.Conversation{ID: s.Conversation, LastSeq: int64(len(s.messages))}
		tell(ws, "sync.page", in.ID, wire.SyncPage{Messages: slices.Clone(newest), Conversations: []wire.Conversation{view}})
	case "message.send":
		return s.send(ws, in)
	}
	return true
}

func (s *Server) send(ws *websocket.Conn, in frame) bool {
	var send wire.FrameMessageSend
	_ = json.Unmarshal(in.Data, &send)
	seq, known := s.byID[send.ClientMsgID]
	n := len(s.messages) + 1
	if every(s.RefuseEvery, n) && !known && !s.refused[send.ClientMsgID] {
		s.refused[send.ClientMsgID] = true
		tell(ws, "error", in.ID, wire.FrameError{Code: "overloaded", Retryable: true, RetryAfterMs: 1})
		return true
	}
	if every(s.ForgeEvery, n) && !known {
		s.ForgeEvery = 0
		tell(ws, "message.ack", in.ID, wire.MessageAck{ClientMsgID: send.ClientMsgID, ConversationID: s.Conversation, MessageID: uuid.New(), Seq: int64(n)})
		return true
	}
	if !known {
		seq = int64(n)
		s.byID[send.ClientMsgID] = seq
		sender := s.sockets[ws]
		m := wire.Message{
			ID: uuid.New(), ConversationID: s.Conversation, Seq: seq, SenderID: &sender, ClientMsgID: &send.ClientMsgID, Content: send.Content, Type: "text",
		}
		s.messages = append(s.messages, m)
		s.spread(m, ws)
		if every(s.CutEvery, n) {
			return false
		}
	}
	tell(ws, "message.ack", in.ID, wire.MessageAck{
		ClientMsgID: send.ClientMsgID, ConversationID: s.Conversation, MessageID: s.messages[seq-1].ID, Seq: seq, Duplicate: known,
	})
	return true
}

// spread tells everyone but the sender, whom the acknowledgement tells.
func (s *Server) spread(m wire.Message, sender *websocket.Conn) {
	if every(s.DropEvery, int(m.Seq)) {
		return
	}
	for ws := range s.sockets {
		if ws == sender {
			continue
		}
		tell(ws, "message.new", "", m)
		if every(s.DoubleEvery, int(m.Seq)) {
			tell(ws, "message.new", "", m)
		}
	}
}

func every(n, i int) bool { return n > 0 && i%n == 0 }

func tell(ws *websocket.Conn, kind, re string, v any) {
	_ = ws.WriteJSON(map[string]any{"type": kind, "re": re, "data": v})
}

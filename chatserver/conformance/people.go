package conformance

import (
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/wire"
)

// Person is someone whom another test moves: for tests that do things to the
// server which this suite, knowing only its address, can't do.
type Person struct {
	user   *user
	socket *socket
}

// NewPerson registers a person on one of the environment's nodes.
func (e *Env) NewPerson(t T, node int) *Person {
	t.Helper()
	u := e.newUser(t)
	u.url = e.nodes[node]
	return &Person{user: u}
}

// Open opens the conversation with another person.
func (p *Person) Open(t T, peer *Person) (conversation string) {
	t.Helper()
	return p.user.open(t, peer.user)
}

// Connect opens a signed-in WebSocket, on which the person then receives.
func (p *Person) Connect(t T) {
	t.Helper()
	p.socket = p.user.connect(t)
}

// Send sends a message over HTTP and returns its seq.
func (p *Person) Send(t T, conversation, content string) int64 {
	t.Helper()
	return p.user.send(t, conversation, uuid.NewString(), content).Seq
}

// Submit sends a message over the WebSocket without waiting.
func (p *Person) Submit(t T, conversation, content string) {
	t.Helper()
	p.socket.send(t, "message.send", "", object{"conversation_id": conversation, "client_msg_id": uuid.NewString(), "content": content})
}

// Receive returns the next message that arrives live.
func (p *Person) Receive(t T) wire.Message {
	t.Helper()
	return p.socket.message(t)
}

// Shown waits until a conversation is shown to the person live.
func (p *Person) Shown(t T, conversation string) {
	t.Helper()
	p.socket.updated(t, conversation, func(wire.Conversation) bool { return true })
}

// History returns the newest page of a conversation.
func (p *Person) History(t T, conversation string) []wire.Message {
	t.Helper()
	return p.user.history(t, conversation, "?limit=100")
}

// Drained reads until the server closes and returns the close code, the
// acknowledgements that came, and whether a goodbye came before.
func (p *Person) Drained(t T) (code int, acks []wire.MessageAck, goodbye bool) {
	t.Helper()
	for {
		check(t, p.socket.ws.SetReadDeadline(time.Now().Add(patience)))
		_, text, err := p.socket.ws.ReadMessage()
		if closeErr, ok := errors.AsType[*websocket.CloseError](err); ok {
			return closeErr.Code, acks, goodbye
		}
		check(t, err)
		switch f := parseFrame(t, text); f.Type {
		case "message.ack":
			var ack wire.MessageAck
			f.into(t, &ack)
			acks = append(acks, ack)
		case "session.closing":
			goodbye = true
		}
	}
}

// Health returns what a node says of itself.
func (e *Env) Health(t T, node int) wire.Health {
	t.Helper()
	anyone := &user{env: e, url: e.nodes[node]}
	var h wire.Health
	anyone.call(t, http.MethodGet, "/health", nil).into(t, &h)
	return h
}

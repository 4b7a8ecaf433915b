package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
)

// office is the services that sessions are served with, in memory.
type office struct {
	*ledger
	mu       sync.Mutex
	tokens   map[string]auth.Identity
	refusals map[string]error
	sends    []chat.SendCommand
	cursors  []chat.CursorsMoved
	present  map[uuid.UUID]int
	ended    []chat.SessionsEnded                                   // by the store's word
	devices  map[uuid.UUID]string                                   // names of sign-ins
	unnamed  error                                                  // answers NameDevice
	recheck  func(auth.Identity) error                              // answers StillActive
	submit   func(chat.SendCommand, func(chat.Stored, error)) error // instead of storing
	page     func() (chat.SyncPage, error)                          // answers syncs
}

func newOffice() *office {
	o := &office{
		ledger:   newLedger(),
		tokens:   map[string]auth.Identity{"ann's": {UserID: ann, SessionID: id(50), ExpiresAt: time.Now().Add(time.Hour)}},
		refusals: map[string]error{"old": &chat.Error{Code: chat.CodeTokenExpired}, "ended": &chat.Error{Code: chat.CodeSessionRevoked}},
		present:  map[uuid.UUID]int{},
		devices:  map[uuid.UUID]string{},
		page:     func() (chat.SyncPage, error) { return chat.SyncPage{}, nil },
	}
	o.members[ann] = []uuid.UUID{place}
	return o
}

func (o *office) Submit(cmd chat.SendCommand, done func(chat.Stored, error)) error {
	o.mu.Lock()
	submit := o.submit
	o.sends = append(o.sends, cmd)
	o.mu.Unlock()
	if submit != nil {
		return submit(cmd, done)
	}
	done(chat.Stored{MessageID: id(77), Seq: o.add(cmd.ConversationID)}, nil)
	return nil
}

func (o *office) Advance(move chat.CursorsMoved) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cursors = append(o.cursors, move)
}

func (o *office) Connected(user uuid.UUID) { o.attend(user, 1) }

func (o *office) Disconnected(user uuid.UUID) { o.attend(user, -1) }

func (o *office) attend(user uuid.UUID, connections int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.present[user] += connections
}

func (o *office) Page(context.Context, uuid.UUID, chat.SyncRequest) (chat.SyncPage, error) {
	o.mu.Lock()
	page := o.page
	o.mu.Unlock()
	return page()
}

func (o *office) answerSyncs(page func() (chat.SyncPage, error)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.page = page
}

func newGateway(t *testing.T, o *office) *Gateway {
	t.Helper()
	metrics := newMetrics()
	c := DefaultConfig
	c.SendsInFlight = 2
	presence := newWatched().feed
	fanout := NewFanout(FanoutServices{Hub: NewHub(o.ledger, metrics), Bus: &wires{}, Views: o.ledger, Presence: presence}, metrics, silent())
	return NewGateway(c, Services{
		Fanout: fanout, Auth: o, SignIns: o, Messages: o, Cursors: o, Syncer: o, Pager: chat.NewPager(make([]byte, 32)),
		Present: o, Presence: presence,
	}, metrics, silent())
}

// client is the other end of a real socket.
type client struct {
	*websocket.Conn
	t *testing.T
}

// dial connects to a gateway; a token, if given, goes into the header.
func dial(t *testing.T, g *Gateway, token string) *client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := g.Upgrade(w, r, "client"); err != nil {
			http.Error(w, err.Error(), chat.CodeOf(err).Info().Status)
		}
	}))
	t.Cleanup(server.Close)
	header := http.Header{}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	d := websocket.Dialer{Subprotocols: []string{Subprotocol}}
	conn, _, err := d.DialContext(t.Context(), "ws"+strings.TrimPrefix(server.URL, "http"), header)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &client{conn, t}
}

// answer is a frame from the server.
type answer struct {
	Type string
	Re   string
	Data map[string]any
}

func (c *client) write(text string) {
	c.t.Helper()
	if err := c.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) read() answer {
	c.t.Helper()
	_, text, err := c.ReadMessage()
	if err != nil {
		c.t.Fatal(err)
	}
	var a answer
	if err := json.Unmarshal(text, &a); err != nil {
		c.t.Fatalf("%s: %v", text, err)
	}
	return a
}

// expect reads a frame and fails unless it is of a type, and an answer to re.
func (c *client) expect(kind, re string) answer {
	c.t.Helper()
	a := c.read()
	if a.Type != kind || a.Re != re {
		c.t.Fatalf("got %+v, want %s of %q", a, kind, re)
	}
	return a
}

// expectError is expect for an error frame with a code.
func (c *client) expectError(re string, code chat.Code) answer {
	c.t.Helper()
	a := c.expect("error", re)
	if a.Data["code"] != string(code) {
		c.t.Fatalf("got %+v, want %s", a, code)
	}
	return a
}

// expectClose fails unless the server closes with a code now.
func (c *client) expectClose(code int) {
	c.t.Helper()
	_, text, err := c.ReadMessage()
	e, ok := errors.AsType[*websocket.CloseError](err)
	if !ok || e.Code != code {
		c.t.Fatalf("got %s, %v; want a close with %d", text, err, code)
	}
}

// signIn connects as ann.
func signIn(t *testing.T, g *Gateway) *client {
	t.Helper()
	c := dial(t, g, "ann's")
	c.expect("hello", "")
	return c
}

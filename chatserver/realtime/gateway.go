package realtime

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
)

// Config bounds connections.
type Config struct {
	AllowedOrigins []string // Origins beside the request's own host, e.g. https://chat.example.com
	Limits         chat.Limits
	MaxFrame       int           // bytes
	SendsInFlight  int           // a connection
	AuthTimeout    time.Duration // until the first valid auth frame
	WriteTimeout   time.Duration // for a socket to take what is flushed

	AnonymousPerClient int // connections of a client that have still to sign in
	Anonymous          int // all of them
}

// DefaultConfig is the contract's.
var DefaultConfig = Config{
	Limits: chat.DefaultLimits, MaxFrame: 64 << 10, SendsInFlight: 16, AuthTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second,
	AnonymousPerClient: 20, Anonymous: 4096,
}

// Authenticator tells whom a token speaks for.
type Authenticator interface {
	Authenticate(ctx context.Context, token string) (auth.Identity, error)
}

// MessageSubmitter takes messages; see chat.Messages.Submit.
type MessageSubmitter interface {
	Submit(cmd chat.SendCommand, done func(chat.Stored, error)) error
}

// CursorAdvancer takes receipts; see chat.Cursors.Advance.
type CursorAdvancer interface {
	Advance(move chat.CursorsMoved)
}

// TypingNoter is told who types; see chat.Typing.Note.
type TypingNoter interface {
	Note(who chat.Typist, on bool)
}

// SyncPager answers syncs; see chat.Syncer.Page.
type SyncPager interface {
	Page(ctx context.Context, viewer uuid.UUID, r chat.SyncRequest) (chat.SyncPage, error)
}

// Attendance is told who is connected; see chat.Attendance.
type Attendance interface {
	Connected(user uuid.UUID)
	Disconnected(user uuid.UUID)
}

// readBuffer is what each connection holds for reading, idle or not; it fits a
// message of usual length. Of longer frames the rest is read past it.
const readBuffer = 512

// Services is what connections are served with.
type Services struct {
	Fanout   *Fanout
	Auth     Authenticator
	SignIns  SignIns
	Messages MessageSubmitter
	Cursors  CursorAdvancer
	Typing   TypingNoter
	Syncer   SyncPager
	Pager    *chat.Pager
	Present  Attendance
	Presence *PresenceFeed
	Backlogs Backlogs // nil: nothing is put by
}

// Gateway accepts WebSocket connections and owns their sessions.
type Gateway struct {
	config   Config
	hub      *Hub
	fanout   *Fanout
	auth     Authenticator
	signIns  SignIns
	messages MessageSubmitter
	cursors  CursorAdvancer
	typing   TypingNoter
	syncer   SyncPager
	pager    *chat.Pager
	present  Attendance
	presence *PresenceFeed
	backlogs Backlogs
	metrics  *Metrics
	log      *slog.Logger
	upgrader websocket.Upgrader
	lobby    lobby

	ctx     context.Context //nolint:containedctx // the lifetime of all sessions, which outlive the requests that begin them
	cancel  context.CancelFunc
	running sync.WaitGroup // one for each session

	mu       sync.Mutex
	draining bool
	live     map[*Session]struct{} // signed in or not
}

// NewGateway returns a Gateway; Run must be running for connections to be kept alive.
func NewGateway(config Config, services Services, metrics *Metrics, log *slog.Logger) *Gateway {
	ctx, cancel := context.WithCancel(context.Background())
	g := &Gateway{
		config: config, hub: services.Fanout.hub, fanout: services.Fanout, auth: services.Auth, signIns: services.SignIns, messages: services.Messages, cursors: services.Cursors,
		typing: services.Typing, syncer: services.Syncer, pager: services.Pager, present: services.Present, presence: services.Presence, backlogs: services.Backlogs,
		metrics: metrics, log: log, ctx: ctx, cancel: cancel,
		live: map[*Session]struct{}{}, lobby: newLobby(config.AnonymousPerClient, config.Anonymous),
	}
	g.upgrader = websocket.Upgrader{
		ReadBufferSize: readBuffer, WriteBufferSize: 4 << 10, WriteBufferPool: &sync.Pool{},
		Subprotocols: []string{Subprotocol}, CheckOrigin: g.originAllowed, HandshakeTimeout: 10 * time.Second,
	}
	return g
}

// Run keeps connections alive, and ends those whose time is over, until ctx ends.
func (g *Gateway) Run(ctx context.Context) {
	var checking sync.WaitGroup
	checking.Go(func() { g.checkSignIns(ctx) })
	g.heartbeat(ctx)
	checking.Wait()
}

// authenticate is Authenticate with a bound on the time it takes.
func (g *Gateway) authenticate(ctx context.Context, token string) (auth.Identity, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return g.auth.Authenticate(ctx, token)
}

// stillActive is SignIns.StillActive with a bound on the time it takes.
func (g *Gateway) stillActive(ctx context.Context, id auth.Identity) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return g.signIns.StillActive(ctx, id)
}

// Upgrade turns a request into a connection and returns; the connection lives on.
// An error is to be answered to the request; a handshake that fails later has
// been answered. The client is whom connections that have still to sign in are
// counted by.
func (g *Gateway) Upgrade(w http.ResponseWriter, r *http.Request, client string) error {
	if !slices.Contains(websocket.Subprotocols(r), Subprotocol) {
		return chat.NewError(chat.CodeInvalidRequest, "Ask for the WebSocket subprotocol "+Subprotocol+".")
	}
	if !websocket.IsWebSocketUpgrade(r) {
		return chat.NewError(chat.CodeInvalidRequest, "This address speaks WebSocket.")
	}
	if !g.originAllowed(r) {
		return chat.NewError(chat.CodeForbidden, "Pages of this origin may not connect; see UIM_ALLOWED_ORIGINS.")
	}
	if g.isDraining() {
		return &chat.Error{Code: chat.CodeUnavailable, Detail: "This server is shutting down.", RetryAfter: time.Second}
	}
	var identity *auth.Identity
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		id, err := g.authenticate(r.Context(), token)
		if err != nil {
			return err
		}
		identity = &id
	}
	leave := func() {}
	if identity == nil {
		var err error
		if leave, err = g.lobby.enter(client); err != nil {
			return err
		}
	}
	hijacker := &coalescingHijacker{ResponseWriter: w, timeout: g.config.WriteTimeout}
	ws, err := g.upgrader.Upgrade(hijacker, r, nil)
	if err != nil {
		leave()
		g.log.Info("A WebSocket handshake failed", "error", err)
		return nil // the upgrader has answered
	}
	// The answer to the handshake was written through the coalescer.
	if err := hijacker.conn.Flush(); err != nil {
		leave()
		_ = ws.Close()
		return nil //nolint:nilerr // the peer has gone; there is nobody to answer
	}
	g.serve(ws, hijacker.conn, identity, leave)
	return nil
}

// serve begins a session, which lives until its socket ends. It calls leave when
// the session has signed in, or has ended.
func (g *Gateway) serve(ws *websocket.Conn, raw *coalescer, identity *auth.Identity, leave func()) {
	s := &Session{
		gateway: g, id: uuid.New(), ws: ws, out: outbox{ws: ws, raw: raw, metrics: g.metrics},
		inFlight: make(chan struct{}, g.config.SendsInFlight), leaveLobby: leave,
	}
	if !g.admit(s) {
		leave()
		_ = ws.Close()
		return
	}
	s.run(g.ctx, identity, func() { leave(); g.dismiss(s) })
}

// admit counts a session in, unless the gateway is draining.
func (g *Gateway) admit(s *Session) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.draining {
		return false
	}
	g.live[s] = struct{}{}
	g.running.Add(1)
	return true
}

func (g *Gateway) dismiss(s *Session) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.live, s)
	g.running.Done()
}

func (g *Gateway) isDraining() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.draining
}

// all returns every live session.
func (g *Gateway) all() []*Session { return g.appendAll(nil) }

func (g *Gateway) appendAll(sessions []*Session) []*Session {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.AppendSeq(slices.Grow(sessions, len(g.live)), maps.Keys(g.live))
}

// originAllowed lets in programs, which send no Origin, pages of the same host,
// and pages of the allowed origins.
func (g *Gateway) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(g.config.AllowedOrigins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

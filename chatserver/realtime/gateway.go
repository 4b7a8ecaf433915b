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
}

// DefaultConfig is the contract's.
var DefaultConfig = Config{
	Limits: chat.DefaultLimits, MaxFrame: 64 << 10, SendsInFlight: 16, AuthTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second,
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

// SyncPager answers syncs; see chat.Syncer.Page.
type SyncPager interface {
	Page(ctx context.Context, viewer uuid.UUID, r chat.SyncRequest) (chat.SyncPage, error)
}

// readBuffer is what each connection holds for reading, idle or not; it fits a
// message of usual length. Of longer frames the rest is read past it.
const readBuffer = 512

// Services is what connections are served with.
type Services struct {
	Auth     Authenticator
	Messages MessageSubmitter
	Cursors  CursorAdvancer
	Syncer   SyncPager
	Pager    *chat.Pager
}

// Gateway accepts WebSocket connections and owns their sessions.
type Gateway struct {
	config   Config
	hub      *Hub
	auth     Authenticator
	messages MessageSubmitter
	cursors  CursorAdvancer
	syncer   SyncPager
	pager    *chat.Pager
	metrics  *Metrics
	log      *slog.Logger
	upgrader websocket.Upgrader

	ctx     context.Context //nolint:containedctx // the lifetime of all sessions, which outlive the requests that begin them
	cancel  context.CancelFunc
	running sync.WaitGroup // one for each session

	mu       sync.Mutex
	draining bool
	live     map[*Session]struct{} // signed in or not
}

// NewGateway returns a Gateway; Run must be running for connections to be kept alive.
func NewGateway(config Config, hub *Hub, services Services, metrics *Metrics, log *slog.Logger) *Gateway {
	ctx, cancel := context.WithCancel(context.Background())
	g := &Gateway{
		config: config, hub: hub, auth: services.Auth, messages: services.Messages, cursors: services.Cursors,
		syncer: services.Syncer, pager: services.Pager, metrics: metrics, log: log, ctx: ctx, cancel: cancel,
		live: map[*Session]struct{}{},
	}
	g.upgrader = websocket.Upgrader{
		ReadBufferSize: readBuffer, WriteBufferSize: 4 << 10, WriteBufferPool: &sync.Pool{},
		Subprotocols: []string{Subprotocol}, CheckOrigin: g.originAllowed, HandshakeTimeout: 10 * time.Second,
	}
	return g
}

// Run keeps connections alive until ctx ends.
func (g *Gateway) Run(ctx context.Context) { g.heartbeat(ctx) }

// authenticate is Authenticate with a bound on the time it takes.
func (g *Gateway) authenticate(ctx context.Context, token string) (auth.Identity, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return g.auth.Authenticate(ctx, token)
}

// Upgrade turns a request into a connection and returns; the connection lives on.
// An error is to be answered to the request; a handshake that fails later has
// been answered.
func (g *Gateway) Upgrade(w http.ResponseWriter, r *http.Request) error {
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
	hijacker := &coalescingHijacker{ResponseWriter: w, timeout: g.config.WriteTimeout}
	ws, err := g.upgrader.Upgrade(hijacker, r, nil)
	if err != nil {
		g.log.Info("A WebSocket handshake failed", "error", err)
		return nil // the upgrader has answered
	}
	// The answer to the handshake was written through the coalescer.
	if err := hijacker.conn.Flush(); err != nil {
		_ = ws.Close()
		return nil //nolint:nilerr // the peer has gone; there is nobody to answer
	}
	g.serve(ws, hijacker.conn, identity)
	return nil
}

// serve begins a session, which lives until its socket ends.
func (g *Gateway) serve(ws *websocket.Conn, raw *coalescer, identity *auth.Identity) {
	s := &Session{
		gateway: g, id: uuid.New(), ws: ws, out: outbox{ws: ws, raw: raw, metrics: g.metrics},
		inFlight: make(chan struct{}, g.config.SendsInFlight),
	}
	if !g.admit(s) {
		_ = ws.Close()
		return
	}
	s.run(g.ctx, identity, func() { g.dismiss(s) })
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
func (g *Gateway) all() []*Session {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Collect(maps.Keys(g.live))
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

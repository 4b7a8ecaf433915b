// Package chatserver joins the parts of the chat server and runs them. It is
// the only place that knows all of them.
package chatserver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres"
	"uim.dev/uim/chatserver/realtime"
	"uim.dev/uim/chatserver/redis"
	"uim.dev/uim/chatserver/rest"
	"uim.dev/uim/chatserver/telemetry"
)

// Build is what the binary brings along.
type Build struct {
	Version   string
	WebClient fs.FS
}

// cursorInterval is how long receipts gather before they are written.
const cursorInterval = 250 * time.Millisecond

// Server is one node.
type Server struct {
	config  Config
	log     *slog.Logger
	store   *postgres.Store
	redis   *goredis.Client
	bus     *redis.Bus
	fanout  *realtime.Fanout
	healer  *realtime.Healer
	gateway *realtime.Gateway
	sender  *chat.Sender
	cursors *chat.Cursors
	health  *health
	public  *http.Server
	ops     *http.Server
}

// New builds a node. It reaches for nothing yet; Run does.
func New(ctx context.Context, config Config, build Build, log *slog.Logger) (*Server, error) {
	keys, err := auth.LoadKeys(config.KeysDir)
	if err != nil {
		return nil, err
	}
	store, err := postgres.Open(ctx, postgres.Config{URL: config.PostgresURL, MaxConnections: config.PostgresMaxConnections})
	if err != nil {
		return nil, err
	}
	client, err := redis.Open(redis.Config{
		Addr: config.RedisAddr, Username: config.RedisUsername, Password: config.RedisPassword,
		TLS: config.RedisTLS, CAFile: config.RedisCAFile,
	})
	if err != nil {
		store.Close()
		return nil, err
	}
	s := &Server{config: config, log: log, store: store, redis: client}
	if err := s.assemble(keys, build); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// assemble joins the parts.
func (s *Server) assemble(keys *auth.Keys, build Build) error {
	registry := telemetry.NewRegistry(build.Version)
	limits := chat.Limits{
		ContentCodePoints: s.config.MessageLength, MessagesPerMinute: s.config.MessagesPerMinute, MessagesPerHour: s.config.MessagesPerHour,
	}
	live := realtime.NewMetrics(registry)
	s.bus = redis.NewBus(s.redis, realtime.Partitions, s.log)
	hub := realtime.NewHub(s.store, live)
	s.fanout = realtime.NewFanout(hub, busAdapter{s.bus}, s.store, live, s.log)
	s.healer = realtime.NewHealer(hub, s.store, s.bus.Up, live, s.log)
	figures := newSending(registry)
	s.cursors = chat.NewCursors(countedCursors{s.store, figures.receipt}, s.fanout, cursorInterval, func(err error) { s.log.Warn("Writing receipts failed; trying again", "error", err) })
	senderConfig := chat.DefaultSenderConfig
	senderConfig.Metrics = figures
	s.sender = chat.NewSender(s.store, s.fanout, senderConfig)
	watchQueue(registry, s.sender)
	registry.MustRegister(s.store, redis.NewCollector(s.redis, s.bus))
	s.health = newHealth(build.Version, s.store, s.redis)

	messages := chat.NewMessages(s.sender, s.store, s.store, s.cursors, limits)
	syncer := chat.NewSyncer(s.store, s.store)
	pager := chat.NewPager(keys.Derive("page cursors"))
	accounts, err := auth.NewService(s.store, keys, auth.Config{
		Issuer: s.config.PublicURL, AccessTTL: s.config.AccessTokenTTL, RefreshTTL: s.config.RefreshTokenTTL,
		PasswordCost: s.config.PasswordCost,
	})
	if err != nil {
		return err
	}

	gatewayConfig := realtime.DefaultConfig
	gatewayConfig.AllowedOrigins, gatewayConfig.Limits = s.config.AllowedOrigins, limits
	s.gateway = realtime.NewGateway(gatewayConfig, hub, realtime.Services{
		Auth: accounts, Messages: messages, Cursors: s.cursors, Syncer: syncer, Pager: pager,
	}, live, s.log)

	handler, err := rest.NewHandler(rest.Config{
		SecureCookies:  strings.HasPrefix(s.config.PublicURL, "https:"),
		TrustedProxies: s.config.TrustedProxies, AllowedOrigins: s.config.AllowedOrigins,
	}, rest.Services{
		Auth: accounts, People: chat.NewPeople(s.store), Conversations: chat.NewConversations(s.store, s.cursors, s.fanout),
		Messages: messages, Syncer: syncer, Pager: pager, Health: s.health, WebSocket: s.gateway, WebClient: build.WebClient,
	}, rest.NewMetrics(registry), s.log)
	if err != nil {
		return fmt.Errorf("building the routes: %w", err)
	}
	s.public = &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.ops = telemetry.NewOperationsServer(registry, s.health.Ready, bool(s.config.Pprof), s.log)
	return nil
}

// busAdapter lets the fan-out speak to Redis; neither knows the other.
type busAdapter struct{ bus *redis.Bus }

// Publish implements realtime.Bus.
func (b busAdapter) Publish(ctx context.Context, messages []realtime.BusMessage) error {
	payloads := make([]redis.Payload, len(messages))
	for i, m := range messages {
		payloads[i] = redis.Payload{Partition: m.Partition, Body: m.Payload}
	}
	return b.bus.Publish(ctx, payloads)
}

func (s *Server) close() error {
	s.store.Close()
	return s.redis.Close()
}

// Run serves until ctx ends, then lets everyone go without losing what was
// begun: readiness fails, connections are sent away over the drain time, what
// was submitted is stored and answered, and receipts are written.
func (s *Server) Run(ctx context.Context) error {
	var listen net.ListenConfig
	public, err := listen.Listen(ctx, "tcp", s.config.Listen)
	if err != nil {
		return fmt.Errorf("opening the public address: %w", err)
	}
	ops, err := listen.Listen(ctx, "tcp", s.config.OpsListen)
	if err != nil {
		return errors.Join(fmt.Errorf("opening the operations address: %w", err), public.Close())
	}
	failed := make(chan error, 2)
	go func() { failed <- s.public.Serve(public) }()
	go func() { failed <- s.ops.Serve(ops) }()
	s.log.Info("Serving", "address", public.Addr().String(), "operations_address", ops.Addr().String(), "node", s.config.NodeName)

	// The groups end one after the other: what stores messages, what stores the
	// receipts they leave, what shows both.
	storing, stopStoring := group()
	noting, stopNoting := group()
	showing, stopShowing := group()
	showing.run(func(ctx context.Context) { s.bus.Listen(ctx, s.fanout.Receive) })
	showing.run(s.healer.Run)
	showing.run(s.gateway.Run)
	storing.run(s.sender.Run)
	noting.run(s.cursors.Run)
	showing.run(s.awaitDependencies)

	select {
	case <-ctx.Done():
	case err = <-failed:
		err = fmt.Errorf("serving: %w", err)
	}
	s.log.Info("Shutting down", "drain_seconds", s.config.DrainSeconds)
	s.health.stopping.Store(true)
	drain := time.Duration(s.config.DrainSeconds) * time.Second
	// Proxies send us requests until they have heard that we are not ready any
	// more. They are answered for the whole drain, even if nobody is connected.
	heard := time.NewTimer(drain)
	defer heard.Stop()
	s.gateway.Drain(drain)
	if err == nil {
		<-heard.C
	}
	s.shutdown(s.public)
	stopStoring()
	stopNoting()
	stopShowing()
	s.shutdown(s.ops)
	s.log.Info("Stopped")
	return errors.Join(err, s.close())
}

// awaitDependencies makes the node ready once the schema is what it needs.
func (s *Server) awaitDependencies(ctx context.Context) {
	migrator, err := postgres.NewMigrator(s.config.PostgresURL, s.log)
	if err != nil {
		s.log.Error("Reading the migrations failed", "error", err)
		return
	}
	defer func() { _ = migrator.Close() }()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		err := migrator.Check(ctx)
		if err == nil {
			s.health.schemaCurrent.Store(true)
			s.log.Info("Ready")
			return
		}
		s.log.Warn("Not ready yet", "error", err)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// shutdownTimeout bounds how long requests under way may take to finish.
const shutdownTimeout = 10 * time.Second

func (s *Server) shutdown(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		s.log.Warn("Requests were cut off", "error", err)
	}
}

// background is a set of goroutines that end together.
type background struct {
	ctx     context.Context //nolint:containedctx // the lifetime of the goroutines
	running sync.WaitGroup
}

// group returns an empty set and the function that ends it and waits.
func group() (*background, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	b := &background{ctx: ctx}
	return b, func() { cancel(); b.running.Wait() }
}

func (b *background) run(f func(context.Context)) { b.running.Go(func() { f(b.ctx) }) }

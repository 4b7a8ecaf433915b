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
	"uim.dev/uim/chatserver/breaker"
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
	config     Config
	log        *slog.Logger
	keys       *auth.Keyring
	store      *postgres.Store
	redis      goredis.UniversalClient
	guard      redis.Guard
	bus        *redis.Bus
	fanout     *realtime.Fanout
	healer     *realtime.Healer
	gateway    *realtime.Gateway
	presence   *realtime.PresenceFeed
	attendance *chat.Attendance
	offline    *offline
	sender     *chat.Sender
	limited    *chat.LimitedSender
	cursors    *chat.Cursors
	typing     *chat.Typing
	indexer    *postgres.SearchIndexer
	purger     *postgres.Purger
	audit      *auth.AuditLog
	health     *health
	public     *http.Server
	ops        *http.Server
}

// New builds a node. It reaches for nothing yet; Run does.
func New(ctx context.Context, config Config, build Build, log *slog.Logger) (*Server, error) {
	keys, err := auth.OpenKeyring(config.KeysDir, log)
	if err != nil {
		return nil, err
	}
	store, err := postgres.Open(ctx, postgres.Config{URL: config.PostgresURL, MaxConnections: config.PostgresMaxConnections, SearchLanguage: config.SearchLanguage, Log: log})
	if err != nil {
		return nil, err
	}
	client, err := redis.Open(config.redis())
	if err != nil {
		store.Close()
		return nil, err
	}
	s := &Server{config: config, log: log, keys: keys, store: store, redis: client}
	if err := s.assemble(build); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// assemble joins the parts.
func (s *Server) assemble(build Build) error {
	registry := telemetry.NewRegistry(build.Version)
	limits := chat.Limits{
		ContentCodePoints: s.config.MessageLength, MessagesPerMinute: s.config.MessagesPerMinute, MessagesPerHour: s.config.MessagesPerHour,
		GroupMembers: s.config.GroupMembers,
	}
	live := realtime.NewMetrics(registry)
	s.guard = redis.NewGuard(s.redis, s.log)
	breaker.Register(registry, s.guard.Breaker, s.store.Breaker())
	s.bus = redis.NewBus(s.redis, s.guard, realtime.Partitions, s.log)
	hub := realtime.NewHub(s.store, live)
	active := auth.NewActiveSessions(s.store)
	board := redis.NewPresence(s.redis, s.guard, redis.PresenceConfig{TTL: redis.PresenceTTL, Grace: s.config.PresenceGrace})
	presences := chat.NewPresences(board, s.store)
	s.presence = realtime.NewPresenceFeed(presences, board, s.log)
	services := realtime.FanoutServices{Hub: hub, Bus: busAdapter{s.bus}, Views: s.store, SignIns: active, Presence: s.presence}
	var backlogs realtime.Backlogs
	if s.offline = s.newOffline(board, registry); s.offline != nil {
		services.Members, backlogs = s.offline.queue, s.offline.queue
	}
	s.fanout = realtime.NewFanout(services, live, s.log)
	publisher := chat.Publisher(s.fanout)
	if s.offline != nil {
		publisher = s.offline.queue.Behind(s.fanout)
	}
	s.attendance = s.newAttendance(board)
	s.healer = realtime.NewHealer(s.fanout, s.store, s.bus.Up, live, s.log)
	figures := newSending(registry)
	s.cursors = chat.NewCursors(countedCursors{s.store, figures.receipt}, publisher, cursorInterval, func(err error) { s.log.Warn("Writing receipts failed; trying again", "error", err) })
	senderConfig := chat.DefaultSenderConfig
	senderConfig.Metrics = figures
	s.sender = chat.NewSender(s.store, publisher, senderConfig)
	limiter := redis.NewLimiter(s.redis, s.guard)
	s.limited = chat.NewLimitedSender(s.sender, limiter, limits)
	watchQueue(registry, s.sender)
	registerFigures(registry, s.limited)
	registry.MustRegister(s.store, redis.NewCollector(s.redis, s.bus))
	s.health = newHealth(build.Version, s.store, s.redis, s.guard)

	s.typing = chat.NewTyping(s.store, s.fanout, func(err error) { s.log.Debug("Showing who types failed", "error", err) })
	s.indexer = postgres.NewSearchIndexer(s.store, s.log)
	s.purger = postgres.NewPurger(s.store, s.log)
	messages := chat.NewMessages(chat.MessageServices{
		Sender: s.limited, Store: s.store, Members: s.store, Cursors: s.cursors, Typing: s.typing, Metrics: figures,
	}, limits)
	syncer := chat.NewSyncer(s.store, s.store, s.store)
	pager := chat.NewPager(s.keys.Derive("page cursors"))
	s.audit = auth.NewAuditLog(s.store, s.config.AuditRetention, s.log)
	accounts, err := auth.NewService(auth.Parts{Store: s.store, Keys: s.keys, Active: active, Publisher: publisher, Audit: s.audit}, auth.Config{
		Issuer: s.config.PublicURL, AccessTTL: s.config.AccessTokenTTL, RefreshTTL: s.config.RefreshTokenTTL,
		PasswordCost: s.config.PasswordCost,
	})
	if err != nil {
		return err
	}

	gatewayConfig := realtime.DefaultConfig
	gatewayConfig.AllowedOrigins, gatewayConfig.Limits = s.config.AllowedOrigins, limits
	gatewayConfig.AnonymousPerClient = s.config.AnonymousSocketsPerIP
	s.gateway = realtime.NewGateway(gatewayConfig, realtime.Services{
		Fanout: s.fanout, Auth: accounts, SignIns: accounts, Messages: messages, Cursors: s.cursors, Typing: s.typing, Syncer: syncer, Pager: pager,
		Present: s.attendance, Presence: s.presence, Backlogs: backlogs,
	}, live, s.log)

	handler, err := rest.NewHandler(rest.Config{
		SecureCookies:  strings.HasPrefix(s.config.PublicURL, "https:"),
		TrustedProxies: s.config.TrustedProxies, AllowedOrigins: s.config.AllowedOrigins,
		LoginsPerMinute: s.config.LoginsPerMinute, AnonymousRequestsPerMinute: s.config.AnonymousRequestsPerMinute,
		GroupChangesPerMinute: s.config.GroupChangesPerMinute,
	}, rest.Services{
		Auth: accounts, Profiles: chat.NewProfiles(s.store, s.fanout), People: chat.NewPeople(s.store), Blocks: chat.NewBlocks(s.store, s.fanout),
		Conversations: chat.NewConversations(s.store, s.cursors, s.fanout),
		Groups:        chat.NewGroups(s.store, s.store, publisher, limits),
		Searches:      chat.NewSearches(s.store, newSearching(registry, s.indexer)), Receipts: chat.NewReceipts(s.store, s.cursors),
		Messages: messages, Presences: presences, Syncer: syncer, Pager: pager, Health: s.health, WebSocket: s.gateway, Limiter: limiter, WebClient: build.WebClient,
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

func (s *Server) newAttendance(board chat.PresenceBoard) *chat.Attendance {
	config := chat.DefaultAttendanceConfig
	config.Grace = s.config.PresenceGrace
	return chat.NewAttendance(board, s.store, s.fanout, config, func(err error) { s.log.Warn("Noting who is connected failed", "error", err) })
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
	failed := make(chan error, 3)
	serve := func(server *http.Server, l net.Listener) { failed <- fmt.Errorf("serving: %w", server.Serve(l)) }
	go serve(s.public, public)
	go serve(s.ops, ops)
	s.log.Info("Serving", "address", public.Addr().String(), "operations_address", ops.Addr().String(), "node", s.config.NodeName)

	// The groups end one after the other: what lets messages pass, what stores
	// them, what stores the receipts and the absence that they and their senders
	// leave, what shows it all.
	admitting, stopAdmitting := group()
	storing, stopStoring := group()
	noting, stopNoting := group()
	showing, stopShowing := group()
	showing.run(s.guard.Run)
	showing.run(s.store.Breaker().Run)
	showing.run(func(ctx context.Context) { s.bus.Listen(ctx, s.fanout.Receive) })
	showing.run(s.healer.Run)
	showing.run(s.fanout.Run)
	showing.run(s.gateway.Run)
	showing.run(s.keys.Run)
	showing.run(s.presence.Run)
	showing.run(s.typing.Run)
	admitting.run(s.limited.Run)
	storing.run(s.sender.Run)
	noting.run(s.cursors.Run)
	noting.run(s.attendance.Run)
	if s.offline != nil {
		showing.run(s.offline.queue.Run)
		showing.run(s.offline.measure)
	}
	noting.run(s.audit.Run)
	showing.run(func(ctx context.Context) {
		if err := s.awaitDependencies(ctx); err != nil {
			failed <- err
			return
		}
		var behind sync.WaitGroup // of those who need the schema
		behind.Go(func() { s.indexer.Run(ctx) })
		behind.Go(func() { s.purger.Run(ctx) })
		behind.Wait()
	})

	select {
	case <-ctx.Done():
	case err = <-failed:
		s.log.Error("Giving up", "error", err)
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
	stopAdmitting()
	stopStoring()
	stopNoting()
	stopShowing()
	s.shutdown(s.ops)
	s.log.Info("Stopped")
	return errors.Join(err, s.close())
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

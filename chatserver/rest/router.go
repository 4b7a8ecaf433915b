package rest

import (
	"io/fs"
	"log/slog"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/limit"
	"uim.dev/uim/chatserver/wire"
)

// Services is what the routes are served with.
type Services struct {
	Auth          *auth.Service
	Profiles      *chat.Profiles
	People        *chat.People
	Blocks        *chat.Blocks
	Conversations *chat.Conversations
	Groups        *chat.Groups
	Messages      *chat.Messages
	Searches      *chat.Searches
	Receipts      *chat.Receipts
	Presences     *chat.Presences
	Syncer        *chat.Syncer
	Pager         *chat.Pager
	Health        HealthReporter
	WebSocket     Upgrader
	Limiter       limit.Limiter
	WebClient     fs.FS // the built web client; without an index.html a note is shown instead
}

// Upgrader turns a request into a WebSocket connection. It returns an error
// for the request to be answered with, or nil when it has answered.
type Upgrader interface {
	//
	// The client is the address that its limits are counted by; see clientKey.
	Upgrade(w http.ResponseWriter, r *http.Request, client string) error
}

// Config is how the API presents itself.
type Config struct {
	SecureCookies  bool     // the public address is https
	TrustedProxies []string // CIDRs whose X-Forwarded-For is believed
	AllowedOrigins []string // Origins that may call the API beside the same host

	LoginsPerMinute            int // of an address; and failed ones of an account
	AnonymousRequestsPerMinute int // of an address
	GroupChangesPerMinute      int // of a person
}

// api holds what the handlers share.
type api struct {
	Services
	config   Config
	throttle *throttle
	log      *slog.Logger
	docsPage func() ([]byte, error)
}

// NewHandler returns the handler of the public address.
func NewHandler(config Config, services Services, metrics *Metrics, log *slog.Logger) (http.Handler, error) {
	gin.SetMode(gin.ReleaseMode)
	a := &api{
		Services: services, config: config, throttle: newThrottle(config, services.Limiter, metrics), log: log,
		docsPage: sync.OnceValues(renderDocs),
	}
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	engine.UseRawPath = true
	if err := engine.SetTrustedProxies(config.TrustedProxies); err != nil {
		return nil, err
	}
	engine.Use(requestID, accessLog(log, metrics), recovery(log), securityHeaders, a.cors)
	engine.NoMethod(func(c *gin.Context) {
		problem(c, &chat.Error{Code: chat.CodeInvalidRequest, Detail: "This address does not know the method " + c.Request.Method + "."}, http.StatusMethodNotAllowed)
	})
	a.routes(engine)
	return engine, nil
}

func (a *api) routes(engine *gin.Engine) {
	engine.GET("/ws", a.limitTokenless, a.webSocket)
	engine.GET("/health", a.health)
	engine.GET("/livez", a.livez)
	engine.GET("/readyz", a.readyz)
	engine.GET("/openapi.yaml", func(c *gin.Context) { c.Data(http.StatusOK, "application/yaml", wire.OpenAPI) })
	engine.GET("/docs", a.docs)
	engine.GET("/docs/style.css", docsStyle)
	engine.GET("/.well-known/jwks.json", a.jwks)

	public := engine.Group("/api", noStore, limitBody, limitTime)
	public.POST("/auth/register", a.limitAnonymous, a.register)
	public.POST("/auth/login", a.limitAnonymous, a.login)
	public.POST("/auth/refresh", a.limitAnonymous, a.refresh)

	own := public.Group("", a.requireIdentity)
	own.POST("/auth/logout", a.logout)
	own.GET("/auth/sessions", a.listSessions)
	own.DELETE("/auth/sessions/:session_id", a.revokeSession)
	own.GET("/me", a.me)
	own.PATCH("/me", a.updateMe)
	own.DELETE("/me", a.deleteMe)
	own.PUT("/me/password", a.changePassword)
	own.GET("/users", a.searchUsers)
	own.GET("/users/:user_id", a.user)
	own.GET("/users/:user_id/presence", a.presence)
	own.POST("/presence/query", a.queryPresence)
	own.GET("/blocks", a.listBlocks)
	own.PUT("/blocks/:user_id", a.blockUser)
	own.DELETE("/blocks/:user_id", a.unblockUser)
	own.GET("/conversations", a.listConversations)
	own.POST("/conversations", a.openDirect)
	own.POST("/conversations/group", a.limitGroups, a.createGroup)
	own.GET("/conversations/:conversation_id", a.conversation)
	own.PUT("/conversations/:conversation_id", a.limitGroups, a.updateGroup)
	own.DELETE("/conversations/:conversation_id", a.limitGroups, a.deleteGroup)
	own.GET("/conversations/:conversation_id/members", a.members)
	own.POST("/conversations/:conversation_id/members", a.limitGroups, a.addMembers)
	own.PATCH("/conversations/:conversation_id/members/:user_id", a.limitGroups, a.changeRole)
	own.DELETE("/conversations/:conversation_id/members/:user_id", a.limitGroups, a.removeMember)
	own.POST("/conversations/:conversation_id/owner", a.limitGroups, a.transferOwnership)
	own.GET("/conversations/:conversation_id/invitations", a.listInvitations)
	own.POST("/conversations/:conversation_id/invitations", a.limitGroups, a.createInvitation)
	own.DELETE("/conversations/:conversation_id/invitations/:invitation_id", a.limitGroups, a.revokeInvitation)
	own.GET("/invitations/:code", a.previewInvitation)
	own.POST("/invitations/:code/accept", a.limitGroups, a.acceptInvitation)
	own.PUT("/conversations/:conversation_id/settings", a.updateSettings)
	own.POST("/conversations/:conversation_id/read", a.markRead)
	own.GET("/conversations/:conversation_id/messages", a.history)
	own.POST("/conversations/:conversation_id/messages", a.send)
	own.GET("/conversations/:conversation_id/messages/search", a.searchMessages)
	own.POST("/messages/:message_id/read", a.markMessageRead)
	own.GET("/messages/:message_id/receipts", a.receipts)
	own.POST("/sync", a.sync)

	engine.NoRoute(a.webClient)
}

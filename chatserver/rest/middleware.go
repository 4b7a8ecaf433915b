package rest

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
)

const (
	requestIDKey = "request_id"
	identityKey  = "identity"
	maxBody      = 1 << 20
)

var requestIDPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// requestID takes the caller's id of the request, if it has a harmless one, or
// makes one; it is in the answer, in the log and in problems.
func requestID(c *gin.Context) {
	id := c.GetHeader("X-Request-Id")
	if !requestIDPattern.MatchString(id) {
		id = uuid.NewString()
	}
	c.Set(requestIDKey, id)
	c.Header("X-Request-Id", id)
}

// accessLog logs each request once, without its body, query or credentials.
func accessLog(log *slog.Logger, metrics *Metrics) gin.HandlerFunc {
	return func(c *gin.Context) {
		start := time.Now()
		c.Next()
		took := time.Since(start)
		route := c.FullPath()
		if route == "" {
			route = "other"
		}
		status := c.Writer.Status()
		metrics.observe(c.Request.Method, route, status, took)
		level := slog.LevelInfo
		switch {
		case route == "/livez" || route == "/readyz" || route == "/health":
			level = slog.LevelDebug
		case status >= http.StatusInternalServerError:
			level = slog.LevelError
		}
		attrs := []any{
			"method", c.Request.Method, "route", route, "status", status, "duration_ms", float64(took.Microseconds()) / 1000,
			"client_ip", c.ClientIP(), "request_id", c.GetString(requestIDKey),
		}
		if id, ok := identity(c); ok {
			attrs = append(attrs, "user_id", id.UserID)
		}
		if err := c.Errors.Last(); err != nil {
			attrs = append(attrs, "error", err.Err)
		}
		log.Log(c.Request.Context(), level, "Answered a request", attrs...)
	}
}

// recovery turns a panic into an answer and a log line with its stack.
func recovery(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler { //nolint:errorlint // a sentinel that is panicked as it is
					panic(p)
				}
				log.Error("A handler panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				fail(c, &chat.Error{Code: chat.CodeInternal})
			}
		}()
		c.Next()
	}
}

// contentSecurityPolicy lets our pages run our own code and talk to us, nothing else.
const contentSecurityPolicy = "default-src 'self'; connect-src 'self'; img-src 'self' https: data:; style-src 'self'; " +
	"script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

func securityHeaders(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// cors lets the configured origins call the API, without cookies: their pages
// hold tokens of their own. Without configuration it does nothing.
func (a *api) cors(c *gin.Context) {
	origin := c.GetHeader("Origin")
	if origin == "" || !slices.Contains(a.config.AllowedOrigins, origin) {
		return
	}
	h := c.Writer.Header()
	h.Add("Vary", "Origin")
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "X-Request-Id, Retry-After")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if c.Request.Method == http.MethodOptions && c.GetHeader("Access-Control-Request-Method") != "" {
		h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Request-Id")
		h.Set("Access-Control-Max-Age", "600")
		c.AbortWithStatus(http.StatusNoContent)
	}
}

func noStore(c *gin.Context) { c.Header("Cache-Control", "no-store") }

func limitBody(c *gin.Context) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
}

// requireIdentity lets only requests with a valid access token pass.
func (a *api) requireIdentity(c *gin.Context) {
	token, ok := strings.CutPrefix(c.GetHeader("Authorization"), "Bearer ")
	if !ok {
		fail(c, &chat.Error{Code: chat.CodeUnauthenticated})
		return
	}
	id, err := a.Auth.Authenticate(c.Request.Context(), token)
	if err != nil {
		fail(c, err)
		return
	}
	c.Set(identityKey, id)
}

// sameOrigin reports whether a request, if it comes from a page, comes from one
// of this host. It guards the routes that read the refresh cookie.
func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host)
}

// identity returns who makes a request that passed requireIdentity.
func identity(c *gin.Context) (auth.Identity, bool) {
	v, ok := c.Get(identityKey)
	if !ok {
		return auth.Identity{}, false
	}
	id, ok := v.(auth.Identity)
	return id, ok
}

// actor returns who makes a request that passed requireIdentity, and from where.
func actor(c *gin.Context) chat.Actor { return chat.Actor{ID: viewer(c), IP: clientIP(c)} }

// clientIP is invalid when the address is none, as that of a Unix socket.
func clientIP(c *gin.Context) netip.Addr {
	ip, err := netip.ParseAddr(c.ClientIP())
	if err != nil {
		return netip.Addr{}
	}
	return ip.Unmap()
}

// viewer returns the id of who makes a request that passed requireIdentity.
func viewer(c *gin.Context) uuid.UUID {
	id, _ := identity(c)
	return id.UserID
}

package rest

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"uim.dev/uim/chatserver/wire"
)

// HealthReporter knows how this node is.
type HealthReporter interface {
	// Health returns the state of the node and of what it depends on.
	Health(ctx context.Context) wire.Health
	// Ready reports whether the node wants traffic, and if not, why.
	Ready() error
}

func (a *api) health(c *gin.Context) {
	h := a.Health.Health(c.Request.Context())
	status := http.StatusOK
	if h.Status == "down" {
		status = http.StatusServiceUnavailable
	}
	c.Header("Cache-Control", "no-store")
	c.JSON(status, h)
}

func (a *api) livez(c *gin.Context) { c.String(http.StatusOK, "alive\n") }

func (a *api) readyz(c *gin.Context) {
	if err := a.Health.Ready(); err != nil {
		c.String(http.StatusServiceUnavailable, err.Error()+"\n")
		return
	}
	c.String(http.StatusOK, "ready\n")
}

func (a *api) webSocket(c *gin.Context) {
	c.Status(http.StatusSwitchingProtocols) // for log and figures, unless it comes otherwise
	if err := a.WebSocket.Upgrade(c.Writer, c.Request, clientKey(c.ClientIP())); err != nil {
		a.refuseStranger(c, err)
	}
}

// Metrics are this package's figures.
type Metrics struct {
	requests  *prometheus.HistogramVec
	throttled *prometheus.CounterVec
}

// NewMetrics registers the figures.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "uim_http_request_duration_seconds", Help: "Time to answer an HTTP request.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
	}, []string{"method", "route", "status"})}
	m.throttled = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "uim_http_throttled_total", Help: "HTTP requests refused since there were too many, by the limit they met.",
	}, []string{"limit"})
	r.MustRegister(m.requests, m.throttled)
	return m
}

// observe counts a request. All labels are of bounded sets: unknown methods
// never get a route, and routes are patterns.
func (m *Metrics) observe(method, route string, status int, took time.Duration) {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
	default:
		method = "other"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

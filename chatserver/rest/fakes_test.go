package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"testing/fstest"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/limit"
	"uim.dev/uim/chatserver/wire"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	os.Exit(m.Run())
}

// clinic is a HealthReporter that says what it is told to.
type clinic struct {
	status   string
	notReady error
}

func (c *clinic) Health(context.Context) wire.Health {
	var h wire.Health
	_ = json.Unmarshal([]byte(`{"status":"`+c.status+`","version":"v1"}`), &h)
	return h
}

func (c *clinic) Ready() error { return c.notReady }

// refusal is an Upgrader that always refuses.
type refusal struct{ err error }

func (r refusal) Upgrade(http.ResponseWriter, *http.Request, string) error { return r.err }

// site is a handler, what it logged, and how it may be changed.
type site struct {
	http.Handler
	log      *bytes.Buffer
	registry *prometheus.Registry
}

// newSite builds a handler for requests that need no store.
func newSite(t *testing.T, config Config, change ...func(*Services)) *site {
	t.Helper()
	services := Services{
		Health: &clinic{status: "ok"}, WebSocket: refusal{chat.NewError(chat.CodeInvalidRequest, "")},
		Pager: chat.NewPager([]byte("0123456789abcdef0123456789abcdef")),
		WebClient: fstest.MapFS{
			"index.html": {Data: []byte("<!doctype html>the client")}, "favicon.ico": {Data: []byte("icon")},
			"assets/app-1a2b.js": {Data: []byte("code")},
		},
	}
	if services.Limiter = limit.NewLocal(1000); config.LoginsPerMinute == 0 {
		config.LoginsPerMinute, config.AnonymousRequestsPerMinute = 10, 100
	}
	for _, f := range change {
		f(&services)
	}
	s := &site{log: &bytes.Buffer{}, registry: prometheus.NewRegistry()}
	var err error
	s.Handler, err = NewHandler(config, services, NewMetrics(s.registry), slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// request makes a request; header are pairs of name and value.
func (s *site) request(method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, bytes.NewBufferString(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// problemOf reads an answer that must be a problem with a code.
func problemOf(t *testing.T, w *httptest.ResponseRecorder, code chat.Code) wire.Problem {
	t.Helper()
	var p wire.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
	if w.Header().Get("Content-Type") != "application/problem+json" || p.Code != string(code) || p.Status != w.Code || p.Title == "" {
		t.Errorf("got %d %s: %s; want %s", w.Code, w.Header().Get("Content-Type"), w.Body, code)
	}
	return p
}

// visit returns a gin context for a request, and where its answer goes.
func visit(method, target, body string) (*gin.Context, *httptest.ResponseRecorder) {
	w := httptest.NewRecorder()
	c, _ := gin.CreateTestContext(w)
	c.Request = httptest.NewRequest(method, target, bytes.NewBufferString(body))
	return c, w
}

var errSecret = errors.New("password=hunter2")

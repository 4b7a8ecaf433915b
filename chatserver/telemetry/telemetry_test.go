package telemetry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"uim.dev/uim/chatserver/telemetry"
)

func TestLoggers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		level, format string
		shown         int // of one line a level
		refused       bool
	}{
		{"debug", "json", 4, false},
		{"info", "json", 3, false},
		{"warn", "text", 2, false},
		{"ERROR", "text", 1, false},
		{"loud", "json", 0, true},
		{"", "json", 0, true},
		{"info", "xml", 0, true},
		{"info", "", 0, true},
	} {
		var out bytes.Buffer
		log, err := telemetry.NewLogger(&out, c.level, c.format)
		if c.refused != (err != nil) {
			t.Errorf("%s, %s: %v", c.level, c.format, err)
		}
		if err != nil {
			continue
		}
		for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
			log.Log(t.Context(), level, "It happened", "n", 1)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != c.shown {
			t.Errorf("%s, %s: %d lines, want %d", c.level, c.format, len(lines), c.shown)
		}
		if isJSON := json.Valid([]byte(lines[0])); isJSON != (c.format == "json") {
			t.Errorf("%s, %s: %s", c.level, c.format, lines[0])
		}
	}
}

func TestTheOperationsAddress(t *testing.T) {
	t.Parallel()
	var notReady error
	handler := telemetry.NewOperationsServer(telemetry.NewRegistry("v1.2.3"), func() error { return notReady }, false, slog.New(slog.DiscardHandler)).Handler
	get := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		return w
	}
	if w := get(http.MethodGet, "/metrics"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `uim_build_info{version="v1.2.3"} 1`) ||
		!strings.Contains(w.Body.String(), "go_goroutines") {
		t.Errorf("metrics: %d, %.200s", w.Code, w.Body)
	}
	if w := get(http.MethodGet, "/readyz"); w.Code != http.StatusOK || w.Body.String() != "ready\n" {
		t.Errorf("ready: %d, %q", w.Code, w.Body)
	}
	notReady = errors.New("waiting for the database")
	if w := get(http.MethodGet, "/readyz"); w.Code != http.StatusServiceUnavailable || w.Body.String() != "waiting for the database\n" {
		t.Errorf("not ready: %d, %q", w.Code, w.Body)
	}
	if w := get(http.MethodGet, "/livez"); w.Code != http.StatusOK || w.Body.String() != "alive\n" {
		t.Errorf("alive: %d, %q", w.Code, w.Body)
	}
	for _, path := range []string{"/", "/api/me", "/debug/pprof/"} {
		if w := get(http.MethodGet, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := get(http.MethodPost, "/livez"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("posting: %d", w.Code)
	}
}

func TestTheProfilerHasToBeAskedFor(t *testing.T) {
	t.Parallel()
	handler := telemetry.NewOperationsServer(telemetry.NewRegistry("v1"), func() error { return nil }, true, slog.New(slog.DiscardHandler)).Handler
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap?debug=1", "/debug/pprof/goroutine?debug=1", "/debug/pprof/cmdline"} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusOK || w.Body.Len() == 0 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

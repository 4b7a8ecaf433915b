package rest

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"uim.dev/uim/chatserver/chat"
)

func TestTheClientIsServed(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{})
	for path, c := range map[string]struct{ body, kind, cache string }{
		"/":                        {"<!doctype html>the client", "text/html; charset=utf-8", "no-cache"},
		"/index.html":              {"<!doctype html>the client", "text/html; charset=utf-8", "no-cache"},
		"/conversations/123":       {"<!doctype html>the client", "text/html; charset=utf-8", "no-cache"}, // the client's own routes
		"/apiary":                  {"<!doctype html>the client", "text/html; charset=utf-8", "no-cache"},
		"/assets":                  {"<!doctype html>the client", "text/html; charset=utf-8", "no-cache"}, // a folder is none of its files
		"/favicon.ico":             {"icon", "", ""},
		"/assets/app-1a2b.js":      {"code", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		"/x/../assets/app-1a2b.js": {"code", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
	} {
		w := s.request(http.MethodGet, path, "")
		h := w.Header()
		if w.Code != http.StatusOK || w.Body.String() != c.body || c.kind != "" && h.Get("Content-Type") != c.kind || h.Get("Cache-Control") != c.cache {
			t.Errorf("%s: %d, %q, %v", path, w.Code, w.Body, h)
		}
	}
	if w := s.request(http.MethodHead, "/", ""); w.Code != http.StatusOK {
		t.Errorf("HEAD: %d", w.Code)
	}
	problemOf(t, s.request(http.MethodGet, "/assets/app-0000.js", ""), chat.CodeNotFound) // of an older client
}

// The files above and beside the client's folder stay where they are.
func TestNothingOutsideTheClientIsServed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"secret": "hunter2", "dist/index.html": "page", "dist/assets/app.js": "code"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := newSite(t, Config{}, func(s *Services) { s.WebClient = os.DirFS(filepath.Join(dir, "dist")) })
	for _, path := range []string{
		"/../secret", "/%2e%2e/secret", "/..%2fsecret", "/assets/../../secret", "/assets/..%2f..%2fsecret", "/assets/%2e%2e/%2e%2e/secret",
		"//../secret", `/..\secret`, "/%5c..%5csecret", "/.%00./secret", "/secret%00.js",
	} {
		w := s.request(http.MethodGet, path, "")
		if strings.Contains(w.Body.String(), "hunter2") || w.Code >= 500 {
			t.Errorf("%s: %d, %s", path, w.Code, w.Body)
		}
	}
}

func TestWithoutAClientThereIsANote(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{}, func(s *Services) { s.WebClient = fs.FS(fstest.MapFS{}) })
	if w := s.request(http.MethodGet, "/", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "make build") {
		t.Errorf("got %d, %s", w.Code, w.Body)
	}
}

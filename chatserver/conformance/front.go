package conformance

import (
	"net/http"
	"strings"

	"uim.dev/uim/chatserver/wire"
)

// frontChecks are about what every request meets.
var frontChecks = []Check{
	{"health tells of the dependencies", func(t T, e *Env) {
		for _, node := range e.nodes {
			anyone := &user{env: e, url: node}
			a := anyone.call(t, http.MethodGet, "/health", nil)
			a.wants(t, http.StatusOK)
			var h wire.Health
			a.into(t, &h)
			if h.Status != "ok" || h.Version == "" || h.Dependencies["postgres"].Status != "ok" || h.Dependencies["redis"].Status != "ok" {
				failf(t, "health is %s", a.body)
			}
			anyone.call(t, http.MethodGet, "/livez", nil).wants(t, http.StatusOK)
			anyone.call(t, http.MethodGet, "/readyz", nil).wants(t, http.StatusOK)
		}
	}},
	{"the contract is served", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		a := anyone.call(t, http.MethodGet, "/openapi.yaml", nil)
		a.wants(t, http.StatusOK)
		if !strings.HasPrefix(string(a.body), "openapi: 3.1") {
			failf(t, "openapi.yaml begins with %.40q", a.body)
		}
	}},
	{"unknown addresses and methods get problems", func(t T, e *Env) {
		u := e.newUser(t)
		u.call(t, http.MethodGet, "/api/nothing", nil).problem(t, http.StatusNotFound, "not_found")
		u.call(t, http.MethodGet, "/api/conversations/nonsense", nil).problem(t, http.StatusNotFound, "not_found")
		u.call(t, http.MethodPost, "/nothing", object{}).problem(t, http.StatusNotFound, "not_found")
		u.call(t, http.MethodPatch, "/api/conversations", object{}).problem(t, http.StatusMethodNotAllowed, "invalid_request")
	}},
	{"bodies that are not JSON are refused", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		anyone.call(t, http.MethodPost, "/api/auth/login", "username=a&password=b", "Content-Type", "application/x-www-form-urlencoded").
			problem(t, http.StatusBadRequest, "invalid_request")
		anyone.call(t, http.MethodPost, "/api/auth/login", "\xff\xfe").problem(t, http.StatusBadRequest, "invalid_request")
	}},
	{"a request id comes back, a harmful one is replaced", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		a := anyone.call(t, http.MethodGet, "/livez", nil, "X-Request-Id", "my-id.7")
		equal(t, "X-Request-Id", a.header.Get("X-Request-Id"), "my-id.7")
		a = anyone.call(t, http.MethodGet, "/livez", nil, "X-Request-Id", strings.Repeat("x", 100))
		if id := a.header.Get("X-Request-Id"); len(id) == 0 || len(id) > 64 {
			failf(t, "X-Request-Id is %q", id)
		}
	}},
	{"answers carry security headers and no foreign page may call", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		a := anyone.call(t, http.MethodGet, "/", nil, "Origin", "https://evil.example")
		a.wants(t, http.StatusOK)
		csp := a.header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'self'", "object-src 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(csp, want) {
				failf(t, "the content security policy %q lacks %s", csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") {
			failf(t, "the content security policy %q is unsafe", csp)
		}
		equal(t, "X-Content-Type-Options", a.header.Get("X-Content-Type-Options"), "nosniff")
		equal(t, "Access-Control-Allow-Origin", a.header.Get("Access-Control-Allow-Origin"), "")
	}},
	{"every page address gets the web client, and no file outside it", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		for _, path := range []string{"/", "/conversations/some-id", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd"} {
			a := anyone.call(t, http.MethodGet, path, nil)
			if a.status == http.StatusOK && !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
				failf(t, "%s answered %s", a.request, a.header.Get("Content-Type"))
			}
		}
		anyone.call(t, http.MethodGet, "/assets/missing.js", nil).problem(t, http.StatusNotFound, "not_found")
	}},
}

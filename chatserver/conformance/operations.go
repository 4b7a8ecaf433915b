package conformance

import (
	"net/http"
	"slices"
	"strings"

	"uim.dev/uim/chatserver/wire"
)

// operationsChecks are about what integrators and operators look at first.
var operationsChecks = []Check{
	{"people see themselves", func(t T, e *Env) {
		u := e.newUser(t)
		a := u.call(t, http.MethodGet, "/api/me", nil)
		a.wants(t, http.StatusOK)
		var self wire.Self
		a.into(t, &self)
		equal(t, "username", self.Username, u.tokens.User.Username)
		(&user{env: e, url: u.url}).call(t, http.MethodGet, "/api/me", nil).problem(t, http.StatusUnauthorized, "unauthenticated")
	}},
	{"a body or a frame of another shape names the fields at fault", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		wrong := object{"client_msg_id": "x", "content": 7, "colour": "red"}
		a.call(t, http.MethodPost, "/api/conversations/"+id+"/messages", wrong).
			problem(t, http.StatusBadRequest, "invalid_request", "client_msg_id", "content", "colour")
		s := a.connect(t)
		s.send(t, "message.send", "m", object{"conversation_id": id, "client_msg_id": "x", "content": 7})
		var named []string
		for _, f := range s.refused(t, "m", "invalid_request").Errors {
			named = append(named, f.Field)
		}
		slices.Sort(named)
		equal(t, "the fields at fault", strings.Join(named, " "), "client_msg_id content")
	}},
	{"the contract is shown to people", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		page := anyone.call(t, http.MethodGet, "/docs", nil)
		page.wants(t, http.StatusOK)
		equal(t, "Content-Type", page.header.Get("Content-Type"), "text/html; charset=utf-8")
		for _, want := range []string{"/api/auth/register", "message.send", "rate_limited", `href="/docs/style.css"`} {
			if !strings.Contains(string(page.body), want) {
				failf(t, "/docs lacks %s", want)
			}
		}
		style := anyone.call(t, http.MethodGet, "/docs/style.css", nil)
		style.wants(t, http.StatusOK)
		equal(t, "Content-Type", style.header.Get("Content-Type"), "text/css; charset=utf-8")
	}},
	{"the figures and the profiler are not for the public", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		for _, path := range []string{"/metrics", "/debug/pprof/"} {
			a := anyone.call(t, http.MethodGet, path, nil) // the web client's page, as for any address
			if a.status == http.StatusOK && a.header.Get("Content-Type") != "text/html; charset=utf-8" {
				failf(t, "%s answered %s", a.request, a.header.Get("Content-Type"))
			}
		}
	}},
}

package conformance

import (
	"net/http"

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

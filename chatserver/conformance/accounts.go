package conformance

import (
	"net/http"
	"strings"

	"uim.dev/uim/chatserver/wire"
)

var accountChecks = []Check{
	{"register answers the person and tokens", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		name := e.username()
		a := anyone.call(t, http.MethodPost, "/api/auth/register", object{
			"username": name, "password": password, "display_name": "王小明 Xiaoming", "email": name + "@example.com"})
		a.wants(t, http.StatusCreated)
		var r wire.TokenResponse
		a.into(t, &r)
		equal(t, "username", r.User.Username, name)
		equal(t, "display_name", r.User.DisplayName, "王小明 Xiaoming")
		equal(t, "email", r.User.Email, name+"@example.com")
		if r.AccessToken == "" || r.RefreshToken == "" || r.ExpiresIn <= 0 {
			failf(t, "tokens are missing: %s", a.body)
		}
		equal(t, "Cache-Control", a.header.Get("Cache-Control"), "no-store")
		equal(t, "number of cookies", len(a.header.Values("Set-Cookie")), 0)
	}},
	{"a username is unique without regard to case", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		name := e.username()
		anyone.call(t, http.MethodPost, "/api/auth/register", object{"username": name, "password": password}).wants(t, http.StatusCreated)
		anyone.call(t, http.MethodPost, "/api/auth/register", object{"username": strings.ToUpper(name), "password": password}).
			problem(t, http.StatusConflict, "username_taken")
	}},
	{"an email address is unique without regard to case", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		email := e.username() + "@example.com"
		anyone.call(t, http.MethodPost, "/api/auth/register", object{"username": e.username(), "password": password, "email": email}).wants(t, http.StatusCreated)
		anyone.call(t, http.MethodPost, "/api/auth/register", object{"username": e.username(), "password": password, "email": strings.ToUpper(email)}).
			problem(t, http.StatusConflict, "email_taken")
	}},
	{"a bad registration names its fields", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		for _, c := range []struct {
			body  object
			field string
		}{
			{object{"username": "ab", "password": password}, "username"},
			{object{"username": strings.Repeat("a", 51), "password": password}, "username"},
			{object{"username": "has space", "password": password}, "username"},
			{object{"username": "名字名字", "password": password}, "username"},
			{object{"password": password}, "username"},
			{object{"username": e.username(), "password": "seven77"}, "password"},
			{object{"username": e.username(), "password": strings.Repeat("x", 73)}, "password"},
			{object{"username": e.username(), "password": strings.Repeat("密", 25)}, "password"}, // 75 bytes
			{object{"username": e.username(), "password": password, "display_name": strings.Repeat("d", 101)}, "display_name"},
			{object{"username": e.username(), "password": password, "display_name": "a\u0000b"}, "display_name"},
			{object{"username": e.username(), "password": password, "email": "nobody"}, "email"},
		} {
			anyone.call(t, http.MethodPost, "/api/auth/register", c.body).problem(t, http.StatusUnprocessableEntity, "validation_failed", c.field)
		}
		anyone.call(t, http.MethodPost, "/api/auth/register", object{"username": "a", "password": "b"}).
			problem(t, http.StatusUnprocessableEntity, "validation_failed", "username", "password")
	}},
	{"passwords of 8 and of 72 bytes work", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		for _, p := range []string{"12345-78", strings.Repeat("密", 24)} {
			name := e.username()
			anyone.call(t, http.MethodPost, "/api/auth/register", object{"username": name, "password": p}).wants(t, http.StatusCreated)
			anyone.call(t, http.MethodPost, "/api/auth/login", object{"username": name, "password": p}).wants(t, http.StatusOK)
		}
	}},
	{"a wrong password and an unknown username look the same", func(t T, e *Env) {
		u := e.newUser(t)
		anyone := &user{env: e, url: e.nodes[0]}
		wrong := anyone.call(t, http.MethodPost, "/api/auth/login", object{"username": u.tokens.User.Username, "password": "not the password"}).
			problem(t, http.StatusUnauthorized, "invalid_credentials")
		unknown := anyone.call(t, http.MethodPost, "/api/auth/login", object{"username": e.username(), "password": "not the password"}).
			problem(t, http.StatusUnauthorized, "invalid_credentials")
		equal(t, "the detail", wrong.Detail, unknown.Detail)
	}},
	{"login works without regard to case of the username", func(t T, e *Env) {
		u := e.newUser(t)
		a := u.call(t, http.MethodPost, "/api/auth/login", object{"username": strings.ToUpper(u.tokens.User.Username), "password": password})
		a.wants(t, http.StatusOK)
	}},
	{"requests without a valid token are refused", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		for _, path := range []string{"/api/me", "/api/conversations", "/api/users?q=a"} {
			a := anyone.call(t, http.MethodGet, path, nil)
			a.problem(t, http.StatusUnauthorized, "unauthenticated")
			equal(t, "WWW-Authenticate", a.header.Get("WWW-Authenticate"), "Bearer")
		}
		forged := &user{env: e, url: e.nodes[0], tokens: wire.TokenResponse{AccessToken: "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."}}
		forged.call(t, http.MethodGet, "/api/me", nil).problem(t, http.StatusUnauthorized, "unauthenticated")
	}},
	{"a refresh token rotates, and using it again ends the session", func(t T, e *Env) {
		u := e.newUser(t)
		first := u.tokens.RefreshToken
		refresh := func(token string) answer {
			return u.call(t, http.MethodPost, "/api/auth/refresh", object{"refresh_token": token})
		}
		var second, again, third wire.TokenResponse
		a := refresh(first)
		a.wants(t, http.StatusOK)
		a.into(t, &second)
		if second.RefreshToken == "" || second.RefreshToken == first {
			failf(t, "the refresh token did not rotate")
		}
		a = refresh(first) // a repeat within ten seconds, as after a lost answer
		a.wants(t, http.StatusOK)
		a.into(t, &again)
		equal(t, "the repeated refresh's token", again.RefreshToken, second.RefreshToken)
		a = refresh(second.RefreshToken)
		a.wants(t, http.StatusOK)
		a.into(t, &third)
		refresh(first).problem(t, http.StatusUnauthorized, "refresh_reused")
		refresh(third.RefreshToken).problem(t, http.StatusUnauthorized, "session_revoked")
	}},
	{"a made-up refresh token is refused", func(t T, e *Env) {
		u := e.newUser(t)
		for _, token := range []string{"nonsense", strings.Repeat("A", 86), u.tokens.RefreshToken[:len(u.tokens.RefreshToken)-2] + "AA"} {
			u.call(t, http.MethodPost, "/api/auth/refresh", object{"refresh_token": token}).problem(t, http.StatusUnauthorized, "unauthenticated")
		}
		u.call(t, http.MethodPost, "/api/auth/refresh", nil).problem(t, http.StatusUnauthorized, "unauthenticated")
		u.call(t, http.MethodPost, "/api/auth/refresh", object{"refresh_token": u.tokens.RefreshToken}).wants(t, http.StatusOK)
	}},
	{"a browser gets the refresh token as a cookie that scripts can't read", func(t T, e *Env) {
		u := e.newUser(t)
		a := u.call(t, http.MethodPost, "/api/auth/login", object{"username": u.tokens.User.Username, "password": password}, "X-UIM-Client", "web")
		a.wants(t, http.StatusOK)
		var r wire.TokenResponse
		a.into(t, &r)
		equal(t, "refresh_token in the body", r.RefreshToken, "")
		cookie := a.header.Get("Set-Cookie")
		for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/api/auth"} {
			if !strings.Contains(cookie, want) {
				failf(t, "the cookie %q lacks %s", cookie, want)
			}
		}
		pair, _, _ := strings.Cut(cookie, ";")
		anyone := &user{env: e, url: u.url}
		a = anyone.call(t, http.MethodPost, "/api/auth/refresh", nil, "X-UIM-Client", "web", "Cookie", pair)
		a.wants(t, http.StatusOK)
		next, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
		anyone.call(t, http.MethodPost, "/api/auth/refresh", nil, "X-UIM-Client", "web", "Cookie", next, "Origin", "https://evil.example").
			problem(t, http.StatusUnauthorized, "unauthenticated")
	}},
	{"logout ends the session", func(t T, e *Env) {
		u := e.newUser(t)
		u.call(t, http.MethodPost, "/api/auth/logout", nil).wants(t, http.StatusNoContent)
		u.call(t, http.MethodGet, "/api/me", nil).problem(t, http.StatusUnauthorized, "session_revoked")
		u.call(t, http.MethodPost, "/api/auth/refresh", object{"refresh_token": u.tokens.RefreshToken}).problem(t, http.StatusUnauthorized, "session_revoked")
	}},
	{"the keys that sign access tokens are public", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		a := anyone.call(t, http.MethodGet, "/.well-known/jwks.json", nil)
		a.wants(t, http.StatusOK)
		var keys wire.JWKS
		a.into(t, &keys)
		if len(keys.Keys) == 0 || keys.Keys[0].Alg != "EdDSA" || keys.Keys[0].X == "" {
			failf(t, "the key set is %s", a.body)
		}
	}},
	{"people are found by name and seen without their email", func(t T, e *Env) {
		u, other := e.newUser(t), e.newUser(t)
		a := u.call(t, http.MethodGet, "/api/users?q="+strings.ToUpper(other.tokens.User.Username), nil)
		a.wants(t, http.StatusOK)
		var list wire.UserList
		a.into(t, &list)
		equal(t, "number of people", len(list.Items), 1)
		equal(t, "the person found", list.Items[0].ID, other.tokens.User.ID)
		a = u.call(t, http.MethodGet, "/api/users/"+other.id(), nil)
		a.wants(t, http.StatusOK)
		if strings.Contains(string(a.body), "email") || strings.Contains(string(a.body), "privacy") {
			failf(t, "a stranger sees %s", a.body)
		}
	}},
	{"a people search checks its query and pages", func(t T, e *Env) {
		u := e.newUser(t)
		u.call(t, http.MethodGet, "/api/users", nil).problem(t, http.StatusUnprocessableEntity, "validation_failed", "q")
		u.call(t, http.MethodGet, "/api/users?q="+strings.Repeat("a", 101), nil).problem(t, http.StatusUnprocessableEntity, "validation_failed", "q")
		u.call(t, http.MethodGet, "/api/users?q=a&limit=101", nil).problem(t, http.StatusUnprocessableEntity, "validation_failed", "limit")
		u.call(t, http.MethodGet, "/api/users?q=a&cursor=bm9uc2Vuc2U", nil).problem(t, http.StatusUnprocessableEntity, "validation_failed", "cursor")
		for _, q := range []string{"%25", "_", "%27%20OR%201=1", "%26%20!%20:*", "%F0%9F%98%80", "%5C"} {
			u.call(t, http.MethodGet, "/api/users?q="+q, nil).wants(t, http.StatusOK)
		}
		for range 2 {
			e.newUser(t)
		}
		seen := map[string]bool{}
		for cursor := ""; ; {
			a := u.call(t, http.MethodGet, "/api/users?limit=1&q=c"+e.run+"&cursor="+cursor, nil)
			a.wants(t, http.StatusOK)
			var list wire.UserList
			a.into(t, &list)
			for _, item := range list.Items {
				if seen[item.Username] {
					failf(t, "%s is on two pages", item.Username)
				}
				seen[item.Username] = true
			}
			if list.NextCursor == nil {
				break
			}
			cursor = *list.NextCursor
		}
		if len(seen) < 3 {
			failf(t, "the pages hold %d people, want at least 3", len(seen))
		}
	}},
	{"an unknown person is not found", func(t T, e *Env) {
		u := e.newUser(t)
		for _, id := range []string{"0192aaaa-0000-7000-8000-000000000000", "nonsense"} {
			u.call(t, http.MethodGet, "/api/users/"+id, nil).problem(t, http.StatusNotFound, "not_found")
		}
	}},
}

package conformance

import (
	"net/http"
	"strings"

	"uim.dev/uim/chatserver/wire"
)

// login signs a person in once more, on a node, with a phone.
func (u *user) login(t T, node string) *user {
	t.Helper()
	other := &user{env: u.env, url: node}
	a := other.call(t, http.MethodPost, "/api/auth/login", object{"username": u.tokens.User.Username, "password": password, "device_name": "a phone"})
	a.wants(t, http.StatusOK)
	a.into(t, &other.tokens)
	return other
}

func (u *user) sessions(t T, query string) wire.SessionList {
	t.Helper()
	a := u.call(t, http.MethodGet, "/api/auth/sessions"+query, nil)
	a.wants(t, http.StatusOK)
	var list wire.SessionList
	a.into(t, &list)
	return list
}

// current returns the id of the session that asks.
func (u *user) current(t T) string {
	t.Helper()
	for _, s := range u.sessions(t, "").Items {
		if s.Current {
			return s.ID.String()
		}
	}
	failf(t, "no session is the current one")
	return ""
}

func (u *user) changePassword(t T, current, next string) answer {
	t.Helper()
	return u.call(t, http.MethodPut, "/api/me/password", object{"current_password": current, "new_password": next})
}

var sessionChecks = []Check{
	{"a device that tells its name over the WebSocket is listed by it", func(t T, e *Env) {
		u := e.newUser(t)
		s := u.dial(t)
		for _, name := range []string{"a tablet", "\u0000a big tablet"} {
			s.send(t, "auth", "a1", object{"token": u.tokens.AccessToken, "device_name": name})
			s.expect(t, "hello")
			s.send(t, "ping", "p1", nil)
			s.expect(t, "pong") // frames are handled one after the other
			equal(t, "the device's name", u.sessions(t, "").Items[0].DeviceName, strings.TrimPrefix(name, "\u0000"))
		}
		s.send(t, "auth", "a1", object{"token": u.tokens.AccessToken})
		s.expect(t, "hello")
		equal(t, "the name of a device that tells none", u.sessions(t, "").Items[0].DeviceName, "a big tablet")
	}},
	{"sessions are listed, the latest sign-in first", func(t T, e *Env) {
		u := e.newUser(t)
		phone := u.login(t, e.nodes[0])
		list := phone.sessions(t, "")
		equal(t, "number of sessions", len(list.Items), 2)
		equal(t, "the latest one's device", list.Items[0].DeviceName, "a phone")
		if !list.Items[0].Current || list.Items[1].Current || list.NextCursor != nil {
			failf(t, "the list is %+v", list)
		}
		first := phone.sessions(t, "?limit=1")
		equal(t, "the first page's session", first.Items[0].ID, list.Items[0].ID)
		second := phone.sessions(t, "?limit=1&cursor="+*first.NextCursor)
		equal(t, "the second page's session", second.Items[0].ID, list.Items[1].ID)
		if s := list.Items[0]; !s.CreatedAt.Time().Before(s.ExpiresAt.Time()) || s.LastUsedAt.Time().Before(s.CreatedAt.Time()) {
			failf(t, "the times of a session are %+v", s)
		}
	}},
	{"revoking a session closes its connections on every node and ends its tokens", func(t T, e *Env) {
		u := e.newUser(t)
		var sockets []*socket
		phone := u.login(t, e.nodes[0])
		for _, node := range e.nodes {
			phone.url = node
			sockets = append(sockets, phone.connect(t))
			phone.call(t, http.MethodGet, "/api/me", nil).wants(t, http.StatusOK) // now every node believes the session
		}
		stays := u.connect(t)
		u.call(t, http.MethodDelete, "/api/auth/sessions/"+phone.current(t), nil).wants(t, http.StatusNoContent)
		for i, s := range sockets {
			s.closed(t, 4501)
			phone.url = e.nodes[i]
			phone.call(t, http.MethodGet, "/api/me", nil).problem(t, http.StatusUnauthorized, "session_revoked")
		}
		phone.call(t, http.MethodPost, "/api/auth/refresh", object{"refresh_token": phone.tokens.RefreshToken}).
			problem(t, http.StatusUnauthorized, "session_revoked")
		stays.send(t, "ping", "p", nil)
		stays.expect(t, "pong")
		equal(t, "number of sessions left", len(u.sessions(t, "").Items), 1)
	}},
	{"foreign, unknown and ended sessions can't be revoked", func(t T, e *Env) {
		u, other := e.newUser(t), e.newUser(t)
		phone := u.login(t, u.url)
		ended := phone.current(t)
		u.call(t, http.MethodDelete, "/api/auth/sessions/"+ended, nil).wants(t, http.StatusNoContent)
		for _, id := range []string{other.current(t), ended, "0192aaaa-0000-7000-8000-000000000000", "nonsense"} {
			u.call(t, http.MethodDelete, "/api/auth/sessions/"+id, nil).problem(t, http.StatusNotFound, "not_found")
		}
		other.call(t, http.MethodGet, "/api/me", nil).wants(t, http.StatusOK)
	}},
	{"logout closes the session's connections", func(t T, e *Env) {
		u := e.newUser(t)
		u.url = e.nodes[0]
		s := u.connect(t)
		u.url = e.nodes[len(e.nodes)-1]
		u.call(t, http.MethodPost, "/api/auth/logout", nil).wants(t, http.StatusNoContent)
		s.closed(t, 4501)
	}},
	{"a refresh token used again closes the session's connections", func(t T, e *Env) {
		u := e.newUser(t)
		s := u.connect(t)
		u.url = e.nodes[0]
		token := u.tokens.RefreshToken
		for range 2 { // only the last trade may be repeated
			var next wire.TokenResponse
			a := u.call(t, http.MethodPost, "/api/auth/refresh", object{"refresh_token": token})
			a.wants(t, http.StatusOK)
			a.into(t, &next)
			token = next.RefreshToken
		}
		u.call(t, http.MethodPost, "/api/auth/refresh", object{"refresh_token": u.tokens.RefreshToken}).
			problem(t, http.StatusUnauthorized, "refresh_reused")
		s.closed(t, 4501)
	}},
	{"a changed password ends the other sessions and not this one", func(t T, e *Env) {
		u := e.newUser(t)
		here := u.connect(t)
		phone := u.login(t, e.nodes[0])
		there := phone.connect(t)
		const next = "another horse battery"
		u.changePassword(t, password, next).wants(t, http.StatusNoContent)
		there.closed(t, 4501)
		phone.call(t, http.MethodGet, "/api/me", nil).problem(t, http.StatusUnauthorized, "session_revoked")
		here.send(t, "ping", "p", nil)
		here.expect(t, "pong")
		u.call(t, http.MethodGet, "/api/me", nil).wants(t, http.StatusOK)
		u.call(t, http.MethodPost, "/api/auth/refresh", object{"refresh_token": u.tokens.RefreshToken}).wants(t, http.StatusOK)
		login := object{"username": u.tokens.User.Username, "password": password}
		u.call(t, http.MethodPost, "/api/auth/login", login).problem(t, http.StatusUnauthorized, "invalid_credentials")
		login["password"] = next
		u.call(t, http.MethodPost, "/api/auth/login", login).wants(t, http.StatusOK)
	}},
	{"a password is changed only with the old one, and to a good one", func(t T, e *Env) {
		u := e.newUser(t)
		u.changePassword(t, "not the password", "another horse battery").problem(t, http.StatusUnauthorized, "invalid_credentials", "current_password")
		for _, bad := range []string{"seven77", password, u.tokens.User.Username, ""} {
			u.changePassword(t, password, bad).problem(t, http.StatusUnprocessableEntity, "validation_failed", "new_password")
		}
		u.call(t, http.MethodPut, "/api/me/password", object{"password": password}).problem(t, http.StatusBadRequest, "invalid_request")
	}},
}

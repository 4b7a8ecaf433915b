package conformance

import (
	"net/http"
	"strings"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

func (u *user) delete(t T) {
	t.Helper()
	u.call(t, http.MethodDelete, "/api/me", object{"password": password}).wants(t, http.StatusNoContent)
}

var deletionChecks = []Check{
	{"an account is deleted only with its password", func(t T, e *Env) {
		u := e.newUser(t)
		u.call(t, http.MethodDelete, "/api/me", object{"password": "not the password"}).
			problem(t, http.StatusUnauthorized, "invalid_credentials", "password")
		u.call(t, http.MethodDelete, "/api/me", nil).problem(t, http.StatusBadRequest, "invalid_request")
		u.call(t, http.MethodGet, "/api/me", nil).wants(t, http.StatusOK)
	}},
	{"a deleted account signs out everywhere and in nowhere", func(t T, e *Env) {
		u := e.newUser(t)
		phone := u.login(t, e.nodes[0])
		s := phone.connect(t)
		u.delete(t)
		s.closed(t, 4502)
		for _, node := range e.nodes {
			u.url = node
			u.call(t, http.MethodGet, "/api/me", nil).problem(t, http.StatusUnauthorized, "session_revoked")
		}
		u.call(t, http.MethodPost, "/api/auth/login", object{"username": u.tokens.User.Username, "password": password}).
			problem(t, http.StatusUnauthorized, "invalid_credentials")
		u.call(t, http.MethodPost, "/api/auth/refresh", object{"refresh_token": u.tokens.RefreshToken}).
			problem(t, http.StatusUnauthorized, "unauthenticated")
	}},
	{"what a deleted person wrote stays, without their name", func(t T, e *Env) {
		a, b, conversation := e.newPair(t)
		a.updateMe(t, object{"display_name": "Ann Adams", "avatar_url": "https://example.com/ann.png", "email": e.username() + "@example.com"})
		a.send(t, conversation, uuid.NewString(), "goodbye")
		s := b.connect(t)
		a.delete(t)
		var live wire.Conversation
		s.expect(t, "conversation.updated").into(t, &live)
		answer := b.call(t, http.MethodGet, "/api/users/"+a.id(), nil)
		answer.wants(t, http.StatusOK)
		var person wire.User
		answer.into(t, &person)
		for where, peer := range map[string]*wire.User{"live": live.Peer, "the conversation": b.conversation(t, conversation).Peer, "the person": &person} {
			if peer == nil || !peer.Deleted || peer.DisplayName != "Deleted user" || peer.AvatarURL != "" || peer.Username == a.tokens.User.Username {
				failf(t, "%s shows %+v", where, peer)
			}
		}
		equal(t, "the member's name", b.memberOf(t, conversation, a).DisplayName, "Deleted user")
		messages := b.history(t, conversation, "")
		if len(messages) != 1 || messages[0].Content != "goodbye" || messages[0].SenderID.String() != a.id() {
			failf(t, "the history is %+v", messages)
		}
	}},
	{"a deleted person is not found, written to anew, or impersonated", func(t T, e *Env) {
		a, b, _ := e.newPair(t)
		a.delete(t)
		answer := b.call(t, http.MethodGet, "/api/users?q="+a.tokens.User.Username, nil)
		answer.wants(t, http.StatusOK)
		var list wire.UserList
		answer.into(t, &list)
		equal(t, "number of people found", len(list.Items), 0)
		for _, who := range []*user{b, e.newUser(t)} {
			who.call(t, http.MethodPost, "/api/conversations", object{"user_id": a.id()}).problem(t, http.StatusNotFound, "not_found")
			who.call(t, http.MethodPut, "/api/blocks/"+a.id(), nil).problem(t, http.StatusNotFound, "not_found")
		}
		b.call(t, http.MethodPost, "/api/auth/register", object{"username": strings.ToUpper(a.tokens.User.Username), "password": password}).
			problem(t, http.StatusConflict, "username_taken")
	}},
}

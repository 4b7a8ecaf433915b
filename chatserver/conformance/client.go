package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"uim.dev/uim/chatserver/wire"
)

// object is a JSON object.
type object map[string]any

// user is a person with the tokens of one session.
type user struct {
	env    *Env
	url    string
	tokens wire.TokenResponse
}

func (u *user) id() string { return u.tokens.User.ID.String() }

// answer is what a request got.
type answer struct {
	request string
	status  int
	header  http.Header
	body    []byte
}

// try sends a request with the person's token, if there is one. A string body
// is sent as it is, anything else as JSON.
func (u *user) try(t T, method, path string, body any, headers ...string) answer {
	t.Helper()
	var sent []byte
	switch b := body.(type) {
	case nil:
	case string:
		sent = []byte(b)
	default:
		text, err := json.Marshal(b)
		check(t, err)
		sent = text
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, u.url+path, bytes.NewReader(sent))
	check(t, err)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if u.tokens.AccessToken != "" {
		request.Header.Set("Authorization", "Bearer "+u.tokens.AccessToken)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := u.env.http.Do(request)
	check(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	check(t, err)
	if w, ok := t.(Witness); ok {
		w.SawExchange(request, sent, response, text)
	}
	return answer{request: method + " " + path, status: response.StatusCode, header: response.Header, body: text}
}

// wants fails the check unless the answer has a status.
func (a answer) wants(t T, status int) {
	t.Helper()
	if a.status != status {
		failf(t, "%s answered %d, want %d: %s", a.request, a.status, status, a.body)
	}
}

// into reads the answer's JSON.
func (a answer) into(t T, out any) {
	t.Helper()
	if err := json.Unmarshal(a.body, out); err != nil {
		failf(t, "%s answered %s: %v", a.request, a.body, err)
	}
}

// problem fails the check unless the answer is a well-formed problem with a
// status and code, naming the given fields.
func (a answer) problem(t T, status int, code string, fields ...string) wire.Problem {
	t.Helper()
	a.wants(t, status)
	if kind := a.header.Get("Content-Type"); kind != "application/problem+json" {
		failf(t, "%s answered an error as %q", a.request, kind)
	}
	var p wire.Problem
	a.into(t, &p)
	if p.Code != code || p.Status != status || p.Title == "" || p.Detail == "" || p.Type == "" || p.RequestID == "" {
		failf(t, "%s answered the problem %s, want code %s", a.request, a.body, code)
	}
	if p.RequestID != a.header.Get("X-Request-Id") {
		failf(t, "%s has request_id %q and X-Request-Id %q", a.request, p.RequestID, a.header.Get("X-Request-Id"))
	}
	for _, want := range fields {
		found := false
		for _, f := range p.Errors {
			found = found || f.Field == want && f.Code != "" && f.Detail != ""
		}
		if !found {
			failf(t, "%s does not name the field %s: %s", a.request, want, a.body)
		}
	}
	return p
}

// open opens the conversation with a person and returns its id.
func (u *user) open(t T, peer *user) string {
	t.Helper()
	a := u.call(t, http.MethodPost, "/api/conversations", object{"user_id": peer.id()})
	if a.status != http.StatusOK {
		a.wants(t, http.StatusCreated)
	}
	var c wire.Conversation
	a.into(t, &c)
	return c.ID.String()
}

// send sends a message over HTTP.
func (u *user) send(t T, conversation, clientMsgID, content string) wire.MessageAck {
	t.Helper()
	a := u.call(t, http.MethodPost, "/api/conversations/"+conversation+"/messages", object{"client_msg_id": clientMsgID, "content": content})
	if a.status != http.StatusOK {
		a.wants(t, http.StatusCreated)
	}
	var ack wire.MessageAck
	a.into(t, &ack)
	return ack
}

// history reads a page of messages.
func (u *user) history(t T, conversation, query string) []wire.Message {
	t.Helper()
	a := u.call(t, http.MethodGet, "/api/conversations/"+conversation+"/messages"+query, nil)
	a.wants(t, http.StatusOK)
	var list wire.MessageList
	a.into(t, &list)
	return list.Items
}

// conversation reads one conversation.
func (u *user) conversation(t T, id string) wire.Conversation {
	t.Helper()
	a := u.call(t, http.MethodGet, "/api/conversations/"+id, nil)
	a.wants(t, http.StatusOK)
	var c wire.Conversation
	a.into(t, &c)
	return c
}

func check(t T, err error) {
	t.Helper()
	if err != nil {
		failf(t, "%v", err)
	}
}

func failf(t T, format string, args ...any) {
	t.Helper()
	t.Errorf("%s", fmt.Sprintf(format, args...))
	t.FailNow()
}

// equal fails the check unless what was got is what was wanted.
func equal[V comparable](t T, what string, got, want V) {
	t.Helper()
	if got != want {
		failf(t, "%s is %v, want %v", what, got, want)
	}
}

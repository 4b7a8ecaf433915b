package conformance

import (
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

// boundChecks stand on both sides of limits, and look at how things are written.
var boundChecks = []Check{
	{"usernames of 3 and of 50 characters work", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		long := strings.Repeat("x", 40) + e.run + "_."
		anyone.call(t, http.MethodPost, "/api/auth/register", object{"username": long, "password": password}).wants(t, http.StatusCreated)
		const letters = "abcdefghijklmnopqrstuvwxyz0123456789_-."
		for { // somebody may have it
			short := []byte{letters[rand.IntN(len(letters))], letters[rand.IntN(len(letters))], letters[rand.IntN(len(letters))]}
			a := anyone.call(t, http.MethodPost, "/api/auth/register", object{"username": string(short), "password": password})
			if a.status == http.StatusCreated {
				return
			}
			a.problem(t, http.StatusConflict, "username_taken")
		}
	}},
	{"a display name of 100 characters works, in any script", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		for _, name := range []string{strings.Repeat("名", 100), "Ünïcødé 👋🏽 עברית"} {
			a := anyone.call(t, http.MethodPost, "/api/auth/register", object{"username": e.username(), "password": password, "display_name": name})
			a.wants(t, http.StatusCreated)
			var r wire.TokenResponse
			a.into(t, &r)
			equal(t, "display_name", r.User.DisplayName, name)
		}
	}},
	{"a bad name or address is refused, whatever is wrong with it", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		for _, c := range []struct{ field, value string }{
			{"username", "tab\there"}, {"username", "nul\u0000"}, {"username", "a/b/c"}, {"username", "<script>"}, {"username", "ａｂｃ"}, {"username", "a b"},
			{"display_name", "line\nbreak"}, {"display_name", "bell\a"}, {"display_name", strings.Repeat("名", 101)},
			{"email", "@example.com"}, {"email", "a@b"}, {"email", "a b@example.com"}, {"email", "a@b@example.com"}, {"email", strings.Repeat("a", 250) + "@example.com"},
			{"password", ""}, {"password", strings.Repeat("é", 37)},
		} {
			body := object{"username": e.username(), "password": password}
			body[c.field] = c.value
			anyone.call(t, http.MethodPost, "/api/auth/register", body).problem(t, http.StatusUnprocessableEntity, "validation_failed", c.field)
		}
	}},
	{"a body of exactly 1 MiB is read, one more byte is refused", func(t T, e *Env) {
		a := e.extra(t, 1)[0]
		body := func(size int) string {
			const rest = len(`{"cursor":""}`)
			return `{"cursor":"` + strings.Repeat("x", size-rest) + `"}`
		}
		a.call(t, http.MethodPost, "/api/sync", body(1<<20)).problem(t, http.StatusUnprocessableEntity, "validation_failed", "cursor")
		a.call(t, http.MethodPost, "/api/sync", body(1<<20+1)).problem(t, http.StatusRequestEntityTooLarge, "payload_too_large")
	}},
	{"a sync may name 200 conversations", func(t T, e *Env) {
		known := make([]object, 200)
		for i := range known {
			known[i] = object{"conversation_id": uuid.NewString(), "seq": 0}
		}
		page := e.newUser(t).syncHTTP(t, object{"known": known})
		equal(t, "number of removed", len(page.RemovedIds), 200)
	}},
	{"the greatest number is a seq past the end", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		a.send(t, id, uuid.NewString(), "hello")
		b.call(t, http.MethodPost, "/api/conversations/"+id+"/read", `{"seq":9223372036854775807}`).wants(t, http.StatusNoContent)
		equal(t, "my_read_seq", b.conversation(t, id).MyReadSeq, 1)
		b.call(t, http.MethodPost, "/api/conversations/"+id+"/read", `{"seq":9223372036854775808}`).problem(t, http.StatusBadRequest, "invalid_request", "seq")
		equal(t, "messages after it", len(a.history(t, id, "?after_seq=9223372036854775807")), 0)
		equal(t, "messages around it", len(a.history(t, id, "?around_seq=9223372036854775807")), 1)
	}},
	{"characters that carry meaning elsewhere come back as they were", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		for _, text := range []string{
			"'; DROP TABLE messages; --", `\u0041 \n %s %d {{7*7}} ${x}`, "<img src=x onerror=alert(1)>", "a\r\nSet-Cookie: x=1", "e\u0301 vs é", "👩‍👩‍👧‍👦", "x\u2028\u2029\ufeffx", "\U0010ffff",
		} {
			a.send(t, id, uuid.NewString(), text)
			items := a.history(t, id, "?limit=1")
			equal(t, "content", items[0].Content, text)
		}
	}},
	{"control characters are refused, tabs and line breaks are not", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		for _, c := range []rune{0, 1, 7, 8, 0x0b, 0x0c, 0x1b, 0x7f, 0x80, 0x9f} {
			a.call(t, http.MethodPost, "/api/conversations/"+id+"/messages", object{"client_msg_id": uuid.NewString(), "content": "a" + string(c) + "b"}).
				problem(t, http.StatusUnprocessableEntity, "validation_failed", "content")
		}
		a.send(t, id, uuid.NewString(), "a\tb\nc\r\nd")
	}},
	{"times have milliseconds and are UTC, ids sort by time", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		first := a.send(t, id, uuid.NewString(), "one")
		answer := a.call(t, http.MethodPost, "/api/conversations/"+id+"/messages", object{"client_msg_id": uuid.NewString(), "content": "two"})
		answer.wants(t, http.StatusCreated)
		if !regexp.MustCompile(`"created_at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`).Match(answer.body) {
			failf(t, "the time is not written as it should be: %s", answer.body)
		}
		var second wire.MessageAck
		answer.into(t, &second)
		equal(t, "version of the id", second.MessageID.Version(), uuid.Version(7))
		if first.MessageID.String() >= second.MessageID.String() && first.CreatedAt.Time().Before(second.CreatedAt.Time()) {
			failf(t, "the id %s comes after %s", first.MessageID, second.MessageID)
		}
	}},
	{"a preflight of a foreign page is not allowed", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		a := anyone.call(t, http.MethodOptions, "/api/me", nil, "Origin", "https://evil.example", "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "authorization")
		for name := range a.header {
			if strings.HasPrefix(name, "Access-Control-") {
				failf(t, "the answer has %s: %s", name, a.header.Get(name))
			}
		}
	}},
	{"harmful request ids are replaced", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		for _, id := range []string{"has space", "quote\"", "<b>", strings.Repeat("x", 65), "a;b", "{}"} {
			a := anyone.call(t, http.MethodGet, "/api/me", nil, "X-Request-Id", id)
			p := a.problem(t, http.StatusUnauthorized, "unauthenticated")
			if p.RequestID == id {
				failf(t, "the request id %q was taken over", id)
			}
		}
	}},
	{"doubled keys and odd numbers harm nobody", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		key := uuid.NewString()
		for _, body := range []string{
			`{"client_msg_id":"` + key + `","content":"a","content":"b"}`, `{"CLIENT_MSG_ID":"` + key + `","content":"x"}`,
			`{"client_msg_id":"` + key + `","content":"x","reply_to":null}`, `{"client_msg_id":"{` + key + `}","content":"x"}`,
			`{"client_msg_id":"urn:uuid:` + key + `","content":"x"}`, `{"client_msg_id":"00000000-0000-0000-0000-000000000000","content":"x"}`,
		} {
			if answer := a.call(t, http.MethodPost, "/api/conversations/"+id+"/messages", body); answer.status >= 500 {
				failf(t, "%s answered %d to %s", answer.request, answer.status, body)
			}
		}
	}},
}

package conformance

import (
	"net/http"
	"strconv"
	"time"
)

// limitPatience bounds the waits of one request for the server's rate limits.
const limitPatience = 15 * time.Minute

// call is try for checks that are not about rate limits: it waits for them, as
// long as the server says, and tries again.
func (u *user) call(t T, method, path string, body any, headers ...string) answer {
	t.Helper()
	begin := time.Now()
	for {
		a := u.try(t, method, path, body, headers...)
		if time.Since(begin) > limitPatience || !u.env.limited(t, a.status, a.header) {
			return a
		}
	}
}

// limited reports whether an answer is a refusal for going too fast; then it
// has waited as long as the answer says.
func (e *Env) limited(t T, status int, header http.Header) bool {
	t.Helper()
	if status != http.StatusTooManyRequests {
		return false
	}
	seconds, err := strconv.Atoi(header.Get("Retry-After"))
	if err != nil || seconds < 1 || seconds > int(limitPatience.Seconds()) {
		failf(t, "a refusal with 429 has Retry-After %q, want whole seconds", header.Get("Retry-After"))
	}
	pause := time.Duration(seconds) * time.Second
	if e.Waited != nil {
		e.Waited(pause)
	}
	<-time.After(pause)
	return true
}

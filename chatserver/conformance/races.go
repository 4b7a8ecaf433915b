package conformance

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

// raceChecks do the same thing many times at once, on all nodes.
var raceChecks = []Check{
	{"one message sent eight times at once is stored once", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		key := uuid.NewString()
		answers := e.atOnce(t, a, 8, func(u *user, _ int) answer {
			return u.call(t, http.MethodPost, "/api/conversations/"+id+"/messages", object{"client_msg_id": key, "content": "once"})
		})
		fresh := 0
		for _, answer := range answers {
			var ack wire.MessageAck
			answer.into(t, &ack)
			equal(t, "seq", ack.Seq, 1)
			equal(t, "status", answer.status == http.StatusOK, ack.Duplicate)
			if !ack.Duplicate {
				fresh++
			}
		}
		equal(t, "acknowledgements that are no duplicate", fresh, 1)
		equal(t, "number of messages", len(b.history(t, id, "")), 1)
	}},
	{"messages sent at once on all nodes get different places without gaps", func(t T, e *Env) {
		const n = 24
		a, b, id := e.newPair(t)
		answers := e.atOnce(t, a, n, func(u *user, i int) answer {
			return u.call(t, http.MethodPost, "/api/conversations/"+id+"/messages", object{"client_msg_id": uuid.NewString(), "content": strconv.Itoa(i)})
		})
		places := map[int64]string{}
		for i, answer := range answers {
			answer.wants(t, http.StatusCreated)
			var ack wire.MessageAck
			answer.into(t, &ack)
			places[ack.Seq] = strconv.Itoa(i)
		}
		items := b.history(t, id, "?limit=100")
		equal(t, "number of messages", len(items), n)
		for i, m := range items {
			equal(t, "seq", m.Seq, int64(i+1))
			equal(t, fmt.Sprint("content of ", m.Seq), m.Content, places[m.Seq])
		}
	}},
	{"one conversation opened eight times at once is one", func(t T, e *Env) {
		a, b := e.newUser(t), e.newUser(t)
		answers := e.atOnce(t, a, 8, func(u *user, _ int) answer {
			return u.call(t, http.MethodPost, "/api/conversations", object{"user_id": b.id()})
		})
		ids, made := map[uuid.UUID]bool{}, 0
		for _, answer := range answers {
			var c wire.Conversation
			answer.into(t, &c)
			ids[c.ID] = true
			if answer.status == http.StatusCreated {
				made++
			}
		}
		equal(t, "number of conversations", len(ids), 1)
		equal(t, "answers with 201", made, 1)
	}},
	{"one username registered four times at once is one account", func(t T, e *Env) {
		name, made := e.username(), 0
		anyone := &user{env: e, url: e.nodes[0]}
		for _, answer := range e.atOnce(t, anyone, 4, func(u *user, _ int) answer {
			return u.call(t, http.MethodPost, "/api/auth/register", object{"username": name, "password": password})
		}) {
			if answer.status == http.StatusCreated {
				made++
			} else {
				answer.problem(t, http.StatusConflict, "username_taken")
			}
		}
		equal(t, "number of accounts", made, 1)
	}},
	{"one refresh token used twice at once gives tokens of one session", func(t T, e *Env) {
		a := e.newUser(t)
		tokens := map[string]bool{}
		for _, answer := range e.atOnce(t, a, 2, func(u *user, _ int) answer {
			return u.call(t, http.MethodPost, "/api/auth/refresh", object{"refresh_token": a.tokens.RefreshToken})
		}) {
			answer.wants(t, http.StatusOK)
			var r wire.TokenResponse
			answer.into(t, &r)
			tokens[r.RefreshToken] = true
		}
		equal(t, "number of refresh tokens", len(tokens), 1)
	}},
}

// atOnce does something n times at the same time, as the same person on all
// nodes in turn. A failure in it is told by its answer alone.
func (e *Env) atOnce(t T, who *user, n int, do func(u *user, i int) answer) []answer {
	t.Helper()
	answers := make([]answer, n)
	var running sync.WaitGroup
	for i := range n {
		u := *who
		u.url = e.nodes[i%len(e.nodes)]
		running.Go(func() { answers[i] = do(&u, i) })
	}
	running.Wait()
	for _, a := range answers {
		if a.status == 0 {
			failf(t, "a request at the same time as others got no answer")
		}
	}
	return answers
}

package conformance

import (
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

// Refused is what a server answers to what goes beyond a limit; the zero value
// when it does not.
type Refused struct {
	Code             string
	Retryable        bool // over WebSocket alone
	RetryAfter       time.Duration
	RetryAfterHeader int // seconds; over HTTP alone
}

// On returns the same person at another node.
func (p *Person) On(node int) *Person {
	u := *p.user
	u.url = u.env.nodes[node]
	return &Person{user: &u}
}

// TrySend sends a message over HTTP.
func (p *Person) TrySend(t T, conversation, clientMsgID, content string) Refused {
	t.Helper()
	return p.user.try(t, http.MethodPost, "/api/conversations/"+conversation+"/messages",
		object{"client_msg_id": clientMsgID, "content": content}).refusal(t)
}

// TryLogin signs in once more, as a client with an X-Forwarded-For.
func (p *Person) TryLogin(t T, password, forwardedFor string) Refused {
	t.Helper()
	anyone := &user{env: p.user.env, url: p.user.url}
	return anyone.try(t, http.MethodPost, "/api/auth/login",
		object{"username": p.user.tokens.User.Username, "password": password}, "X-Forwarded-For", forwardedFor).refusal(t)
}

// Password is the one of every Person.
func (p *Person) Password() string { return password }

func (a answer) refusal(t T) Refused {
	t.Helper()
	if a.status < http.StatusBadRequest {
		return Refused{}
	}
	var p wire.Problem
	a.into(t, &p)
	seconds, _ := strconv.Atoi(a.header.Get("Retry-After"))
	return Refused{Code: p.Code, RetryAfter: time.Duration(p.RetryAfterMs) * time.Millisecond, RetryAfterHeader: seconds}
}

// Ask sends a message over the WebSocket and returns the answer.
func (p *Person) Ask(t T, conversation, clientMsgID, content string) (wire.MessageAck, Refused) {
	t.Helper()
	p.socket.send(t, "message.send", clientMsgID, object{"conversation_id": conversation, "client_msg_id": clientMsgID, "content": content})
	for {
		f := p.socket.next(t)
		if f.Re != clientMsgID {
			continue
		}
		if f.Type == "message.ack" {
			var ack wire.MessageAck
			f.into(t, &ack)
			return ack, Refused{}
		}
		return wire.MessageAck{}, f.refusal(t)
	}
}

func (f frame) refusal(t T) Refused {
	t.Helper()
	equal(t, "type of the answer", f.Type, "error")
	var e wire.FrameError
	f.into(t, &e)
	return Refused{Code: e.Code, Retryable: e.Retryable, RetryAfter: time.Duration(e.RetryAfterMs) * time.Millisecond}
}

// Refusal sends messages over a WebSocket of its own, as fast as it takes them,
// and returns the answer to the last; all before must be acknowledged, though
// maybe after it.
func (p *Person) Refusal(t T, conversation string, messages int) Refused {
	t.Helper()
	s := p.user.connect(t)
	for i := range messages {
		s.send(t, "message.send", strconv.Itoa(i), object{"conversation_id": conversation, "client_msg_id": uuid.NewString(), "content": strconv.Itoa(i)})
	}
	var refused Refused
	for acked := 0; acked < messages-1 || refused.Code == ""; {
		switch f := s.next(t); f.Type {
		case "message.ack":
			acked++
		case "error":
			equal(t, "re of the refusal", f.Re, strconv.Itoa(messages-1))
			refused = f.refusal(t)
		}
	}
	return refused
}

// TryPasswordChange says what the password is, and asks for another one.
func (p *Person) TryPasswordChange(t T, current string) Refused {
	t.Helper()
	return p.user.try(t, http.MethodPut, "/api/me/password",
		object{"current_password": current, "new_password": "another correct horse"}).refusal(t)
}

// TryDeletion asks for the end of the account.
func (p *Person) TryDeletion(t T, password string) Refused {
	t.Helper()
	return p.user.try(t, http.MethodDelete, "/api/me", object{"password": password}).refusal(t)
}

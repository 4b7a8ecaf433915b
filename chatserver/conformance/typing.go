package conformance

import (
	"net/http"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

// types tells the server that a person types in a conversation, or no more.
func (s *socket) types(t T, conversation string, on bool) {
	t.Helper()
	s.send(t, "typing", "", object{"conversation_id": conversation, "on": on})
}

// typing returns the next typing frame, which must be of a person.
func (s *socket) typing(t T, of *user, conversation string) (seconds int) {
	t.Helper()
	var f wire.FrameTyping
	s.expect(t, "typing").into(t, &f)
	equal(t, "who types", f.UserID.String(), of.id())
	equal(t, "where", f.ConversationID.String(), conversation)
	return f.ExpiresSeconds
}

// untold fails the check if a person is shown typing before a message that is sent now.
func (s *socket) untold(t T, of, by *user, conversation string) {
	t.Helper()
	text := "after all " + uuid.NewString()
	by.send(t, conversation, uuid.NewString(), text)
	for {
		switch f := s.next(t); f.Type {
		case "typing":
			var shown wire.FrameTyping
			if f.into(t, &shown); shown.UserID.String() == of.id() {
				failf(t, "what nobody should be told is shown: %s", f.Data)
			}
		case "message.new":
			var m wire.Message
			if f.into(t, &m); m.Content == text {
				return
			}
		}
	}
}

// afterAnother returns when somebody else, who types only now, is shown to a
// person: what was typed before is told by then, if at all.
func (s *socket) afterAnother(t T, e *Env, person *user) {
	t.Helper()
	friend := e.newUser(t)
	conversation := friend.open(t, person)
	friend.connect(t).types(t, conversation, true)
	for {
		var f wire.FrameTyping
		s.expect(t, "typing").into(t, &f)
		if f.UserID.String() == friend.id() {
			return
		}
		if f.ExpiresSeconds > 0 {
			failf(t, "what nobody should be told is shown: %+v", f)
		}
	}
}

var typingChecks = []Check{
	{"typing is shown to the other, and ends", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		sa, sb := a.connect(t), b.connect(t)
		sa.types(t, id, true)
		equal(t, "expires_seconds", sb.typing(t, a, id), 5)
		sa.types(t, id, true) // too soon to be told
		sa.types(t, id, false)
		equal(t, "expires_seconds of the end", sb.typing(t, a, id), 0)
		sb.types(t, id, true)
		equal(t, "expires_seconds", sa.typing(t, b, id), 5)
		b.send(t, id, uuid.NewString(), "this is it")
		equal(t, "expires_seconds after the message", sa.typing(t, b, id), 0)
	}},
	{"typing is shown to nobody else, and not stored", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		own, other, stranger := a.connect(t), b.connect(t), e.newUser(t)
		elsewhere := b.open(t, stranger)
		beside := stranger.connect(t)
		a.connect(t).types(t, id, true)
		other.typing(t, a, id)
		beside.untold(t, a, b, elsewhere)
		own.untold(t, a, b, id)
		equal(t, "last_seq", b.conversation(t, id).LastSeq, 1)
	}},
	{"who hides their typing is not shown, and is shown nobody", func(t T, e *Env) {
		hider, b, id := e.newPair(t)
		hider.updateMe(t, object{"privacy": object{"typing": false}})
		sh, sb := hider.connect(t), b.connect(t)
		sb.types(t, id, true)
		sh.types(t, id, true)
		sb.afterAnother(t, e, b)
		sh.untold(t, b, b, id)
	}},
	{"strangers and the blocked are not shown typing", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		stranger := e.newUser(t)
		sb := b.connect(t)
		intruder := stranger.connect(t)
		intruder.types(t, id, true)
		intruder.types(t, uuid.NewString(), true)
		sb.afterAnother(t, e, b)
		b.call(t, http.MethodPut, "/api/blocks/"+a.id(), nil).wants(t, http.StatusNoContent)
		a.connect(t).types(t, id, true)
		sb.afterAnother(t, e, b)
	}},
	{"bad typing frames are refused", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		s := a.connect(t)
		s.send(t, "typing", "t", object{"on": true})
		s.refused(t, "t", "validation_failed")
		s.send(t, "typing", "t", object{"conversation_id": "nonsense", "on": true})
		s.refused(t, "t", "invalid_request")
		s.send(t, "typing", "t", object{"conversation_id": id, "on": "yes"})
		s.refused(t, "t", "invalid_request")
		s.send(t, "typing", "t", nil)
		s.refused(t, "t", "invalid_request")
	}},
}

package conformance

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

// invite makes an invitation to a group.
func (u *user) invite(t T, group string, body object) wire.Invitation {
	t.Helper()
	a := u.call(t, http.MethodPost, "/api/conversations/"+group+"/invitations", body)
	a.wants(t, http.StatusCreated)
	var i wire.Invitation
	a.into(t, &i)
	return i
}

func (u *user) accept(t T, code string) answer {
	t.Helper()
	return u.call(t, http.MethodPost, "/api/invitations/"+code+"/accept", nil)
}

var invitationChecks = []Check{
	{"who has an invitation sees what it is to, and joins", func(t T, e *Env) {
		p := e.crowd(t, 3)
		id := p[0].group(t, p[1])
		s := p[1].connect(t)
		code := p[0].invite(t, id, object{}).Code
		if len(code) < 22 {
			failf(t, "the code %q is short", code)
		}
		preview := func(u *user) (w wire.InvitationPreview) {
			a := u.call(t, http.MethodGet, "/api/invitations/"+code, nil)
			a.wants(t, http.StatusOK)
			a.into(t, &w)
			if strings.Contains(string(a.body), p[0].id()) || strings.Contains(string(a.body), p[0].tokens.User.Username) {
				failf(t, "the preview tells who is in it: %s", a.body)
			}
			return w
		}
		before := preview(p[2])
		equal(t, "name", before.Name, "Friends")
		equal(t, "member_count", before.MemberCount, 2)
		equal(t, "member", before.Member, false)
		equal(t, "conversation_id is hidden", before.ConversationID == nil, true)
		for range 2 { // again it is no news
			a := p[2].accept(t, code)
			a.wants(t, http.StatusOK)
			var c wire.Conversation
			a.into(t, &c)
			equal(t, "the conversation", c.ID.String(), id)
			equal(t, "role", c.MyRole, "member")
		}
		equal(t, "who joined", s.told(t, id, "member.joined").ActorID.String(), p[2].id())
		equal(t, "the group", preview(p[2]).ConversationID.String(), id)
		a := p[0].call(t, http.MethodGet, "/api/conversations/"+id+"/invitations", nil)
		a.wants(t, http.StatusOK)
		var list wire.InvitationList
		a.into(t, &list)
		equal(t, "number of invitations", len(list.Items), 1)
		equal(t, "uses", list.Items[0].Uses, 1)
	}},
	{"an invitation lets in as many as it says, however many come at once", func(t T, e *Env) {
		p := e.crowd(t, 7)
		id := p[0].group(t, p[6])
		code := p[0].invite(t, id, object{"max_uses": 2}).Code
		var in atomic.Int64
		var rush sync.WaitGroup
		answers := make([]answer, 5)
		for i, u := range p[1:6] {
			rush.Go(func() {
				answers[i] = u.accept(t, code)
				if answers[i].status == http.StatusOK {
					in.Add(1)
				}
			})
		}
		rush.Wait()
		equal(t, "number of those let in", in.Load(), 2)
		for _, a := range answers {
			if a.status != http.StatusOK {
				a.problem(t, http.StatusGone, "invitation_expired")
			}
		}
		equal(t, "member_count", p[0].conversation(t, id).MemberCount, 4)
		e.newUser(t).call(t, http.MethodGet, "/api/invitations/"+code, nil).problem(t, http.StatusGone, "invitation_expired")
	}},
	{"an invitation works no longer once it is revoked or its group is gone", func(t T, e *Env) {
		p := e.crowd(t, 3)
		id, another := p[0].group(t, p[1]), p[0].group(t, p[1])
		i := p[0].invite(t, id, object{})
		path := "/invitations/" + i.ID.String()
		p[0].call(t, http.MethodDelete, "/api/conversations/"+another+path, nil).problem(t, http.StatusNotFound, "not_found")
		p[1].call(t, http.MethodDelete, "/api/conversations/"+id+path, nil).problem(t, http.StatusForbidden, "forbidden")
		p[0].call(t, http.MethodDelete, "/api/conversations/"+id+path, nil).wants(t, http.StatusNoContent)
		p[0].call(t, http.MethodDelete, "/api/conversations/"+id+path, nil).wants(t, http.StatusNoContent)
		p[2].accept(t, i.Code).problem(t, http.StatusGone, "invitation_expired")
		a := p[0].call(t, http.MethodGet, "/api/conversations/"+id+"/invitations", nil)
		var list wire.InvitationList
		a.into(t, &list)
		equal(t, "number of invitations", len(list.Items), 0)
		code := p[0].invite(t, another, object{}).Code
		p[0].call(t, http.MethodDelete, "/api/conversations/"+another, nil).wants(t, http.StatusNoContent)
		p[2].accept(t, code).problem(t, http.StatusNotFound, "not_found")
	}},
	{"invitations that make no sense are refused", func(t T, e *Env) {
		p := e.crowd(t, 3)
		id := p[0].group(t, p[1])
		for field, values := range map[string][]int64{"expires_in": {0, 59, -1, 31_536_001, 1 << 62}, "max_uses": {0, -1, 1001}} {
			for _, v := range values {
				p[0].call(t, http.MethodPost, "/api/conversations/"+id+"/invitations", object{field: v}).
					problem(t, http.StatusUnprocessableEntity, "validation_failed", field)
			}
		}
		p[1].call(t, http.MethodPost, "/api/conversations/"+id+"/invitations", object{}).problem(t, http.StatusForbidden, "forbidden")
		p[2].call(t, http.MethodPost, "/api/conversations/"+id+"/invitations", object{}).problem(t, http.StatusNotFound, "not_found")
		p[2].accept(t, "nonsense").problem(t, http.StatusNotFound, "not_found")
		p[2].call(t, http.MethodGet, "/api/invitations/"+strings.Repeat("a", 64), nil).problem(t, http.StatusNotFound, "not_found")
		p[0].block(t, p[2])
		p[2].accept(t, p[0].invite(t, id, object{}).Code).problem(t, http.StatusForbidden, "blocked")
	}},
}

var mentionChecks = []Check{
	{"a member is called by @name, and it is counted apart", func(t T, e *Env) {
		p := e.crowd(t, 3)
		id := p[0].group(t, p[1])
		s := p[1].connect(t)
		name := strings.ToUpper(p[1].tokens.User.Username)
		p[0].send(t, id, uuid.NewString(), "nothing for you")
		called := p[0].send(t, id, uuid.NewString(), "hello @"+name+", and @"+p[2].tokens.User.Username+" who is not here, mail x@"+name)
		p[0].send(t, id, uuid.NewString(), "nor this")
		var m wire.Message
		for m = s.message(t); m.Seq != called.Seq; m = s.message(t) {
		}
		for _, m := range []wire.Message{m, p[1].history(t, id, "?around_seq=3&limit=2")[0], p[1].history(t, id, "?after_seq=3")[0]} {
			if m.Seq != called.Seq {
				continue
			}
			equal(t, "number of mentions", len(m.Mentions), 1)
			equal(t, "the mention", m.Mentions[0].String(), p[1].id())
			equal(t, "mentions_all", m.MentionsAll, false)
		}
		c := p[1].conversation(t, id)
		equal(t, "unread_count", c.UnreadCount, 3)
		equal(t, "unread_mentions", c.UnreadMentions, 1)
		equal(t, "first_unread_mention_seq", c.FirstUnreadMentionSeq, called.Seq)
		p[1].call(t, http.MethodPost, "/api/conversations/"+id+"/read", object{"seq": called.Seq}).wants(t, http.StatusNoContent)
		equal(t, "unread_mentions after reading", p[1].conversation(t, id).UnreadMentions, 0)
		equal(t, "the sender's", p[0].conversation(t, id).UnreadMentions, 0)
	}},
	{"@all calls everybody, by those who may", func(t T, e *Env) {
		p := e.crowd(t, 3)
		id := p[0].group(t, p[1], p[2])
		p[0].send(t, id, uuid.NewString(), "@all, dinner")
		p[1].send(t, id, uuid.NewString(), "@everyone, lunch")
		c := p[2].conversation(t, id)
		equal(t, "unread_mentions", c.UnreadMentions, 1)
		list := p[2].history(t, id, "?limit=2")
		equal(t, "the owner's", list[0].MentionsAll, true)
		equal(t, "the member's", list[1].MentionsAll, false)
	}},
	{"who wants to hear of mentions alone gets the conversation back by them alone", func(t T, e *Env) {
		p := e.crowd(t, 2)
		id := p[0].group(t, p[1])
		p[1].set(t, id, object{"notifications": "mentions", "pinned": false, "archived": true})
		p[0].send(t, id, uuid.NewString(), "nothing for you")
		equal(t, "number listed", len(p[1].list(t, "")), 0)
		p[0].send(t, id, uuid.NewString(), "@"+p[1].tokens.User.Username+" look")
		equal(t, "number listed when called", len(p[1].list(t, "")), 1)
	}},
}

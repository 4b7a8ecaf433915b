package conformance

import (
	"maps"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

// group makes a group of a person and some others and returns its id.
func (u *user) group(t T, others ...*user) string {
	t.Helper()
	return u.groupWith(t, object{}, others...)
}

// groupWith is group with more to say about it.
func (u *user) groupWith(t T, more object, others ...*user) string {
	t.Helper()
	body := object{"name": "Friends", "member_ids": idsOf(others)}
	maps.Copy(body, more)
	a := u.call(t, http.MethodPost, "/api/conversations/group", body)
	a.wants(t, http.StatusCreated)
	var c wire.Conversation
	a.into(t, &c)
	return c.ID.String()
}

func idsOf(people []*user) []string {
	list := []string{}
	for _, p := range people {
		list = append(list, p.id())
	}
	return list
}

// crowd registers n people, on all nodes in turn.
func (e *Env) crowd(t T, n int) []*user {
	t.Helper()
	people := make([]*user, n)
	for i := range people {
		people[i] = e.newUser(t)
		people[i].url = e.nodes[i%len(e.nodes)]
	}
	return people
}

func (u *user) add(t T, group string, people ...*user) answer {
	t.Helper()
	return u.call(t, http.MethodPost, "/api/conversations/"+group+"/members", object{"user_ids": idsOf(people)})
}

func (u *user) remove(t T, group string, person *user) answer {
	t.Helper()
	return u.call(t, http.MethodDelete, "/api/conversations/"+group+"/members/"+person.id(), nil)
}

func (u *user) setRole(t T, group string, person *user, role string) answer {
	t.Helper()
	return u.call(t, http.MethodPatch, "/api/conversations/"+group+"/members/"+person.id(), object{"role": role})
}

// event reads what a system message tells.
func event(t T, m wire.Message) wire.SystemEvent {
	t.Helper()
	var e wire.SystemEvent
	frame{Type: "event", Data: m.Event}.into(t, &e)
	if m.Type != "system" || m.SenderID != nil || m.Content == "" {
		failf(t, "%+v is not a message of the system", m)
	}
	return e
}

// told returns the next system message of a conversation that a socket hears.
func (s *socket) told(t T, conversation, kind string) wire.SystemEvent {
	t.Helper()
	for {
		if m := s.message(t); m.ConversationID.String() == conversation && m.Type == "system" {
			e := event(t, m)
			equal(t, "kind of the event", e.Kind, kind)
			return e
		}
	}
}

// updated returns the next conversation.updated of a conversation that satisfies want.
func (s *socket) updated(t T, conversation string, want func(wire.Conversation) bool) wire.Conversation {
	t.Helper()
	for {
		var c wire.Conversation
		if s.expect(t, "conversation.updated").into(t, &c); c.ID.String() == conversation && want(c) {
			return c
		}
	}
}

// ended waits until a socket hears that a conversation has ended for it.
func (s *socket) ended(t T, conversation string) {
	t.Helper()
	for {
		var gone wire.FrameConversationRemoved
		if s.expect(t, "conversation.removed").into(t, &gone); gone.ConversationID.String() == conversation {
			return
		}
	}
}

var groupChecks = []Check{
	{"a group begins with its owner and members, who are told", func(t T, e *Env) {
		p := e.crowd(t, 3)
		s := p[1].connect(t)
		id := p[0].groupWith(t, object{"description": "all of us", "avatar_url": "https://example.com/a.png"}, p[1], p[2])
		c := s.updated(t, id, func(wire.Conversation) bool { return true })
		equal(t, "kind", c.Kind, "group")
		equal(t, "name", c.Name, "Friends")
		equal(t, "description", c.Description, "all of us")
		equal(t, "avatar_url", c.AvatarURL, "https://example.com/a.png")
		equal(t, "member_count", c.MemberCount, 3)
		equal(t, "role", c.MyRole, "member")
		equal(t, "permissions", strings.Join(c.MyPermissions, " "), "send")
		equal(t, "unread_count", c.UnreadCount, 0)
		own := p[0].conversation(t, id)
		equal(t, "the owner's role", own.MyRole, "owner")
		equal(t, "the owner's permissions", len(own.MyPermissions), 9)
		first := event(t, p[2].history(t, id, "")[0])
		equal(t, "the first message", first.Kind, "group.created")
		equal(t, "its actor", first.ActorID.String(), p[0].id())
		p[0].send(t, id, uuid.NewString(), "welcome")
		for m := s.message(t); m.Content != "welcome"; m = s.message(t) {
		}
	}},
	{"a group needs others, each once, who exist and can be reached", func(t T, e *Env) {
		p := e.crowd(t, 3)
		p[2].block(t, p[0])
		create := func(change object) answer {
			body := object{"name": "Friends", "member_ids": []string{p[1].id()}}
			maps.Copy(body, change)
			return p[0].call(t, http.MethodPost, "/api/conversations/group", body)
		}
		const wrong = http.StatusUnprocessableEntity
		create(object{"member_ids": []string{}}).problem(t, wrong, "validation_failed", "member_ids")
		create(object{"member_ids": []string{p[1].id(), p[1].id()}}).problem(t, wrong, "validation_failed", "member_ids[1]")
		create(object{"member_ids": []string{p[0].id()}}).problem(t, wrong, "validation_failed", "member_ids[0]")
		create(object{"member_ids": []string{p[1].id(), uuid.NewString()}}).problem(t, http.StatusNotFound, "not_found", "member_ids[1]")
		create(object{"member_ids": []string{p[1].id(), p[2].id()}}).problem(t, http.StatusForbidden, "blocked", "member_ids[1]")
		create(object{"member_ids": []string{"nonsense"}}).problem(t, http.StatusBadRequest, "invalid_request", "member_ids")
		for field, value := range map[string]string{
			"name": strings.Repeat("x", 101), "description": strings.Repeat("x", 1001), "avatar_url": "http://example.com/a.png",
		} {
			create(object{field: value}).problem(t, wrong, "validation_failed", field)
		}
		create(object{"name": " \t"}).problem(t, wrong, "validation_failed", "name")
		create(object{"name": "a\u0000b"}).problem(t, wrong, "validation_failed", "name")
	}},
	{"a group has at most as many members as hello says", func(t T, e *Env) {
		u := e.newUser(t)
		s := u.dial(t)
		s.send(t, "auth", "a", object{"token": u.tokens.AccessToken})
		var hello wire.FrameHello
		s.expect(t, "hello").into(t, &hello)
		if hello.Limits.GroupMembers < 2 || hello.Limits.GroupMembers > 10_000 {
			failf(t, "group_members is %d", hello.Limits.GroupMembers)
		}
		many := make([]string, hello.Limits.GroupMembers)
		for i := range many {
			many[i] = uuid.NewString()
		}
		u.call(t, http.MethodPost, "/api/conversations/group", object{"name": "Crowd", "member_ids": many}).
			problem(t, http.StatusUnprocessableEntity, "validation_failed", "member_ids")
	}},
	{"who is added sees what is said from then on, and all where history is visible", func(t T, e *Env) {
		p := e.crowd(t, 3)
		closed, open := p[0].group(t, p[1]), p[0].groupWith(t, object{"history_visible": true}, p[1])
		for _, id := range []string{closed, open} {
			p[0].send(t, id, uuid.NewString(), "before")
			s := p[2].connect(t)
			a := p[0].add(t, id, p[2])
			a.wants(t, http.StatusOK)
			var added wire.MemberList
			a.into(t, &added)
			equal(t, "number of added", len(added.Items), 1)
			equal(t, "their role", added.Items[0].Role, "member")
			s.updated(t, id, func(c wire.Conversation) bool { return c.MemberCount == 3 })
			p[1].send(t, id, uuid.NewString(), "after")
			for m := s.message(t); m.Content != "after"; m = s.message(t) {
			}
			seen := p[2].history(t, id, "")
			equal(t, "the last seen", seen[len(seen)-1].Content, "after")
			if first := seen[0]; id == closed {
				equal(t, "the first seen", event(t, first).Kind, "member.added")
				equal(t, "number of seen", len(seen), 2)
			} else {
				equal(t, "the first seen", event(t, first).Kind, "group.created")
			}
			equal(t, "unread_count", p[2].conversation(t, id).UnreadCount, 1)
		}
	}},
	{"all are added or none", func(t T, e *Env) {
		p := e.crowd(t, 4)
		id := p[0].group(t, p[1])
		p[3].block(t, p[0])
		p[0].add(t, id, p[2], p[1]).problem(t, http.StatusConflict, "already_member", "user_ids[1]")
		p[0].add(t, id, p[2], p[3]).problem(t, http.StatusForbidden, "blocked", "user_ids[1]")
		p[0].call(t, http.MethodPost, "/api/conversations/"+id+"/members", object{"user_ids": []string{p[2].id(), uuid.NewString()}}).
			problem(t, http.StatusNotFound, "not_found", "user_ids[1]")
		p[0].add(t, id).problem(t, http.StatusUnprocessableEntity, "validation_failed", "user_ids")
		equal(t, "member_count", p[0].conversation(t, id).MemberCount, 2)
		p[2].call(t, http.MethodGet, "/api/conversations/"+id, nil).problem(t, http.StatusNotFound, "not_found")
	}},
	{"who is removed hears of it, and of nothing after", func(t T, e *Env) {
		p := e.crowd(t, 3)
		id := p[0].group(t, p[1], p[2])
		aside := p[0].open(t, p[1])
		phone, other := p[1].connect(t), p[2].connect(t)
		elsewhere := (&user{env: e, url: e.nodes[len(e.nodes)-1], tokens: p[1].tokens}).connect(t)
		p[0].remove(t, id, p[1]).wants(t, http.StatusNoContent)
		p[0].send(t, id, uuid.NewString(), "they are gone")
		p[0].send(t, aside, uuid.NewString(), "aside")
		for _, s := range []*socket{phone, elsewhere} {
			equal(t, "whom it was done to", s.told(t, id, "member.removed").UserIds[0].String(), p[1].id())
			s.ended(t, id)
			if m := s.message(t); m.ConversationID.String() != aside {
				failf(t, "after the removal came %+v", m)
			}
		}
		other.told(t, id, "member.removed")
		equal(t, "the next message of another", other.message(t).Content, "they are gone")
		equal(t, "member_count", p[2].conversation(t, id).MemberCount, 2)
		for _, path := range []string{"", "/messages", "/members", "/invitations"} {
			p[1].call(t, http.MethodGet, "/api/conversations/"+id+path, nil).problem(t, http.StatusNotFound, "not_found")
		}
		p[1].call(t, http.MethodPost, "/api/conversations/"+id+"/messages", object{"client_msg_id": uuid.NewString(), "content": "hey"}).
			problem(t, http.StatusNotFound, "not_found")
		page := p[1].syncHTTP(t, object{"known": []object{{"conversation_id": id, "seq": 1}}})
		equal(t, "number of removed", len(page.RemovedIds), 1)
		for _, m := range page.Messages {
			if m.ConversationID.String() == id {
				failf(t, "sync brought %+v", m)
			}
		}
	}},
	{"who comes back sees what is said from then on", func(t T, e *Env) {
		p := e.crowd(t, 2)
		id := p[0].group(t, p[1])
		s := p[1].connect(t)
		p[0].remove(t, id, p[1]).wants(t, http.StatusNoContent)
		s.ended(t, id)
		p[0].send(t, id, uuid.NewString(), "between")
		p[0].add(t, id, p[1]).wants(t, http.StatusOK)
		s.updated(t, id, func(wire.Conversation) bool { return true })
		p[0].send(t, id, uuid.NewString(), "back")
		for m := s.message(t); m.Content != "back"; m = s.message(t) {
			if m.Content == "between" {
				failf(t, "what was said between was heard")
			}
		}
		for _, seen := range [][]wire.Message{p[1].history(t, id, ""), p[1].syncHTTP(t, object{}).Messages} {
			for _, m := range seen {
				if m.Content == "between" || m.ConversationID.String() == id && m.Content == "" {
					failf(t, "what was said between is seen")
				}
			}
			equal(t, "the last seen", seen[len(seen)-1].Content, "back")
		}
	}},
	{"a group's changes are messages, and only who may makes them", func(t T, e *Env) {
		p := e.crowd(t, 2)
		id := p[0].group(t, p[1])
		s := p[1].connect(t)
		change := func(by *user, body object) answer { return by.call(t, http.MethodPut, "/api/conversations/"+id, body) }
		a := change(p[0], object{"name": " Best friends ", "description": "d", "avatar_url": "https://example.com/b.png", "history_visible": true})
		a.wants(t, http.StatusOK)
		equal(t, "the new name", s.told(t, id, "conversation.renamed").Name, "Best friends")
		s.told(t, id, "conversation.described")
		s.told(t, id, "conversation.avatar")
		equal(t, "visible", s.told(t, id, "conversation.history").Visible, true)
		s.updated(t, id, func(c wire.Conversation) bool {
			return c.Name == "Best friends" && c.Description == "d" && c.AvatarURL != "" && c.HistoryVisible
		})
		before := p[0].conversation(t, id).LastSeq
		change(p[0], object{"name": "Best friends"}).wants(t, http.StatusOK)
		change(p[0], object{"avatar_url": "", "description": ""}).wants(t, http.StatusOK)
		equal(t, "messages of three fields, one unchanged", p[0].conversation(t, id).LastSeq-before, 2)
		equal(t, "the description", p[1].conversation(t, id).Description, "")
		change(p[0], object{"name": ""}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "name")
		change(p[1], object{"name": "Mine"}).problem(t, http.StatusForbidden, "forbidden")
		change(e.newUser(t), object{"name": "Mine"}).problem(t, http.StatusNotFound, "not_found")
	}},
	{"each role may do what it may, and strangers learn of nothing", func(t T, e *Env) {
		p := e.crowd(t, 5) // owner, two admins, member, stranger
		id := p[0].group(t, p[1], p[2], p[3])
		for _, admin := range p[1:3] {
			p[0].setRole(t, id, admin, "admin").wants(t, http.StatusOK)
		}
		equal(t, "an admin's permissions", strings.Join(p[1].conversation(t, id).MyPermissions, " "),
			"send mention_all update invite add_members remove_members")
		const no, none = http.StatusForbidden, http.StatusNotFound
		p[1].remove(t, id, p[2]).problem(t, no, "forbidden")
		p[1].remove(t, id, p[0]).problem(t, no, "forbidden")
		p[1].setRole(t, id, p[3], "admin").problem(t, no, "forbidden")
		p[1].call(t, http.MethodDelete, "/api/conversations/"+id, nil).problem(t, no, "forbidden")
		p[1].call(t, http.MethodPost, "/api/conversations/"+id+"/owner", object{"user_id": p[1].id()}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "user_id")
		p[1].call(t, http.MethodPost, "/api/conversations/"+id+"/owner", object{"user_id": p[2].id()}).problem(t, no, "forbidden")
		p[3].add(t, id, p[4]).problem(t, no, "forbidden")
		p[3].remove(t, id, p[2]).problem(t, no, "forbidden")
		p[3].call(t, http.MethodGet, "/api/conversations/"+id+"/invitations", nil).problem(t, no, "forbidden")
		p[4].add(t, id, p[4]).problem(t, http.StatusUnprocessableEntity, "validation_failed")
		p[4].remove(t, id, p[3]).problem(t, none, "not_found")
		p[4].remove(t, id, p[4]).problem(t, none, "not_found")
		p[4].setRole(t, id, p[3], "admin").problem(t, none, "not_found")
		p[0].remove(t, id, p[4]).problem(t, none, "not_found")
		p[0].setRole(t, id, p[4], "admin").problem(t, none, "not_found")
		p[0].setRole(t, id, p[3], "owner").problem(t, http.StatusUnprocessableEntity, "validation_failed", "role")
		p[0].setRole(t, id, p[0], "member").problem(t, http.StatusConflict, "last_owner")
		direct := p[0].open(t, p[1])
		p[0].call(t, http.MethodDelete, "/api/conversations/"+direct, nil).problem(t, no, "forbidden")
		p[0].call(t, http.MethodPut, "/api/conversations/"+direct, object{"name": "x"}).problem(t, no, "forbidden")
		p[0].remove(t, direct, p[0]).problem(t, no, "forbidden")
		p[0].setRole(t, id, p[1], "member").wants(t, http.StatusOK)
		p[1].add(t, id, p[4]).problem(t, no, "forbidden")
	}},
	{"a role is shown to whom it is given", func(t T, e *Env) {
		p := e.crowd(t, 2)
		id := p[0].group(t, p[1])
		s := p[1].connect(t)
		a := p[0].setRole(t, id, p[1], "admin")
		a.wants(t, http.StatusOK)
		var m wire.Member
		a.into(t, &m)
		equal(t, "role", m.Role, "admin")
		equal(t, "the role told", s.told(t, id, "member.role").Role, "admin")
		s.updated(t, id, func(c wire.Conversation) bool { return c.MyRole == "admin" && len(c.MyPermissions) == 6 })
		p[0].setRole(t, id, p[1], "admin").wants(t, http.StatusOK) // again is no news
		equal(t, "messages", len(p[0].history(t, id, "")), 3)
	}},
	{"the owner leaves when somebody else owns the group, and the last one ends it", func(t T, e *Env) {
		p := e.crowd(t, 2)
		id := p[0].group(t, p[1])
		s := p[1].connect(t)
		p[0].remove(t, id, p[0]).problem(t, http.StatusConflict, "last_owner")
		p[0].call(t, http.MethodPost, "/api/conversations/"+id+"/owner", object{"user_id": uuid.NewString()}).problem(t, http.StatusNotFound, "not_found")
		a := p[0].call(t, http.MethodPost, "/api/conversations/"+id+"/owner", object{"user_id": p[1].id()})
		a.wants(t, http.StatusOK)
		var c wire.Conversation
		a.into(t, &c)
		equal(t, "the role after", c.MyRole, "admin")
		equal(t, "the new owner", s.told(t, id, "owner.changed").UserIds[0].String(), p[1].id())
		p[0].remove(t, id, p[0]).wants(t, http.StatusNoContent)
		equal(t, "who left", s.told(t, id, "member.left").ActorID.String(), p[0].id())
		p[1].remove(t, id, p[1]).wants(t, http.StatusNoContent)
		s.ended(t, id)
		p[1].call(t, http.MethodGet, "/api/conversations/"+id, nil).problem(t, http.StatusNotFound, "not_found")
	}},
	{"a deleted group is gone for all", func(t T, e *Env) {
		p := e.crowd(t, 3)
		id := p[0].group(t, p[1], p[2])
		sockets := []*socket{p[0].connect(t), p[1].connect(t), p[2].connect(t)}
		p[0].call(t, http.MethodDelete, "/api/conversations/"+id, nil).wants(t, http.StatusNoContent)
		for i, s := range sockets {
			s.ended(t, id)
			p[i].call(t, http.MethodGet, "/api/conversations/"+id, nil).problem(t, http.StatusNotFound, "not_found")
			equal(t, "number of removed", len(p[i].syncHTTP(t, object{"known": []object{{"conversation_id": id, "seq": 1}}}).RemovedIds), 1)
		}
		p[0].call(t, http.MethodDelete, "/api/conversations/"+id, nil).problem(t, http.StatusNotFound, "not_found")
	}},
	{"the group of a deleted account finds another owner", func(t T, e *Env) {
		p := e.crowd(t, 3)
		id := p[0].group(t, p[1], p[2])
		p[0].setRole(t, id, p[2], "admin").wants(t, http.StatusOK)
		s := p[1].connect(t)
		p[0].delete(t)
		equal(t, "the new owner", s.told(t, id, "owner.changed").UserIds[0].String(), p[2].id())
		s.told(t, id, "member.left")
		equal(t, "the role", p[2].conversation(t, id).MyRole, "owner")
		equal(t, "member_count", p[1].conversation(t, id).MemberCount, 2)
	}},
	{"groups are found by name, description and member, and members by their names", func(t T, e *Env) {
		p := e.crowd(t, 3)
		word := "g" + strings.ReplaceAll(uuid.NewString(), "-", "")
		id := p[0].groupWith(t, object{"name": "Walks " + word, "description": "with " + word + "d"}, p[1])
		p[0].group(t, p[2])
		name := p[1].tokens.User.Username
		for _, q := range []string{"walks+" + word, word + "d", name, strings.ToUpper(name)} {
			found := p[0].list(t, "?q="+q)
			equal(t, "number found by "+q, len(found), 1)
			equal(t, "found by "+q, found[0], id)
		}
		equal(t, "number found by nonsense", len(p[0].list(t, "?q=zz"+word)), 0)
		equal(t, "number found by a stranger", len(p[2].list(t, "?q="+name)), 0)
		a := p[0].call(t, http.MethodGet, "/api/conversations/"+id+"/members?q="+name, nil)
		a.wants(t, http.StatusOK)
		var members wire.MemberList
		a.into(t, &members)
		equal(t, "number of members found", len(members.Items), 1)
		equal(t, "the member", members.Items[0].UserID.String(), p[1].id())
		p[0].call(t, http.MethodGet, "/api/conversations/"+id+"/members?q=", nil).problem(t, http.StatusUnprocessableEntity, "validation_failed", "q")
	}},
}

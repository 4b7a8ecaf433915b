package conformance

import (
	"net/http"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

var presenceChecks = []Check{
	{"presence follows a person's connections", func(t T, e *Env) {
		a, b, _ := e.newPair(t)
		equal(t, "the status before", a.presence(t, b.id()).Status, "offline")
		phone, laptop := b.connect(t), b.connect(t)
		a.awaitPresence(t, b, "online")
		equal(t, "one's own status", b.presence(t, b.id()).Status, "online")
		before := time.Now().Add(-time.Minute)
		check(t, phone.ws.Close())
		check(t, laptop.ws.Close())
		p := a.awaitPresence(t, b, "offline")
		if p.LastSeen == nil || p.LastSeen.Time().Before(before) {
			failf(t, "who just left was last seen %v", p.LastSeen)
		}
	}},
	{"presence is for those who share a conversation", func(t T, e *Env) {
		a, b, _ := e.newPair(t)
		stranger := e.newUser(t)
		b.connect(t)
		a.awaitPresence(t, b, "online")
		for _, id := range []string{b.id(), uuid.NewString()} {
			p := stranger.presence(t, id)
			equal(t, "the status of a stranger", p.Status, "unknown")
			if p.LastSeen != nil {
				failf(t, "a stranger's last_seen is shown")
			}
		}
		a.call(t, http.MethodGet, "/api/users/nonsense/presence", nil).problem(t, http.StatusNotFound, "not_found")
	}},
	{"presence of many people comes in the order of the request", func(t T, e *Env) {
		a, b, _ := e.newPair(t)
		c := e.newUser(t)
		a.open(t, c)
		stranger := e.newUser(t)
		b.connect(t)
		a.awaitPresence(t, b, "online")
		ids := []string{c.id(), stranger.id(), b.id(), c.id(), uuid.NewString()}
		answer := a.call(t, http.MethodPost, "/api/presence/query", object{"user_ids": ids})
		answer.wants(t, http.StatusOK)
		var list wire.PresenceList
		answer.into(t, &list)
		equal(t, "number of items", len(list.Items), len(ids))
		for i, want := range []string{"offline", "unknown", "online", "offline", "unknown"} {
			equal(t, "user_id", list.Items[i].UserID.String(), ids[i])
			equal(t, "status", list.Items[i].Status, want)
		}
	}},
	{"bad questions about presence are refused", func(t T, e *Env) {
		u := e.newUser(t)
		query := func(body any) answer { return u.call(t, http.MethodPost, "/api/presence/query", body) }
		query(object{"user_ids": ids(201)}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "user_ids")
		query(object{"user_ids": ids(0)}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "user_ids")
		query(object{}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "user_ids")
		query(object{"user_ids": "all"}).problem(t, http.StatusBadRequest, "invalid_request", "user_ids")
		query(object{"user_ids": []string{"nonsense"}}).problem(t, http.StatusBadRequest, "invalid_request")
		s := u.connect(t)
		for _, frameType := range []string{"presence.sub", "presence.unsub"} {
			s.send(t, frameType, "p", object{"user_ids": ids(201)})
			s.refused(t, "p", "validation_failed")
			s.send(t, frameType, "p", object{"user_ids": ids(0)})
			s.refused(t, "p", "validation_failed")
			s.send(t, frameType, "p", object{"user_ids": []string{"nonsense"}})
			s.refused(t, "p", "invalid_request")
		}
		for range 5 {
			s.send(t, "presence.sub", "p", object{"user_ids": ids(200)})
			for range 200 {
				s.expect(t, "presence")
			}
		}
		s.send(t, "presence.sub", "p", object{"user_ids": ids(1)})
		s.refused(t, "p", "validation_failed")
	}},
	{"who subscribes is shown what is and what changes", func(t T, e *Env) {
		a, b, _ := e.newPair(t)
		stranger := e.newUser(t)
		s := a.connect(t)
		s.send(t, "presence.sub", "p1", object{"user_ids": []string{b.id(), stranger.id()}})
		equal(t, "the first status", s.presence(t, b, "p1").Status, "offline")
		equal(t, "a stranger's status", s.presence(t, stranger, "p1").Status, "unknown")
		connection := b.connect(t)
		stranger.connect(t) // not shown
		equal(t, "the status after connecting", s.presence(t, b, "").Status, "online")
		check(t, connection.ws.Close())
		p := s.presence(t, b, "")
		equal(t, "the status after leaving", p.Status, "offline")
		if p.LastSeen == nil {
			failf(t, "the last_seen of who just left is missing")
		}
	}},
	{"who unsubscribes is shown nothing more", func(t T, e *Env) {
		a, b, _ := e.newPair(t)
		c := e.newUser(t)
		a.open(t, c)
		s := a.connect(t)
		s.send(t, "presence.sub", "p1", object{"user_ids": []string{b.id(), c.id()}})
		s.presence(t, b, "p1")
		s.presence(t, c, "p1")
		s.send(t, "presence.unsub", "p2", object{"user_ids": []string{b.id()}})
		b.connect(t)
		a.awaitPresence(t, b, "online")
		c.connect(t)
		equal(t, "the next status", s.presence(t, c, "").Status, "online")
	}},
	{"who is blocked is shown nothing more", func(t T, e *Env) {
		a, b, _ := e.newPair(t)
		b.connect(t)
		a.awaitPresence(t, b, "online")
		s := a.connect(t)
		s.send(t, "presence.sub", "p1", object{"user_ids": []string{b.id()}})
		equal(t, "the first status", s.presence(t, b, "p1").Status, "online")
		b.call(t, http.MethodPut, "/api/blocks/"+a.id(), nil).wants(t, http.StatusNoContent)
		equal(t, "the status of who blocked", s.presence(t, b, "").Status, "unknown")
		equal(t, "the status asked for", a.presence(t, b.id()).Status, "unknown")
		b.awaitPresence(t, a, "online") // one way only
		b.call(t, http.MethodDelete, "/api/blocks/"+a.id(), nil).wants(t, http.StatusNoContent)
		equal(t, "the status after the block", s.presence(t, b, "").Status, "online")
	}},
	{"last_seen is shared both ways or not at all", func(t T, e *Env) {
		a, b, _ := e.newPair(t)
		for _, u := range []*user{a, b} {
			connection := u.connect(t)
			u.awaitPresence(t, u, "online")
			check(t, connection.ws.Close())
		}
		seen := func(viewer, of *user) bool { return viewer.awaitPresence(t, of, "offline").LastSeen != nil }
		equal(t, "last_seen is shown", seen(a, b) && seen(b, a), true)
		hide := object{"privacy": object{"last_seen": false}}
		b.call(t, http.MethodPatch, "/api/me", hide).wants(t, http.StatusOK)
		equal(t, "last_seen of who hides it is shown", seen(a, b), false)
		equal(t, "last_seen is shown to who hides theirs", seen(b, a), false)
	}},
	{"a short absence is not shown", func(t T, e *Env) {
		a, b, _ := e.newPair(t)
		c := e.newUser(t)
		a.open(t, c)
		connection := b.connect(t)
		a.awaitPresence(t, b, "online")
		s := a.connect(t)
		s.send(t, "presence.sub", "p1", object{"user_ids": []string{b.id(), c.id()}})
		equal(t, "the first status", s.presence(t, b, "p1").Status, "online")
		s.presence(t, c, "p1")
		for range 3 {
			check(t, connection.ws.Close())
			connection = b.connect(t)
		}
		c.connect(t)
		equal(t, "the next status", s.presence(t, c, "").Status, "online")
	}},
}

func ids(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = uuid.NewString()
	}
	return list
}

// presence asks for one person's presence.
func (u *user) presence(t T, id string) wire.Presence {
	t.Helper()
	a := u.call(t, http.MethodGet, "/api/users/"+id+"/presence", nil)
	a.wants(t, http.StatusOK)
	var p wire.Presence
	a.into(t, &p)
	equal(t, "user_id", p.UserID.String(), id)
	return p
}

// awaitPresence asks until a person has a status.
func (u *user) awaitPresence(t T, of *user, status string) wire.Presence {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		p := u.presence(t, of.id())
		if p.Status == status {
			return p
		}
		if time.Now().After(deadline) {
			failf(t, "the status stays %s, want %s", p.Status, status)
		}
	}
}

// presence returns the next presence frame, which must be of a person.
func (s *socket) presence(t T, of *user, re string) wire.Presence {
	t.Helper()
	f := s.expect(t, "presence")
	equal(t, "re", f.Re, re)
	var p wire.Presence
	f.into(t, &p)
	equal(t, "user_id of the frame", p.UserID.String(), of.id())
	return p
}

package conformance

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

var listChecks = []Check{
	{"settings are stored and shown to one's own devices on every node, not to others", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		sb := b.connect(t)
		var devices []*socket
		for _, node := range e.nodes {
			device := *a
			device.url = node
			devices = append(devices, device.connect(t))
		}
		until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
		c := a.set(t, id, object{"notifications": "mentions", "pinned": true, "archived": false, "muted_until": until})
		for _, s := range devices {
			var seen wire.Conversation
			s.expect(t, "conversation.updated").into(t, &seen)
			equal(t, "id", seen.ID, c.ID)
			equal(t, "pinned of the frame", seen.Settings.Pinned, true)
		}
		for _, got := range []wire.Conversation{c, a.conversation(t, id)} {
			equal(t, "notifications", got.Settings.Notifications, "mentions")
			equal(t, "pinned", got.Settings.Pinned, true)
			equal(t, "archived", got.Settings.Archived, false)
			equal(t, "muted_until", got.Settings.MutedUntil.Time().Unix(), until.Unix())
		}
		a.send(t, id, uuid.NewString(), "hello")
		equal(t, "the other's first frame", sb.next(t).Type, "message.new")
		equal(t, "the other's settings", b.conversation(t, id).Settings, wire.ConversationSettings{Notifications: "all"})
		c = a.set(t, id, object{"notifications": "all", "pinned": false, "archived": false, "muted_until": "2001-01-01T00:00:00Z"})
		equal(t, "the settings", c.Settings, wire.ConversationSettings{Notifications: "all"})
	}},
	{"settings that are no settings are refused, each by name", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		path := "/api/conversations/" + id + "/settings"
		put := func(body any) answer { return a.call(t, http.MethodPut, path, body) }
		put(object{}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "notifications", "pinned", "archived")
		put(object{"notifications": "loud", "pinned": true}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "notifications", "archived")
		put(object{"notifications": "all", "pinned": true, "archived": true, "muted_until": "9999-12-31T23:59:59-12:00"}).
			problem(t, http.StatusUnprocessableEntity, "validation_failed", "muted_until")
		put(object{"notifications": "all", "pinned": 1, "archived": true}).problem(t, http.StatusBadRequest, "invalid_request", "pinned")
		put(object{"notifications": "all", "pinned": true, "archived": true, "muted_until": "tomorrow"}).problem(t, http.StatusBadRequest, "invalid_request")
		put(object{"notifications": "all", "pinned": true, "archived": true, "colour": "red"}).problem(t, http.StatusBadRequest, "invalid_request")
		good := object{"notifications": "all", "pinned": true, "archived": true}
		e.newUser(t).call(t, http.MethodPut, path, good).problem(t, http.StatusNotFound, "not_found")
		a.call(t, http.MethodPut, "/api/conversations/"+uuid.NewString()+"/settings", good).problem(t, http.StatusNotFound, "not_found")
		(&user{env: e, url: a.url}).call(t, http.MethodPut, path, good).problem(t, http.StatusUnauthorized, "unauthenticated")
		equal(t, "pinned", a.conversation(t, id).Settings.Pinned, false)
	}},
	{"pinned conversations lead the list, page by page", func(t T, e *Env) {
		a := e.newUser(t)
		var ids []string // the latest last
		for range 5 {
			ids = append(ids, a.open(t, e.newUser(t)))
		}
		a.pin(t, ids[0])
		a.pin(t, ids[2])
		want := strings.Join([]string{ids[2], ids[0], ids[4], ids[3], ids[1]}, " ")
		equal(t, "the list", strings.Join(a.list(t, "?limit=2"), " "), want)
		equal(t, "the list on one page", strings.Join(a.list(t, ""), " "), want)
	}},
	{"an archived conversation is hidden until somebody writes, a muted one stays", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		b.send(t, id, uuid.NewString(), "before")
		put := func(archived bool, more object) {
			body := object{"notifications": "all", "pinned": false, "archived": archived}
			maps.Copy(body, more)
			equal(t, "archived", a.set(t, id, body).Settings.Archived, archived)
		}
		hidden := func(want bool) {
			t.Helper()
			equal(t, "listed", len(a.list(t, "")) == 0, want)
			equal(t, "listed in the archive", len(a.list(t, "?filter=archived")) == 1, want)
			equal(t, "archived", a.conversation(t, id).Settings.Archived, want)
		}
		put(true, nil)
		hidden(true)
		b.send(t, id, uuid.NewString(), "are you there?")
		hidden(false)
		put(true, nil)
		hidden(true)
		put(true, object{"muted_until": time.Now().Add(time.Hour)})
		b.send(t, id, uuid.NewString(), "hello?")
		hidden(true)
		put(true, object{"notifications": "none"})
		b.send(t, id, uuid.NewString(), "hello??")
		hidden(true)
		put(false, nil)
		hidden(false)
	}},
	{"the list is filtered", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		quiet := a.open(t, e.newUser(t))
		b.send(t, id, uuid.NewString(), "hello")
		both := id + " " + quiet
		for query, want := range map[string]string{
			"?filter=unread": id, "?filter=direct": both, "?filter=group": "", "?filter=direct,group": both, "?filter=": both,
			"?filter=unread,direct": id, "?filter=unread,group": "", "?filter=archived": "", "?filter=unread,archived,direct": "",
		} {
			equal(t, "the list of "+query, strings.Join(a.list(t, query), " "), want)
		}
		for _, bad := range []string{"read", "unread,", "Unread", "unread, direct", ","} {
			a.call(t, http.MethodGet, "/api/conversations?filter="+url.QueryEscape(bad), nil).
				problem(t, http.StatusUnprocessableEntity, "validation_failed", "filter")
		}
	}},
	{"the list is searched by the other person's names", func(t T, e *Env) {
		a, b := e.newUser(t), &user{env: e, url: e.nodes[0]}
		name := e.username()
		answer := b.call(t, http.MethodPost, "/api/auth/register", object{"username": name, "password": password, "display_name": "Zoë Ångström 王小明"})
		answer.wants(t, http.StatusCreated)
		answer.into(t, &b.tokens)
		id := a.open(t, b)
		a.open(t, e.newUser(t))
		for q, found := range map[string]bool{
			name: true, strings.ToUpper(name): true, "zoë": true, "ång": true, "ång zo": true, "王小": true, "小明": true, "小明 zo": true,
			"ström": false, "zoë 李": false, "%": false, "_": false, "🙂": false, a.tokens.User.Username: false,
		} {
			want := ""
			if found {
				want = id
			}
			equal(t, "the list of "+q, strings.Join(a.list(t, "?q="+url.QueryEscape(q)), " "), want)
		}
		equal(t, "the list of what is found and unread", len(a.list(t, "?filter=unread&q="+name)), 0)
		for _, bad := range []string{"", "%20", "a%00b", "%FF", strings.Repeat("x", 101)} {
			a.call(t, http.MethodGet, "/api/conversations?q="+bad, nil).problem(t, http.StatusUnprocessableEntity, "validation_failed", "q")
		}
	}},
	{"a cursor goes on with the same question only", func(t T, e *Env) {
		a := e.newUser(t)
		a.open(t, e.newUser(t))
		answer := a.call(t, http.MethodGet, "/api/conversations?limit=1&filter=direct", nil)
		answer.wants(t, http.StatusOK)
		var list wire.ConversationList
		answer.into(t, &list)
		a.call(t, http.MethodGet, "/api/conversations?filter=direct&cursor="+*list.NextCursor, nil).wants(t, http.StatusOK)
		for _, other := range []string{"", "filter=group&", "filter=direct&q=x&", "filter=direct,unread&"} {
			a.call(t, http.MethodGet, "/api/conversations?"+other+"cursor="+*list.NextCursor, nil).
				problem(t, http.StatusUnprocessableEntity, "validation_failed", "cursor")
		}
	}},
	{"unread counts what others wrote, on every device alike, and never comes back", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		other := *a // the same person at another node
		other.url = b.url
		expect := func(unread, first int64) {
			t.Helper()
			for _, device := range []*user{a, &other} {
				c := device.conversation(t, id)
				equal(t, "unread_count", c.UnreadCount, unread)
				equal(t, "first_unread_seq", c.FirstUnreadSeq, first)
				page := device.syncHTTP(t, object{})
				equal(t, "unread_count of a sync", page.Conversations[0].UnreadCount, unread)
				equal(t, "first_unread_seq of a sync", page.Conversations[0].FirstUnreadSeq, first)
			}
		}
		read := func(device *user, seq int64) {
			device.call(t, http.MethodPost, "/api/conversations/"+id+"/read", object{"seq": seq}).wants(t, http.StatusNoContent)
		}
		expect(0, 0)
		for range 3 {
			b.send(t, id, uuid.NewString(), "hello")
		}
		expect(3, 1)
		read(a, 2)
		expect(1, 3)
		read(&other, 1) // an older device
		expect(1, 3)
		read(&other, 3)
		expect(0, 0)
		b.send(t, id, uuid.NewString(), "and this")
		a.send(t, id, uuid.NewString(), "I have seen it") // at once: its cursor is on the way
		b.send(t, id, uuid.NewString(), "good")
		expect(1, 6)
		a.send(t, id, uuid.NewString(), "one")
		a.send(t, id, uuid.NewString(), "two")
		expect(0, 0)
		read(&other, 1)
		expect(0, 0)
	}},
}

// set replaces the settings of a conversation.
func (u *user) set(t T, id string, settings object) wire.Conversation {
	t.Helper()
	a := u.call(t, http.MethodPut, "/api/conversations/"+id+"/settings", settings)
	a.wants(t, http.StatusOK)
	var c wire.Conversation
	a.into(t, &c)
	return c
}

func (u *user) pin(t T, id string) {
	t.Helper()
	equal(t, "pinned", u.set(t, id, object{"notifications": "all", "pinned": true, "archived": false}).Settings.Pinned, true)
}

// list returns the ids of all pages of the list of conversations.
func (u *user) list(t T, query string) []string {
	t.Helper()
	ids := []string{}
	for path := "/api/conversations" + query; ; {
		a := u.call(t, http.MethodGet, path, nil)
		a.wants(t, http.StatusOK)
		var list wire.ConversationList
		a.into(t, &list)
		for _, c := range list.Items {
			ids = append(ids, c.ID.String())
		}
		if list.NextCursor == nil || len(ids) > 1000 {
			return ids
		}
		path = "/api/conversations?" + strings.TrimPrefix(query, "?") + "&cursor=" + *list.NextCursor
	}
}

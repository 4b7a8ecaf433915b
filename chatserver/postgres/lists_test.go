package postgres_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// group makes a group of some people, as its owner's client would.
func (d *database) group(t testing.TB, name string, people ...uuid.UUID) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	d.exec(t, "INSERT INTO conversations (id, kind, name, created_by) VALUES ($1, 'group', $2, $3)", id, name, people[0])
	d.exec(t, "INSERT INTO conversation_heads (conversation_id) VALUES ($1)", id)
	d.exec(t, "INSERT INTO members (conversation_id, user_id, role) SELECT $1, unnest($2::uuid[]), 'member'", id, people)
	return id
}

func (d *database) settle(t testing.TB, person, conversation uuid.UUID, settings chat.Settings) {
	t.Helper()
	if settings.Notifications == "" {
		settings.Notifications = chat.NotifyAll
	}
	if err := d.SetSettings(context.Background(), conversation, person, settings); err != nil {
		t.Fatal(err)
	}
}

// list returns the ids of all pages of someone's list.
func (d *database) list(t testing.TB, viewer uuid.UUID, q chat.ListQuery) []uuid.UUID {
	t.Helper()
	ids := []uuid.UUID{}
	if q.Limit == 0 {
		q.Limit = 100
	}
	for {
		page, err := d.List(context.Background(), viewer, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page {
			ids = append(ids, c.ID)
		}
		if len(page) < q.Limit {
			return ids
		}
		position := page[len(page)-1].Position()
		q.After = &position
	}
}

func TestAListHasPinnedConversationsFirst(t *testing.T) {
	t.Parallel()
	d := open(t)
	ann := d.person(t, "ann")
	var rooms []uuid.UUID
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		rooms = append(rooms, d.group(t, name, ann))
	}
	// All at one moment but the last, so that ids decide.
	d.exec(t, "UPDATE conversation_heads SET last_message_at = '2031-01-01'")
	d.say(t, draft(rooms[5], ann, "now, which is before 2031"))
	d.settle(t, ann, rooms[5], chat.Settings{Pinned: true})
	d.settle(t, ann, rooms[1], chat.Settings{Pinned: true})
	want := []uuid.UUID{rooms[1], rooms[5], rooms[4], rooms[3], rooms[2], rooms[0]}
	for limit := range 8 {
		if got := d.list(t, ann, chat.ListQuery{Limit: limit}); !slices.Equal(got, want) {
			t.Errorf("in pages of %d: %v, want %v", limit, got, want)
		}
	}
	// A sync walks by activity alone.
	views, err := d.Views(t.Context(), ann, nil, 10)
	if err != nil || views[0].ID != rooms[4] || views[5].ID != rooms[5] {
		t.Errorf("got %v, %v", views, err)
	}
}

func TestAListIsFiltered(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	crew := k.group(t, "crew", k.ann, k.bob)
	quiet := k.direct(t, k.ann, k.eve)
	k.say(t, draft(quiet, k.ann, "my own"), draft(crew, k.bob, "hello"), draft(k.room, k.bob, "hello"))
	away := k.group(t, "away", k.ann, k.bob)
	k.say(t, draft(away, k.bob, "hello"))
	k.settle(t, k.ann, away, chat.Settings{Archived: true})
	for _, c := range []struct {
		filter chat.ListFilter
		want   []uuid.UUID
	}{
		{chat.ListFilter{}, []uuid.UUID{k.room, crew, quiet}},
		{chat.ListFilter{Unread: true}, []uuid.UUID{k.room, crew}},
		{chat.ListFilter{Direct: true}, []uuid.UUID{k.room, quiet}},
		{chat.ListFilter{Group: true}, []uuid.UUID{crew}},
		{chat.ListFilter{Direct: true, Group: true}, []uuid.UUID{k.room, crew, quiet}},
		{chat.ListFilter{Direct: true, Unread: true}, []uuid.UUID{k.room}},
		{chat.ListFilter{Archived: true}, []uuid.UUID{away}},
		{chat.ListFilter{Archived: true, Unread: true, Group: true}, []uuid.UUID{away}},
		{chat.ListFilter{Archived: true, Direct: true}, nil},
	} {
		got := k.list(t, k.ann, chat.ListQuery{Filter: c.filter, Limit: 2})
		slices.SortFunc(got, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
		slices.SortFunc(c.want, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: got %v, want %v", c.filter, got, c.want)
		}
	}
}

func TestAListIsSearchedByNames(t *testing.T) {
	t.Parallel()
	d := open(t)
	ann := d.person(t, "ann")
	names := map[uuid.UUID]string{}
	for username, display := range map[string]string{
		"per.cent": "100% sure", "wang.xiaoming": "王小明", "elodie": "Élodie Ñuñez", "tanaka": "田中さくら", "kim": "김민수",
	} {
		peer := d.person(t, username)
		d.exec(t, "UPDATE users SET display_name = $1 WHERE id = $2", display, peer)
		names[d.direct(t, ann, peer)] = username
	}
	for _, name := range []string{"Release planning", "发布计划 (release)", "Ops & on-call", "🙂", "O'Brien's 50_50", "小明的 group"} {
		names[d.group(t, name, ann, d.person(t, uuid.NewString()[:8]))] = name
	}
	d.direct(t, d.person(t, "release.manager"), d.person(t, "wang2")) // not ann's
	for query, want := range map[string][]string{
		"rel":          {"Release planning", "发布计划 (release)"},
		"plan REL":     {"Release planning"},
		"lanning":      nil, // not a beginning
		"计划":           {"发布计划 (release)"},
		"计划 rel":       {"发布计划 (release)"},
		"计划 ops":       nil,
		"小明":           {"wang.xiaoming", "小明的 group"},
		"明":            {"wang.xiaoming", "小明的 group"},
		"さくら":          {"tanaka"},
		"민수":           {"kim"},
		"wang.xiao":    {"wang.xiaoming"},
		"WANG":         {"wang.xiaoming"},
		"xiaoming":     nil, // of a username, only the beginning
		"élo":          {"elodie"},
		"ÑUÑ":          {"elodie"},
		"per_c":        nil,
		"100%":         {"per.cent"},
		"🙂":            {"🙂"},
		"%":            {"per.cent"},
		"_":            {"O'Brien's 50_50"},
		`\`:            nil,
		"50_5":         {"O'Brien's 50_50"},
		"o'bri":        {"O'Brien's 50_50"},
		"on-call":      {"Ops & on-call"},
		"ops | 计划":     nil, // no operators
		"!ops":         {"Ops & on-call"},
		"group":        {"小明的 group"},
		"ann":          nil, // oneself is not the name of a conversation
		"' OR true --": nil,
	} {
		var got []string
		for _, id := range d.list(t, ann, chat.ListQuery{Search: query}) {
			got = append(got, names[id])
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
}

func TestWhatIsSaidBringsAnArchivedConversationBack(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	conn := k.session(t)
	archived := func() bool {
		t.Helper()
		c := k.view(t, k.ann, k.room).Settings.Archived
		if in := len(k.list(t, k.ann, chat.ListQuery{Filter: chat.ListFilter{Archived: true}})) == 1; in != c {
			t.Errorf("archived is %t, and in the archive %t", c, in)
		}
		return c
	}
	step := func(name string, want bool) {
		t.Helper()
		if archived() != want {
			t.Errorf("%s: archived is %t", name, !want)
		}
	}
	k.say(t, draft(k.room, k.bob, "before"))
	k.settle(t, k.ann, k.room, chat.Settings{Archived: true})
	step("archived", true)
	must(t, notice(t.Context(), conn, k.room, uuid.New()))
	step("after a notice", true)
	k.say(t, draft(k.room, k.bob, "after"))
	step("after a message", false)
	k.settle(t, k.ann, k.room, chat.Settings{Archived: true, MutedUntil: time.Now().Add(time.Hour)})
	k.say(t, draft(k.room, k.bob, "muted"))
	step("muted", true)
	k.exec(t, "UPDATE members SET muted_until = now() - interval '1 second'")
	step("when the mute is over", false)
	k.settle(t, k.ann, k.room, chat.Settings{Archived: true, Notifications: chat.NotifyNone})
	k.say(t, draft(k.room, k.bob, "not notified"))
	step("without notifications", true)
	k.settle(t, k.ann, k.room, chat.Settings{Archived: true})
	step("archived once more", true)
	k.say(t, draft(k.room, k.ann, "my own"))
	step("after one's own message", false)
	if k.view(t, k.bob, k.room).Settings.Archived {
		t.Error("bob's is archived")
	}
}

func TestSettingsOfAStrangerAreNotStored(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	for _, room := range []uuid.UUID{k.room, uuid.New()} {
		if err := k.SetSettings(t.Context(), room, k.eve, chat.Settings{Notifications: chat.NotifyAll}); chat.CodeOf(err) != chat.CodeNotFound {
			t.Errorf("got %v", err)
		}
	}
}

// A cursor that was lost with its node leaves no own message unread, nor what
// was there before it.
func TestOwnMessagesAreRead(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.say(t, draft(k.room, k.bob, "1"), draft(k.room, k.ann, "2"), draft(k.room, k.bob, "3"))
	if c := k.view(t, k.ann, k.room); c.UnreadCount != 1 || c.FirstUnreadSeq != 3 {
		t.Errorf("got %d from %d on", c.UnreadCount, c.FirstUnreadSeq)
	}
	if c := k.view(t, k.bob, k.room); c.UnreadCount != 0 || c.FirstUnreadSeq != 0 {
		t.Errorf("bob got %d from %d on", c.UnreadCount, c.FirstUnreadSeq)
	}
}

func TestNoticesAreNotUnread(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	conn := k.session(t)
	for range 2 {
		must(t, notice(t.Context(), conn, k.room, uuid.New()))
	}
	if c := k.view(t, k.ann, k.room); c.UnreadCount != 0 || c.FirstUnreadSeq != 0 || c.LastSeq != 2 {
		t.Errorf("after notices: %+v", c)
	}
	k.say(t, draft(k.room, k.bob, "3"))
	must(t, notice(t.Context(), conn, k.room, uuid.New()))
	k.say(t, draft(k.room, k.bob, "5"))
	if c := k.view(t, k.ann, k.room); c.UnreadCount != 2 || c.FirstUnreadSeq != 3 {
		t.Errorf("got %d from %d on", c.UnreadCount, c.FirstUnreadSeq)
	}
}

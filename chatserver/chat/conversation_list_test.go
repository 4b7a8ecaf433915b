package chat_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"uim.dev/uim/chatserver/chat"
)

func TestFiltersAreWords(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]chat.ListFilter{
		"": {}, "unread": {Unread: true}, "group,direct": {Direct: true, Group: true},
		"archived,unread,unread": {Unread: true, Archived: true},
	} {
		if got, err := chat.ParseListFilter(words); err != nil || got != want {
			t.Errorf("%q: %+v, %v", words, got, err)
		}
	}
	for _, words := range []string{"read", "unread,", ",", " unread", "UNREAD", "unread;group"} {
		_, err := chat.ParseListFilter(words)
		if e, _ := chat.AsError(err); e.Code != chat.CodeValidationFailed || e.Fields[0].Field != "filter" {
			t.Errorf("%q: %v", words, err)
		}
	}
}

func TestAFilterIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		on := func(name string) bool { return rapid.Bool().Draw(t, name) }
		f := chat.ListFilter{Unread: on("unread"), Direct: on("direct"), Group: on("group"), Archived: on("archived")}
		if back, err := chat.ParseListFilter(f.String()); err != nil || back != f {
			t.Fatalf("%q became %+v, %v", f, back, err)
		}
	})
}

func TestSettingsAreShownToOneself(t *testing.T) {
	t.Parallel()
	service, store, events := conversations(t)
	store.Conversation(room, ann, bob)
	yes, no := true, false
	c, err := service.SetSettings(t.Context(), ann, room, chat.NewSettings{
		Notifications: chat.NotifyNone, Pinned: &yes, Archived: &no, MutedUntil: time.Now().Add(-time.Second)})
	if want := (chat.Settings{Notifications: chat.NotifyNone, Pinned: true}); err != nil || c.Settings != want {
		t.Errorf("got %+v, %v", c.Settings, err)
	}
	want := []chat.Event{chat.ConversationChanged{ConversationID: room, UserIDs: []uuid.UUID{ann}}}
	if !reflect.DeepEqual(*events, want) {
		t.Errorf("told was %+v", *events)
	}
	if _, err := service.SetSettings(t.Context(), eve, room, chat.NewSettings{Notifications: chat.NotifyAll, Pinned: &yes, Archived: &no}); chat.CodeOf(err) != chat.CodeNotFound {
		t.Errorf("by a stranger: %v", err)
	}
	if len(*events) != 1 {
		t.Errorf("told was %+v", (*events)[1:])
	}
}

func TestSettingsHaveToBeSaid(t *testing.T) {
	t.Parallel()
	service, store, events := conversations(t)
	store.Conversation(room, ann, bob)
	yes := true
	for fields, n := range map[string]chat.NewSettings{
		"notifications pinned archived": {},
		"notifications":                 {Notifications: "some", Pinned: &yes, Archived: &yes},
		"muted_until archived":          {Notifications: chat.NotifyAll, Pinned: &yes, MutedUntil: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		_, err := service.SetSettings(t.Context(), ann, room, n)
		var got []string
		e, _ := chat.AsError(err)
		for _, f := range e.Fields {
			got = append(got, f.Field)
		}
		if e.Code != chat.CodeValidationFailed || strings.Join(got, " ") != fields {
			t.Errorf("want %s: %v", fields, err)
		}
	}
	if len(*events) != 0 {
		t.Errorf("told was %+v", *events)
	}
}

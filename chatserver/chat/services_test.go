package chat_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/chat/chattest"
)

// conversations is the service on a model store, and what it published.
func conversations(t *testing.T) (*chat.Conversations, *chattest.Store, *[]chat.Event) {
	t.Helper()
	store, events := chattest.NewStore(), new([]chat.Event)
	publish := publisher(func(e []chat.Event) { *events = append(*events, e...) })
	cursors := chat.NewCursors(store, publish, interval, func(error) {})
	return chat.NewConversations(store, cursors, publish), store, events
}

func TestOpeningADirectConversationTellsBoth(t *testing.T) {
	t.Parallel()
	service, _, events := conversations(t)
	opened, created, err := service.OpenDirect(t.Context(), ann, bob)
	if err != nil || !created || opened.ID.Version() != 7 || opened.Peer.ID != bob {
		t.Fatalf("got %+v, %t, %v", opened, created, err)
	}
	want := chat.ConversationChanged{ConversationID: opened.ID, UserIDs: []uuid.UUID{ann, bob}}
	if len(*events) != 1 || !reflect.DeepEqual((*events)[0], chat.Event(want)) {
		t.Errorf("told was %+v", *events)
	}

	again, created, err := service.OpenDirect(t.Context(), bob, ann)
	if err != nil || created || again.ID != opened.ID || again.Peer.ID != ann {
		t.Errorf("from the other side: %+v, %t, %v", again, created, err)
	}
	if len(*events) != 1 {
		t.Errorf("a known conversation was announced: %+v", *events)
	}
}

func TestAConversationNeedsAnotherPerson(t *testing.T) {
	t.Parallel()
	service, _, _ := conversations(t)
	for _, peer := range []uuid.UUID{ann, uuid.Nil} {
		if _, _, err := service.OpenDirect(t.Context(), ann, peer); chat.CodeOf(err) != chat.CodeValidationFailed {
			t.Errorf("with %s: %v", peer, err)
		}
	}
}

func TestStrangersFindNoConversation(t *testing.T) {
	t.Parallel()
	service, store, events := conversations(t)
	store.Conversation(room, ann, bob)
	say(t, store, room, bob, 1)
	for name, try := range map[string]func() error{
		"get": func() error { _, err := service.Get(t.Context(), eve, room); return err },
		"members": func() error {
			_, err := service.Members(t.Context(), eve, room, chat.MemberQuery{Limit: 10})
			return err
		},
		"read": func() error { return service.MarkRead(t.Context(), eve, room, 1) },
	} {
		if err := try(); chat.CodeOf(err) != chat.CodeNotFound {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if list, err := service.List(t.Context(), eve, chat.ListQuery{Limit: 10}); err != nil || len(list) != 0 {
		t.Errorf("list: %v, %v", list, err)
	}
	if len(*events) != 0 {
		t.Errorf("told was %v", *events)
	}
}

func TestMembersSeeTheirConversation(t *testing.T) {
	t.Parallel()
	service, store, events := conversations(t)
	store.Conversation(room, ann, bob)
	say(t, store, room, bob, 3)
	if c, err := service.Get(t.Context(), ann, room); err != nil || c.UnreadCount != 3 {
		t.Errorf("before reading: %+v, %v", c, err)
	}
	if err := service.MarkRead(t.Context(), ann, room, 2); err != nil {
		t.Fatal(err)
	}
	if len(*events) != 1 || (*events)[0] != chat.Event(moved(ann, 2, 2)) {
		t.Errorf("told was %v", *events)
	}
	list, err := service.List(t.Context(), ann, chat.ListQuery{Limit: 10})
	if err != nil || len(list) != 1 || list[0].UnreadCount != 1 {
		t.Errorf("after reading: %+v, %v", list, err)
	}
	members, err := service.Members(t.Context(), ann, room, chat.MemberQuery{After: ann, Limit: 10})
	if err != nil || len(members) != 1 || members[0].User.ID != bob {
		t.Errorf("members after ann are %+v, %v", members, err)
	}
	if err := service.MarkRead(t.Context(), ann, room, 0); chat.CodeOf(err) != chat.CodeValidationFailed {
		t.Errorf("reading seq 0: %v", err)
	}
}

// directory answers every search with the question.
type directory struct{}

func (directory) Person(context.Context, uuid.UUID) (chat.User, error) {
	return chat.User{ID: ann}, nil
}

func (directory) SearchUsers(_ context.Context, query, after string, limit int) ([]chat.User, error) {
	return []chat.User{{Username: query, DisplayName: after}}[:min(1, limit)], nil
}

func TestSearchingPeople(t *testing.T) {
	t.Parallel()
	people := chat.NewPeople(directory{})
	for query, want := range map[string]string{
		"ann":                    "",
		"  ann ":                 "",
		"张":                      "",
		strings.Repeat("字", 100): "",
		"":                       "required",
		" \n ":                   "required",
		strings.Repeat("x", 101): "too_long",
		"a\x00b":                 "invalid_characters",
		"a\xff":                  "invalid_characters",
	} {
		found, err := people.Search(t.Context(), query, "after", 10)
		e, _ := chat.AsError(err)
		switch {
		case want == "" && (err != nil || found[0].Username != strings.TrimSpace(query) || found[0].DisplayName != "after"):
			t.Errorf("%q: got %v, %v", query, found, err)
		case want != "" && (e.Code != chat.CodeValidationFailed || e.Fields[0].Field != "q" || e.Fields[0].Code != want):
			t.Errorf("%q: got %v, want %s", query, err, want)
		}
	}
	if u, err := people.Get(t.Context(), ann); err != nil || u.ID != ann {
		t.Errorf("got %v, %v", u, err)
	}
}

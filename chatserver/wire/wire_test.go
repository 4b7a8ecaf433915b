package wire_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

func TestTimesAreUTCWithMilliseconds(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("east", 2*3600)
	for _, c := range []struct {
		in   time.Time
		want string
	}{
		{time.Date(2026, 11, 23, 6, 14, 5, 678e6, time.UTC), "2026-11-23T06:14:05.678Z"},
		{time.Date(2026, 11, 23, 6, 14, 5, 0, time.UTC), "2026-11-23T06:14:05.000Z"},
		{time.Date(2026, 11, 23, 6, 14, 5, 999_999_999, time.UTC), "2026-11-23T06:14:05.999Z"},
		{time.Date(2026, 11, 23, 1, 0, 0, 0, east), "2026-11-22T23:00:00.000Z"},
	} {
		text, err := json.Marshal(wire.Timestamp(c.in))
		if err != nil || string(text) != `"`+c.want+`"` {
			t.Errorf("got %s, %v; want %s", text, err, c.want)
		}
		if text, err := wire.Timestamp(c.in).AppendText(nil); err != nil || string(text) != c.want {
			t.Errorf("got %s, %v; want %s", text, err, c.want)
		}
		var back wire.Timestamp
		if err := json.Unmarshal(text, &back); err != nil || !back.Time().Equal(c.in.Truncate(time.Millisecond)) {
			t.Errorf("back is %v, %v", back.Time(), err)
		}
	}
	var any wire.Timestamp
	if err := json.Unmarshal([]byte(`"2026-11-23T06:14:05+02:00"`), &any); err != nil {
		t.Error(err)
	}
	if err := json.Unmarshal([]byte(`"yesterday"`), &any); err == nil {
		t.Error("yesterday is a time")
	}
}

func TestTheContractHasTheCodesOfTheTable(t *testing.T) {
	t.Parallel()
	var contract struct {
		Components struct {
			Schemas struct {
				ErrorCode struct {
					Enum []chat.Code `yaml:"enum"`
				} `yaml:"ErrorCode"`
			} `yaml:"schemas"`
		} `yaml:"components"`
	}
	if err := yaml.Unmarshal(wire.OpenAPI, &contract); err != nil {
		t.Fatal(err)
	}
	written, known := contract.Components.Schemas.ErrorCode.Enum, chat.Codes()
	slices.Sort(written)
	slices.Sort(known)
	if !slices.Equal(written, known) {
		t.Errorf("the contract has %q, the table %q", written, known)
	}
}

// jsonOf returns the members of a value's JSON object.
func jsonOf(t *testing.T, v any) map[string]any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatal(err)
	}
	return object
}

var user = chat.User{
	ID: uuid.New(), Username: "ann", DisplayName: "Ann", Email: "ann@example.com", Privacy: chat.Privacy{Typing: true},
	CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
}

func TestOthersDoNotSeeWhatIsPrivate(t *testing.T) {
	t.Parallel()
	conversation := wire.FromConversation(chat.Conversation{Peer: &user})
	for name, v := range map[string]any{"a user": wire.FromUser(user), "a member": wire.FromMember(chat.Member{User: user}), "a peer": conversation} {
		text, err := json.Marshal(v)
		if err != nil || strings.Contains(string(text), "example.com") || strings.Contains(string(text), "privacy") {
			t.Errorf("%s is %s, %v", name, text, err)
		}
	}
	self := jsonOf(t, wire.FromSelf(user))
	if self["email"] != user.Email || self["privacy"].(map[string]any)["typing"] != true || self["privacy"].(map[string]any)["last_seen"] != false {
		t.Errorf("the person sees %v", self)
	}
}

func TestAMessageInJSON(t *testing.T) {
	t.Parallel()
	m := chat.Message{ID: uuid.New(), ConversationID: uuid.New(), Seq: 7, SenderID: user.ID, ClientMsgID: uuid.New(), Type: chat.MessageText, Content: "<b>hi</b>", CreatedAt: user.CreatedAt}
	object := jsonOf(t, wire.FromMessage(m))
	if object["seq"] != 7.0 || object["content"] != m.Content || object["sender_id"] != user.ID.String() || object["created_at"] != "2026-01-02T03:04:05.000Z" {
		t.Errorf("got %v", object)
	}
	for _, absent := range []string{"reply_to", "event"} {
		if _, there := object[absent]; there {
			t.Errorf("%s is there: %v", absent, object)
		}
	}
	system := jsonOf(t, wire.FromMessage(chat.Message{Type: chat.MessageSystem, Event: []byte(`{"kind":"member.added"}`)}))
	if system["event"].(map[string]any)["kind"] != "member.added" || system["sender_id"] != nil {
		t.Errorf("got %v", system)
	}
}

func TestAConversationInJSON(t *testing.T) {
	t.Parallel()
	until := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	plain := jsonOf(t, wire.FromConversation(chat.Conversation{Kind: chat.KindGroup, Name: "Tea"}))
	full := jsonOf(t, wire.FromConversation(chat.Conversation{
		Kind: chat.KindDirect, Peer: &user, LastSeq: 3, LastMessage: &chat.Message{Seq: 3}, UnreadCount: 2, Settings: chat.Settings{MutedUntil: until}}))
	if plain["last_message"] != nil || plain["peer"] != nil || plain["name"] != "Tea" {
		t.Errorf("got %v", plain)
	}
	if full["peer"].(map[string]any)["username"] != "ann" || full["last_message"].(map[string]any)["seq"] != 3.0 || full["unread_count"] != 2.0 ||
		full["settings"].(map[string]any)["muted_until"] != "2030-01-01T00:00:00.000Z" {
		t.Errorf("got %v", full)
	}
}

func TestEmptyListsAreLists(t *testing.T) {
	t.Parallel()
	page, err := wire.FromSyncPage(chat.SyncPage{}, uuid.New(), pager())
	if err != nil {
		t.Fatal(err)
	}
	for name, list := range jsonOf(t, page) {
		if list == nil {
			t.Errorf("%s is null", name)
		}
	}
}

func pager() *chat.Pager { return chat.NewPager([]byte("0123456789abcdef0123456789abcdef")) }

func TestASyncGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	viewer, place := uuid.New(), chat.SyncPosition{ActivityPosition: chat.ActivityPosition{UpdatedAt: user.CreatedAt, ID: uuid.New()}, Began: user.CreatedAt, Again: true}
	page, err := wire.FromSyncPage(chat.SyncPage{Next: &place}, viewer, pager())
	if err != nil || !page.HasMore || page.Cursor == "" {
		t.Fatalf("got %+v, %v", page, err)
	}
	known := wire.KnownConversation{ConversationID: uuid.New(), Seq: 4, Version: "v"}
	request, err := wire.ToSyncRequest(wire.SyncRequest{Cursor: page.Cursor, Known: []wire.KnownConversation{known}}, viewer, pager())
	if err != nil || *request.After != place || request.Known[known.ConversationID] != 4 || request.Versions[known.ConversationID] != "v" {
		t.Errorf("got %+v, %v", request, err)
	}
	if _, err := wire.ToSyncRequest(wire.SyncRequest{Cursor: page.Cursor}, uuid.New(), pager()); chat.CodeOf(err) != chat.CodeValidationFailed {
		t.Errorf("another's cursor: %v", err)
	}
}

func TestASyncRequestHasBounds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		known []wire.KnownConversation
		ok    bool
	}{
		"nothing known":  {nil, true},
		"200 known":      {make([]wire.KnownConversation, 200), true},
		"201 known":      {make([]wire.KnownConversation, 201), false},
		"a negative seq": {[]wire.KnownConversation{{Seq: -1}}, false},
	} {
		_, err := wire.ToSyncRequest(wire.SyncRequest{Known: c.known}, uuid.New(), pager())
		if c.ok != (err == nil) || err != nil && chat.CodeOf(err) != chat.CodeValidationFailed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnAcknowledgementInJSON(t *testing.T) {
	t.Parallel()
	ack := jsonOf(t, wire.FromStored(uuid.New(), uuid.New(), chat.Stored{Seq: 3, Duplicate: true, CreatedAt: user.CreatedAt}))
	if ack["seq"] != 3.0 || ack["duplicate"] != true {
		t.Errorf("got %v", ack)
	}
	fields := wire.FromFieldErrors([]chat.FieldError{{Field: "a", Code: "required", Detail: "It is missing."}})
	if len(fields) != 1 || fields[0].Field != "a" {
		t.Errorf("got %v", fields)
	}
}

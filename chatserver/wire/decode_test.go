package wire_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

func TestWhatDoesNotFitIsNamed(t *testing.T) {
	t.Parallel()
	const id = `"0190a6b0-0000-7000-8000-000000000001"`
	for _, c := range []struct{ text, fields string }{
		{`{"client_msg_id":` + id + `,"content":"x"}`, "fine"},
		{`{"client_msg_id":` + id + `,"content":7}`, "content invalid_type"},
		{`{"client_msg_id":"x","content":["x"],"reply_to":{}}`, "client_msg_id invalid, content invalid_type, reply_to invalid_type"},
		{`{"client_msg_id":` + id + `,"sender_id":1,"content":"x"}`, "sender_id unknown"},
		{`{"client_msg_id":null,"content":null}`, "client_msg_id invalid_type"},
		{`{"client_msg_id":` + id + `,"content":"null"}`, "fine"},
		{`[]`, ""},
		{`"x"`, ""},
		{`{`, ""},
		{``, ""},
		{`{} {}`, ""},
	} {
		var r wire.SendMessageRequest
		err := wire.Decode([]byte(c.text), &r)
		if got := named(err); got != c.fields {
			t.Errorf("%s: %q, want %q; %v", c.text, got, c.fields, err)
		}
	}
	var sync wire.SyncRequest
	if got := named(wire.Decode([]byte(`{"known":[{"conversation_id":`+id+`,"seq":"3"}],"cursor":4}`), &sync)); got != "cursor invalid_type, known.seq invalid_type" {
		t.Errorf("inside: %q", got)
	}
	if got := named(wire.Decode([]byte(`{"known":[{"conversation_id":`+id+`,"place":3}]}`), &sync)); got != "known.place unknown" {
		t.Errorf("unknown inside: %q", got)
	}
}

func TestWhereUnknownFieldsAreWelcomeTheyAreNotNamed(t *testing.T) {
	t.Parallel()
	text := []byte(`{"seq":"1","colour":"red"}`)
	var f wire.FrameCursor
	if got := named(wire.Misfit(text, &f, json.Unmarshal(text, &f))); got != "seq invalid_type" {
		t.Errorf("got %q", got)
	}
}

func TestAnAnswerNamesABoundedNumberOfFields(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&many, `"f%d":1,`, i)
	}
	err := wire.Decode([]byte(`{`+many.String()+`"cursor":1}`), &wire.SyncRequest{})
	if e, ok := chat.AsError(err); !ok || len(e.Fields) != 20 {
		t.Errorf("it names %d", len(e.Fields))
	}
}

// named returns the fields that an error names.
func named(err error) string {
	if err == nil {
		return "fine"
	}
	e, _ := chat.AsError(err)
	list := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		list[i] = f.Field + " " + f.Code
	}
	return strings.Join(list, ", ")
}

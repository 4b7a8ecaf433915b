package wire_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"uim.dev/uim/chatserver/wire"
)

const usualSend = `{"type":"message.send","id":"17","data":{"conversation_id":"0190a6b0-0000-7000-8000-000000000001",` +
	`"client_msg_id":"9b2e6f6c-1111-4222-8333-444455556666","content":"hello, 世界"}}`

// sends are frames on both sides of what ReadSend is sure of.
var sends = []string{
	usualSend,
	` { "data" : {"content":"x","reply_to":"0190a6b0-0000-7000-8000-000000000002","type":"text"} , "type" : "message.send" } `,
	`{"type":"message.send","data":{"content":"a\nb"}}`,
	`{"type":"message.send","data":{"content":"a","content":"b"}}`,
	`{"type":"message.send","data":{"Content":"a"}}`,
	`{"type":"message.send","data":{"content":null}}`,
	`{"type":"message.send","data":{"conversation_id":"{0190a6b0-0000-7000-8000-000000000001}"}}`,
	`{"type":"message.send","data":{"conversation_id":"none"}}`,
	`{"type":"message.send","data":{}}`, `{"type":"message.send"}`, `{"type":"message.send","data":{"content":"x"}} x`,
	`{"type":"message.send","data":{"content":"x"},}`, `{"type":"message.send","data":{"content":"x"}`, `{`, ``, `null`,
	"{\"type\":\"message.send\",\"data\":{\"content\":\"\xff\"}}", "{\"type\":\"message.send\",\"data\":{\"content\":\"\x01\"}}",
	`{"type":"ping"}`, `{"type":"message.send","more":1,"data":{"content":"x"}}`,
}

// What ReadSend reads, encoding/json reads too, and alike.
func FuzzReadSend(f *testing.F) {
	for _, s := range sends {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		id, send, ok := wire.ReadSend(frame)
		if !ok {
			return
		}
		var envelope struct {
			Type string          `json:"type"`
			ID   string          `json:"id"`
			Data json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal(frame, &envelope); err != nil {
			t.Fatalf("%s is read, but it is not JSON: %v", frame, err)
		}
		var want wire.FrameMessageSend
		if err := json.Unmarshal(envelope.Data, &want); err != nil {
			t.Fatalf("%s is read, but has another shape: %v", frame, err)
		}
		if envelope.Type != "message.send" || envelope.ID != id || !reflect.DeepEqual(send, want) {
			t.Errorf("%s is read as %q, %+v instead of %q, %+v", frame, id, send, envelope.ID, want)
		}
	})
}

func TestUsualSendsAreReadTheShortWay(t *testing.T) {
	for i, frame := range sends {
		if _, _, ok := wire.ReadSend([]byte(frame)); ok != (i < 2 || i == 6) {
			t.Errorf("%s: %v", frame, ok)
		}
	}
	frame := []byte(usualSend)
	if n := testing.AllocsPerRun(100, func() { wire.ReadSend(frame) }); n > 2 { // the id and the content
		t.Errorf("%v allocations a frame", n)
	}
}

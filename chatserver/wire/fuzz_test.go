package wire_test

import (
	"testing"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

// Whatever a body is, decoding it ends in a value or in words for the client.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{
		``, `{}`, `[]`, `{"known":[{"conversation_id":"0190a6b0-0000-7000-8000-000000000001","seq":1}],"cursor":"x"}`, `{"known":{}}`,
		`{"username":"ann","password":"correct horse","email":"a@b.c","display_name":"Ann"}`, `{"privacy":{"typing":1}}`, `{"a":1,"a":2}`, `{"":{"":[]}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, into := range []any{new(wire.SyncRequest), new(wire.RegisterRequest), new(wire.UpdateMeRequest), new(wire.SendMessageRequest), new(wire.UpdateSettingsRequest)} {
			err := wire.Decode(text, into)
			if err == nil {
				continue
			}
			e, known := chat.AsError(err)
			if !known || e.Code != chat.CodeInvalidRequest || e.Message() == "" {
				t.Errorf("%q: %v", text, err)
			}
			for _, field := range e.Fields {
				if field.Code == "" || field.Detail == "" {
					t.Errorf("%q: %+v", text, field)
				}
			}
		}
	})
}

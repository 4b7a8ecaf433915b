package wire

import (
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// What every message costs, and what each person who comes back, is written by
// hand here, byte for byte as encoding/json writes the types made from the contract (a test holds
// them to it), in a fifth of the time and without allocations.

// AppendMessage appends FromMessage(m) as JSON.
func AppendMessage(b []byte, m chat.Message) []byte {
	if m.Event != nil { // rare, and JSON of its own that would have to be compacted
		text, err := json.Marshal(FromMessage(m))
		if err != nil {
			panic("wire: the event of a message is not JSON: " + err.Error()) // it was when it was stored
		}
		return append(b, text...)
	}
	b = append(b, '{')
	if m.ClientMsgID != uuid.Nil {
		b = appendID(append(b, `"client_msg_id":`...), m.ClientMsgID)
		b = append(b, ',')
	}
	b = appendString(append(b, `"content":`...), m.Content)
	b = appendID(append(b, `,"conversation_id":`...), m.ConversationID)
	b = appendTime(append(b, `,"created_at":`...), m.CreatedAt)
	b = appendID(append(b, `,"id":`...), m.ID)
	if len(m.Mentions) > 0 {
		b = appendList(append(b, `,"mentions":`...), m.Mentions, appendID)
	}
	if m.MentionsAll {
		b = append(b, `,"mentions_all":true`...)
	}
	if m.ReplyTo != uuid.Nil {
		b = appendID(append(b, `,"reply_to":`...), m.ReplyTo)
	}
	if m.SenderID != uuid.Nil {
		b = appendID(append(b, `,"sender_id":`...), m.SenderID)
	}
	b = strconv.AppendInt(append(b, `,"seq":`...), m.Seq, 10)
	b = appendString(append(b, `,"type":`...), string(m.Type))
	return append(b, '}')
}

// AppendStored appends FromStored(conversation, clientMsg, s) as JSON.
func AppendStored(b []byte, conversation, clientMsg uuid.UUID, s chat.Stored) []byte {
	b = appendID(append(b, `{"client_msg_id":`...), clientMsg)
	b = appendID(append(b, `,"conversation_id":`...), conversation)
	b = appendTime(append(b, `,"created_at":`...), s.CreatedAt)
	b = strconv.AppendBool(append(b, `,"duplicate":`...), s.Duplicate)
	b = appendID(append(b, `,"message_id":`...), s.MessageID)
	b = strconv.AppendInt(append(b, `,"seq":`...), s.Seq, 10)
	return append(b, '}')
}

// AppendSyncPage appends FromSyncPage(p, viewer, pager) as JSON.
func AppendSyncPage(b []byte, p chat.SyncPage, viewer uuid.UUID, pager *chat.Pager) ([]byte, error) {
	messages := p.Messages
	p.Messages = nil
	page, err := FromSyncPage(p, viewer, pager)
	if err != nil {
		return nil, err
	}
	conversations, err := json.Marshal(page.Conversations)
	if err != nil {
		return nil, err
	}
	b = append(append(b, `{"conversations":`...), conversations...)
	if page.Cursor != "" {
		b = appendString(append(b, `,"cursor":`...), page.Cursor)
	}
	b = strconv.AppendBool(append(b, `,"has_more":`...), page.HasMore)
	b = appendList(append(b, `,"messages":`...), messages, AppendMessage)
	b = appendList(append(b, `,"removed_ids":`...), page.RemovedIds, appendID)
	return append(b, '}'), nil
}

func appendList[T any](b []byte, list []T, add func([]byte, T) []byte) []byte {
	b = append(b, '[')
	for i, item := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = add(b, item)
	}
	return append(b, ']')
}

// AppendString appends a string as encoding/json writes it.
func AppendString(b []byte, s string) []byte { return appendString(b, s) }

func appendID(b []byte, id uuid.UUID) []byte {
	var text [38]byte
	text[0], text[37] = '"', '"'
	hex.Encode(text[1:9], id[:4])
	hex.Encode(text[10:14], id[4:6])
	hex.Encode(text[15:19], id[6:8])
	hex.Encode(text[20:24], id[8:10])
	hex.Encode(text[25:37], id[10:])
	text[9], text[14], text[19], text[24] = '-', '-', '-', '-'
	return append(b, text[:]...)
}

func appendTime(b []byte, t time.Time) []byte {
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, timestampLayout)
	return append(b, '"')
}

// appendString leaves everything that needs an escape, or may, to encoding/json.
func appendString(b []byte, s string) []byte {
	if !plain(s) {
		text, err := json.Marshal(s)
		if err != nil {
			panic("wire: a string has no JSON: " + err.Error()) // never
		}
		return append(b, text...)
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// plain reports whether encoding/json would write s as it is.
func plain(s string) bool {
	ascii := true
	for i := range len(s) {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			ascii = false
		case c < ' ' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&':
			return false
		}
	}
	if ascii {
		return true
	}
	for _, r := range s {
		if r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
			return false
		}
	}
	return true
}

package wire

import (
	"slices"
	"unicode/utf8"

	"github.com/google/uuid"
)

// ReadSend reads a whole message.send frame of the form that every client
// writes, in a quarter of encoding/json's time. It knows only what it is sure
// of: ok is false for a frame of any other type and for anything unusual, such
// as an escape, an unknown or repeated key or a mistake, which is then
// encoding/json's to read or refuse. What it does read encoding/json reads
// alike (a fuzz test holds it to it). Nothing of frame is kept.
func ReadSend(frame []byte) (id string, send FrameMessageSend, ok bool) {
	s := sendScanner{rest: frame}
	var isSend, hasData bool
	ok = s.object(func(key string) bool {
		switch key {
		case "type":
			text, ok := s.text()
			isSend = ok && string(text) == "message.send"
			return isSend
		case "id":
			text, ok := s.text()
			id = string(text)
			return ok
		case "data":
			hasData = true
			return s.object(func(key string) bool { return s.field(key, &send) })
		default:
			return false
		}
	})
	s.space()
	return id, send, ok && isSend && hasData && len(s.rest) == 0
}

// field reads one value of the frame's data.
func (s *sendScanner) field(key string, send *FrameMessageSend) bool {
	text, ok := s.text()
	if !ok {
		return false
	}
	switch key {
	case "conversation_id":
		return readID(text, &send.ConversationID)
	case "client_msg_id":
		return readID(text, &send.ClientMsgID)
	case "reply_to":
		send.ReplyTo = new(ID)
		return readID(text, send.ReplyTo)
	case "content":
		send.Content = string(text)
	case "type":
		send.Type = string(text)
	default:
		return false
	}
	return true
}

func readID(text []byte, id *ID) bool {
	parsed, err := uuid.ParseBytes(text)
	*id = parsed
	return err == nil
}

// sendScanner reads JSON from the front of what is left.
type sendScanner struct{ rest []byte }

func (s *sendScanner) space() {
	for len(s.rest) > 0 && (s.rest[0] == ' ' || s.rest[0] == '\n' || s.rest[0] == '\t' || s.rest[0] == '\r') {
		s.rest = s.rest[1:]
	}
}

// take reads one character, which may have space before it.
func (s *sendScanner) take(c byte) bool {
	s.space()
	if len(s.rest) == 0 || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// text reads a string without escapes.
func (s *sendScanner) text() ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	ascii := true
	for i, c := range s.rest {
		switch {
		case c == '"':
			text := s.rest[:i]
			s.rest = s.rest[i+1:]
			return text, ascii || utf8.Valid(text)
		case c == '\\' || c < ' ':
			return nil, false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return nil, false
}

// object reads an object with at least one key, none twice; value reads the
// value of a key.
func (s *sendScanner) object(value func(key string) bool) bool {
	if !s.take('{') {
		return false
	}
	var seen [8]string
	for n := range seen {
		key, ok := s.text()
		if !ok || !s.take(':') {
			return false
		}
		name := knownKey(key)
		if name == "" || slices.Contains(seen[:n], name) || !value(name) {
			return false
		}
		seen[n] = name
		if s.take('}') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
	return false
}

// knownKey returns the key as a constant, "" for one that is none of ours.
func knownKey(key []byte) string {
	switch string(key) {
	case "type":
		return "type"
	case "id":
		return "id"
	case "data":
		return "data"
	case "conversation_id":
		return "conversation_id"
	case "client_msg_id":
		return "client_msg_id"
	case "content":
		return "content"
	case "reply_to":
		return "reply_to"
	default:
		return ""
	}
}

package wire_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

var someStrings = []string{
	"", "plain", "<", ">", "&", "'", "\"", "\\", "/", "\x7f", "\x1f", "\u0080", "\"quoted\" \\ back", "<b>&amp;</b>", "a\tb\nc\rd\be\ff\x00\x01\x1f\x7f", "你好，世界", "😀", "\u2028\u2029",
	"broken \xff utf-8 \xe4\xbd", "\ufffd", "\xed\xa0\x80",
}

// anyString draws from what is hard to write as well as from anything.
func anyString(t *rapid.T, name string) string {
	return rapid.OneOf(
		rapid.SampledFrom(someStrings), rapid.String(),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
	).Draw(t, name)
}

func maybeID(t *rapid.T, name string) uuid.UUID {
	if rapid.Bool().Draw(t, "no "+name) {
		return uuid.Nil
	}
	return uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, name))
}

func anyTime(t *rapid.T) time.Time {
	return time.Unix(0, rapid.Int64Range(0, 4e18).Draw(t, "nanoseconds")).In(time.FixedZone("somewhere", 3600))
}

// same fails unless got is what encoding/json writes.
func same(t *rapid.T, got []byte, value any) {
	want, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
}

// anyMessage draws a message with or without each of its parts.
func anyMessage(t *rapid.T) chat.Message {
	m := chat.Message{
		ID: maybeID(t, "id"), ConversationID: maybeID(t, "conversation"), Seq: rapid.Int64().Draw(t, "seq"),
		SenderID: maybeID(t, "sender"), ClientMsgID: maybeID(t, "client_msg_id"), ReplyTo: maybeID(t, "reply_to"),
		Type: chat.MessageType(anyString(t, "type")), Content: anyString(t, "content"), CreatedAt: anyTime(t),
	}
	if rapid.Bool().Draw(t, "event") {
		m.Event = []byte(`{"kind": "member.added", "name": "<\u2028>"}`)
	}
	return m
}

func TestAMessageIsWrittenAsItsTypeIs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := anyMessage(t)
		same(t, wire.AppendMessage(nil, m), wire.FromMessage(m))
	})
}

func TestASyncPageIsWrittenAsItsTypeIs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := chat.SyncPage{Messages: rapid.SliceOfN(rapid.Custom(anyMessage), 0, 3).Draw(t, "messages")}
		for range rapid.IntRange(0, 2).Draw(t, "conversations") {
			m := anyMessage(t)
			p.Conversations = append(p.Conversations, chat.Conversation{
				ID: maybeID(t, "conversation"), Kind: chat.KindGroup, Name: anyString(t, "name"), LastSeq: m.Seq, LastMessage: &m, UpdatedAt: anyTime(t),
			})
		}
		for range rapid.IntRange(0, 2).Draw(t, "removed") {
			p.Removed = append(p.Removed, maybeID(t, "removed"))
		}
		if rapid.Bool().Draw(t, "more") {
			p.Next = &chat.SyncPosition{Began: anyTime(t)}
		}
		viewer, pager := maybeID(t, "viewer"), pager()
		want, err := wire.FromSyncPage(p, viewer, pager)
		if err != nil {
			t.Fatal(err)
		}
		got, err := wire.AppendSyncPage(nil, p, viewer, pager)
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, want)
	})
}

func TestAnAcknowledgementIsWrittenAsItsTypeIs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		conversation, clientMsg := maybeID(t, "conversation"), maybeID(t, "client_msg_id")
		s := chat.Stored{MessageID: maybeID(t, "id"), Seq: rapid.Int64().Draw(t, "seq"), CreatedAt: anyTime(t), Duplicate: rapid.Bool().Draw(t, "duplicate")}
		same(t, wire.AppendStored(nil, conversation, clientMsg, s), wire.FromStored(conversation, clientMsg, s))
	})
}

func FuzzAppendString(f *testing.F) {
	for _, s := range someStrings {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := wire.AppendString(nil, s); string(got) != string(want) {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestWritingAMessageAllocatesNothing(t *testing.T) {
	m := chat.Message{
		ID: uuid.New(), ConversationID: uuid.New(), Seq: 7, SenderID: uuid.New(), ClientMsgID: uuid.New(), Type: chat.MessageText,
		Content: "a message of some length, as people write them, 你好", CreatedAt: time.Now(),
	}
	b := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() { b = wire.AppendMessage(b[:0], m) }); n > 0 {
		t.Errorf("%v allocations a message", n)
	}
	if n := testing.AllocsPerRun(100, func() { b = wire.AppendStored(b[:0], m.ConversationID, m.ClientMsgID, chat.Stored{}) }); n > 0 {
		t.Errorf("%v allocations an acknowledgement", n)
	}
}

package postgres_test

import (
	"testing"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// read returns how many rows of a table a plan has read, once it has run.
func (p plan) read(table string) (rows float64) {
	if p.Relation == table {
		rows = (p.Rows + p.Removed) * p.Loops
	}
	for _, child := range p.Plans {
		rows += child.read(table)
	}
	return rows
}

// A count of unread messages does not read them all.
func TestManyUnreadMessagesCostNoMoreThanAFew(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	const many = 20_000
	k.exec(t, `INSERT INTO messages (conversation_id, seq, id, sender_id, client_msg_id, type, content)
		SELECT $1, n, gen_random_uuid(), $2, gen_random_uuid(), 'text', 'hello' FROM generate_series(1, $3::int) n`, k.room, k.bob, many)
	k.exec(t, "UPDATE conversation_heads SET last_seq = $2 WHERE conversation_id = $1", k.room, many)
	if c := k.view(t, k.ann, k.room); c.UnreadCount != many || c.FirstUnreadSeq != 1 {
		t.Fatalf("got %d from %d on", c.UnreadCount, c.FirstUnreadSeq)
	}
	ran := analyze(t, k.session(t), "auto", statements(t)["conversationViewsByID"], []uuid.UUID{k.room}, k.ann)
	if rows := ran.read("messages"); rows == 0 || rows > 500 {
		t.Errorf("it read %v messages", rows)
	}
	// And who then writes has read them.
	k.say(t, draft(k.room, k.ann, "what a lot"))
	if c := k.view(t, k.ann, k.room); c.UnreadCount != 0 || c.FirstUnreadSeq != 0 {
		t.Errorf("got %d from %d on", c.UnreadCount, c.FirstUnreadSeq)
	}
	if _, err := k.AdvanceCursors(t.Context(), []chat.CursorsMoved{{ConversationID: k.room, UserID: k.ann, ReadSeq: 100}}); err != nil {
		t.Fatal(err)
	}
	if c := k.view(t, k.ann, k.room); c.UnreadCount != 0 {
		t.Errorf("an old device brought %d back", c.UnreadCount)
	}
}

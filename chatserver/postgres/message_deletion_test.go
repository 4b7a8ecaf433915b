package postgres_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"uim.dev/uim/chatserver/chat"
)

// Messages have no foreign key; a trigger takes them away with their conversation.
func TestMessagesGoWithTheirConversation(t *testing.T) {
	t.Parallel()
	d := open(t)
	a, b := d.person(t, "ann"), d.person(t, "bob")
	conversation, _, err := d.OpenDirect(t.Context(), uuid.New(), a, b)
	if err != nil {
		t.Fatal(err)
	}
	draft := func() chat.Draft {
		return chat.Draft{ID: uuid.Must(uuid.NewV7()), ConversationID: conversation, SenderID: a, ClientMsgID: uuid.New(), Content: "hello"}
	}
	// An append that has the head's lock when the deletion begins.
	appending, err := d.session(t).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"SELECT FROM conversation_heads WHERE conversation_id = $1 FOR NO KEY UPDATE",
		"INSERT INTO messages (conversation_id, seq, id, type, content) VALUES ($1, 1, gen_random_uuid(), 'text', 'late')",
	} {
		if _, err := appending.Exec(t.Context(), sql, conversation); err != nil {
			t.Fatal(err)
		}
	}
	deleted := make(chan error, 1)
	deleter := d.session(t)
	go func() {
		_, err := deleter.Exec(t.Context(), "DELETE FROM conversations WHERE id = $1", conversation)
		deleted <- err
	}()
	d.awaitLockWait(t)
	if err := appending.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-deleted; err != nil {
		t.Fatal(err)
	}
	if n := ask[int](t, d, "SELECT count(*) FROM messages"); n != 0 {
		t.Errorf("%d messages of a deleted conversation are left", n)
	}
	results, err := d.Append(t.Context(), []chat.Draft{draft()})
	if err != nil || results[0].Err == nil {
		t.Errorf("a message went into a deleted conversation: %v %v", results, err)
	}
}

// awaitLockWait waits until a connection of the database waits for a lock.
func (d *database) awaitLockWait(t *testing.T) {
	t.Helper()
	conn := d.session(t)
	for deadline := time.Now().Add(10 * time.Second); ; {
		var waits bool
		err := conn.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')",
			pgx.QueryExecModeSimpleProtocol).Scan(&waits)
		if err != nil {
			t.Fatal(err)
		}
		if waits {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("nobody waits for a lock")
		}
	}
}

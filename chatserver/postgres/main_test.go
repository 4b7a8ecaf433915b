package postgres_test

import (
	"context"
	"maps"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres"
	"uim.dev/uim/chatserver/testenv"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// database is a store on a database of its own.
type database struct {
	*postgres.Store
	url string
}

func open(t testing.TB) *database {
	t.Helper()
	url := testenv.Database(t)
	return &database{connect(t, url), url}
}

// connect returns one more store, like another node's, on a database.
func connect(t testing.TB, url string) *postgres.Store {
	t.Helper()
	store, err := postgres.Open(context.Background(), postgres.Config{URL: url, MaxConnections: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	return store
}

// session returns a plain connection to the database.
func (d *database) session(t testing.TB) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig(d.url)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(config.RuntimeParams, postgres.PlannerSettings)
	conn, err := pgx.ConnectConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// exec runs SQL on a connection of its own.
func (d *database) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := d.session(t).Exec(context.Background(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// ask returns the only value of a query's only row.
func ask[T any](t testing.TB, d *database, sql string, args ...any) (value T) {
	t.Helper()
	if err := d.session(t).QueryRow(context.Background(), sql, args...).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func newSession(user uuid.UUID) auth.NewSession {
	return auth.NewSession{ID: uuid.New(), UserID: user, DeviceName: "a test", RefreshHash: []byte("hash"), TTL: time.Hour}
}

// newAccount has the password's hash "x".
func newAccount(id uuid.UUID, username string) auth.NewAccount {
	return auth.NewAccount{User: chat.User{ID: id, Username: username, DisplayName: username}, PasswordHash: "x", Session: newSession(id)}
}

// person makes an account.
func (d *database) person(t testing.TB, username string) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	_, err := d.CreateAccount(context.Background(), newAccount(id, username), chat.AuditEntry{Action: chat.AuditRegistered})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// direct opens the conversation of two people.
func (d *database) direct(t testing.TB, a, b uuid.UUID) uuid.UUID {
	t.Helper()
	id, _, err := d.OpenDirect(context.Background(), uuid.Must(uuid.NewV7()), a, b)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// talk is a database with people and a conversation of ann and bob.
type talk struct {
	*database
	ann, bob, eve uuid.UUID
	room          uuid.UUID
}

func newTalk(t testing.TB) *talk {
	t.Helper()
	d := open(t)
	k := &talk{database: d, ann: d.person(t, "ann"), bob: d.person(t, "bob"), eve: d.person(t, "eve")}
	k.room = d.direct(t, k.ann, k.bob)
	return k
}

func draft(conversation, sender uuid.UUID, content string) chat.Draft {
	return chat.Draft{
		ID: uuid.Must(uuid.NewV7()), ConversationID: conversation, SenderID: sender, ClientMsgID: uuid.New(), Content: content,
	}
}

// say stores messages and returns what became of them; none may be refused.
func (d *database) say(t testing.TB, drafts ...chat.Draft) []chat.Stored {
	t.Helper()
	var stored []chat.Stored
	for _, r := range d.append(t, drafts...) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		stored = append(stored, r.Stored)
	}
	return stored
}

func (d *database) append(t testing.TB, drafts ...chat.Draft) []chat.AppendResult {
	t.Helper()
	results, err := d.Append(context.Background(), drafts)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// notice stores a message of the system.
func notice(ctx context.Context, conn *pgx.Conn, conversation, id uuid.UUID) error {
	_, err := conn.Exec(ctx, `WITH head AS (
			UPDATE conversation_heads SET last_seq = last_seq + 1, last_message_at = clock_timestamp()
			WHERE conversation_id = $1 RETURNING last_seq)
		INSERT INTO messages (conversation_id, seq, id, type, content, event)
		SELECT $1, last_seq, $2, 'system', '', '{}' FROM head`, conversation, id)
	return err
}

// log returns all messages of a conversation.
func (d *database) log(t testing.TB, conversation uuid.UUID) []chat.Message {
	t.Helper()
	messages, err := d.History(context.Background(), conversation, chat.HistoryRange{Limit: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

// head returns where a conversation stands.
func (d *database) head(t testing.TB, conversation uuid.UUID) int64 {
	t.Helper()
	return ask[int64](t, d, "SELECT last_seq FROM conversation_heads WHERE conversation_id = $1", conversation)
}

func (d *database) view(t testing.TB, viewer, conversation uuid.UUID) chat.Conversation {
	t.Helper()
	views, err := d.ViewsByID(context.Background(), viewer, []uuid.UUID{conversation})
	if err != nil || len(views) != 1 {
		t.Fatalf("%d views, %v", len(views), err)
	}
	return views[0]
}

func seqs(messages []chat.Message) []int64 {
	s := make([]int64, len(messages))
	for i, m := range messages {
		s[i] = m.Seq
	}
	return s
}

// span returns first, first+1 … last.
func span(first, last int64) []int64 {
	s := []int64{}
	for seq := first; seq <= last; seq++ {
		s = append(s, seq)
	}
	return s
}

// eventually polls until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("in vain waited until %s", what)
		}
	}
}

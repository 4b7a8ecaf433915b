package seed

import (
	"bytes"
	"context"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres"
	"uim.dev/uim/chatserver/testenv"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

var small = Options{Users: 40, Conversations: 60, Messages: 3000, Seed: 1, End: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}

// all makes everything of a world.
func all(o Options) (*world, []message) {
	w := newWorld(o)
	messages := make([]message, 0, o.Messages)
	for m, ok := w.next(); ok; m, ok = w.next() {
		messages = append(messages, m)
	}
	w.read()
	return w, messages
}

func TestTheSameOptionsGiveTheSameData(t *testing.T) {
	t.Parallel()
	one, first := all(small)
	two, second := all(small)
	require.True(t, reflect.DeepEqual(one.people, two.people) && reflect.DeepEqual(one.rooms, two.rooms) && reflect.DeepEqual(first, second))
	other := small
	other.Seed = 2
	three, third := all(other)
	ids, names := map[string]bool{}, map[string]bool{}
	for _, w := range []*world{one, three} {
		for _, p := range w.people {
			require.False(t, ids[p.id.String()] || names[p.username], "both have %s", p.username)
			ids[p.id.String()], names[p.username] = true, true
		}
	}
	require.NotEqual(t, first[0].content+first[1].content, third[0].content+third[1].content)
}

// What is made obeys the rules that the server keeps.
func TestAWorldIsPossible(t *testing.T) {
	t.Parallel()
	w, messages := all(small)
	for _, p := range w.people {
		var problems chat.Problems
		problems.CheckUsername(p.username)
		problems.CheckName("display_name", p.displayName)
		require.NoError(t, problems.Err(), p)
	}
	groups := 0
	for _, r := range w.rooms {
		require.GreaterOrEqual(t, len(r.members), 2)
		if !r.direct() {
			groups++
			require.GreaterOrEqual(t, len(r.members), 3)
		}
	}
	require.True(t, 0 < groups && groups < len(w.rooms), "%d of %d are groups", groups, len(w.rooms))
	require.Len(t, messages, small.Messages)
	han, latin, last := 0, 0, w.start
	for _, m := range messages {
		var problems chat.Problems
		require.Equal(t, m.content, problems.CheckContent(m.content, chat.DefaultLimits.ContentCodePoints))
		require.NoError(t, problems.Err())
		require.False(t, m.createdAt.Before(last) || m.createdAt.After(small.End) || m.createdAt.Before(m.room.createdAt))
		last = m.createdAt
		if strings.ContainsFunc(m.content, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			han++
		}
		if strings.ContainsFunc(m.content, func(r rune) bool { return unicode.Is(unicode.Latin, r) }) {
			latin++
		}
	}
	require.True(t, han > len(messages)/4 && latin > len(messages)/4, "%d in Chinese, %d in English", han, latin)
}

func TestFewPeopleHaveFewPairs(t *testing.T) {
	t.Parallel()
	w, _ := all(Options{Users: 2, Conversations: 50, Messages: 10, Seed: 1, End: small.End})
	direct := 0
	for _, r := range w.rooms {
		if r.direct() {
			direct++
		}
	}
	require.Equal(t, 1, direct)
}

// count returns the number that a query answers.
func count(t *testing.T, url, sql string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) }()
	require.NoError(t, conn.QueryRow(t.Context(), sql).Scan(&n))
	return n
}

func TestADatabaseIsFilled(t *testing.T) {
	t.Parallel()
	url := testenv.Database(t)
	var progress bytes.Buffer
	username, err := Run(t.Context(), url, small, &progress)
	require.NoError(t, err)
	require.Contains(t, progress.String(), "3000 of 3000 messages")
	for what, sql := range map[string]string{
		"conversations with gaps, or whose end is another": `SELECT count(*) FROM conversation_heads h
			WHERE (SELECT count(*) FROM messages m WHERE m.conversation_id = h.conversation_id) <> h.last_seq
			   OR (SELECT coalesce(max(seq), 0) FROM messages m WHERE m.conversation_id = h.conversation_id) <> h.last_seq`,
		"messages of people who are no members": `SELECT count(*) FROM messages m
			WHERE NOT EXISTS (SELECT FROM members x WHERE x.conversation_id = m.conversation_id AND x.user_id = m.sender_id)`,
		"cursors beyond the end, or before one's own message": `SELECT count(*) FROM members x JOIN conversation_heads h USING (conversation_id)
			WHERE read_seq > last_seq OR delivered_seq > last_seq OR read_seq > delivered_seq
			   OR read_seq < (SELECT coalesce(max(seq), 0) FROM messages m WHERE m.conversation_id = h.conversation_id AND m.sender_id = x.user_id)`,
		"replies to elsewhere": `SELECT count(*) FROM messages m
			WHERE reply_to IS NOT NULL AND NOT EXISTS (SELECT FROM messages r WHERE r.id = m.reply_to AND r.conversation_id = m.conversation_id)`,
	} {
		require.Zero(t, count(t, url, sql), what)
	}
	require.Equal(t, small.Messages, count(t, url, "SELECT count(*) FROM messages"))
	require.Positive(t, count(t, url, "SELECT count(*) FROM messages WHERE reply_to IS NOT NULL"))
	require.Positive(t, count(t, url, "SELECT count(*) FROM listed_conversations WHERE unread_count > 0"))

	store, err := postgres.Open(t.Context(), postgres.Config{URL: url})
	require.NoError(t, err)
	defer store.Close()
	_, hash, err := store.Account(t.Context(), username)
	require.NoError(t, err)
	require.NoError(t, bcrypt.CompareHashAndPassword([]byte(hash), []byte(Password)))
}

func TestPeopleAreNotMixedUnawares(t *testing.T) {
	t.Parallel()
	url := testenv.Database(t)
	run := func(change func(*Options)) error {
		o := Options{Users: 5, Conversations: 3, Messages: 10, Seed: 1, End: small.End}
		change(&o)
		_, err := Run(t.Context(), url, o, &bytes.Buffer{})
		return err
	}
	require.ErrorContains(t, run(func(o *Options) { o.Users = 1 }), "--users")
	require.ErrorContains(t, run(func(o *Options) { o.Conversations = 0 }), "--conversations")
	require.NoError(t, run(func(*Options) {}))
	require.ErrorContains(t, run(func(o *Options) { o.Seed = 2 }), "--append")
	require.ErrorContains(t, run(func(o *Options) { o.Append = true }), "--seed")
	require.NoError(t, run(func(o *Options) { o.Seed, o.Append = 2, true }))
	require.Equal(t, 10, count(t, url, "SELECT count(*) FROM users"))
	require.Equal(t, 20, count(t, url, "SELECT count(*) FROM messages"))

	empty := testenv.EmptyDatabase(t)
	_, err := Run(t.Context(), empty, small, &bytes.Buffer{})
	require.ErrorContains(t, err, "uim migrate up")
}

func TestWhatIsInterruptedLeavesNothing(t *testing.T) {
	t.Parallel()
	url := testenv.Database(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Run(ctx, url, small, writer(func() { cancel() }))
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, count(t, url, "SELECT count(*) FROM users"))
}

// writer does something with every line.
type writer func()

func (w writer) Write(p []byte) (int, error) { w(); return len(p), nil }

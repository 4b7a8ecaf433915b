package seed

import (
	"context"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres"
	"uim.dev/uim/chatserver/search"
	"uim.dev/uim/chatserver/testenv"
)

// longConversation has 200,000 messages of the first two people, taken from what
// others said; one in 20,000 has a word that nothing else has, one in 100 another.
const longConversation = `
WITH made AS (
	INSERT INTO conversations (id, kind, created_by) SELECT gen_random_uuid(), 'group', id FROM users ORDER BY id LIMIT 1 RETURNING id
), two AS (
	SELECT id, row_number() OVER (ORDER BY id) AS n FROM (SELECT id FROM users ORDER BY id LIMIT 2) u
), head AS (
	INSERT INTO conversation_heads (conversation_id, last_seq) SELECT id, 200000 FROM made
), joined AS (
	INSERT INTO members (conversation_id, user_id, role) SELECT made.id, two.id, 'member' FROM made, two
), said AS (
	SELECT content, row_number() OVER () AS seq FROM (SELECT content FROM messages LIMIT 200000) m
)
INSERT INTO messages (conversation_id, seq, id, sender_id, client_msg_id, type, content, created_at)
SELECT made.id, said.seq, gen_random_uuid(), two.id, gen_random_uuid(), 'text',
	said.content || CASE WHEN said.seq % 20000 = 777 THEN ' quokka 袋熊' WHEN said.seq % 100 = 7 THEN ' umbrella' ELSE '' END,
	now() - interval '1 year' + interval '1 minute' * said.seq
FROM said JOIN two ON two.n = 1 + said.seq % 2, made`

// BenchmarkSearchOfAMillion searches a conversation of 200,000 messages among a
// million, and tells the 50th and 95th percentile:
//
//	go test ./chatserver/seed -run '^$' -bench SearchOfAMillion -benchtime 500x
func BenchmarkSearchOfAMillion(b *testing.B) {
	url := testenv.Database(b)
	o := DefaultOptions()
	o.Users, o.Conversations, o.Messages = 10_000, 30_000, 800_000
	_, err := Run(b.Context(), url, o, io.Discard)
	require.NoError(b, err)
	conn, err := pgx.Connect(b.Context(), url)
	require.NoError(b, err)
	defer func() { _ = conn.Close(context.WithoutCancel(b.Context())) }()
	_, err = conn.Exec(b.Context(), longConversation)
	require.NoError(b, err)
	store, err := postgres.Open(b.Context(), postgres.Config{URL: url, SearchLanguage: "english"})
	require.NoError(b, err)
	defer store.Close()
	begun, indexed := time.Now(), 0
	require.NoError(b, store.IndexAll(b.Context(), func(n int) { indexed = n }))
	b.Logf("%d messages indexed in %s", indexed, time.Since(begun).Round(time.Second))
	_, err = conn.Exec(b.Context(), "VACUUM ANALYZE")
	require.NoError(b, err)
	var room, viewer uuid.UUID
	require.NoError(b, conn.QueryRow(b.Context(), "SELECT conversation_id FROM conversation_heads WHERE last_seq = 200000").Scan(&room))
	require.NoError(b, conn.QueryRow(b.Context(), "SELECT min(user_id::text)::uuid FROM members WHERE conversation_id = $1", room).Scan(&viewer))
	var index, table string
	require.NoError(b, conn.QueryRow(b.Context(), `SELECT pg_size_pretty(pg_total_relation_size('message_search')), pg_size_pretty(pg_total_relation_size('messages'))`).
		Scan(&index, &table))
	b.Logf("the index has %s, the messages %s", index, table)

	for _, c := range []struct {
		name, query string
		narrow      func(*chat.SearchNarrowing)
	}{
		{"a word in every hundredth message", "umbrella", nil},
		{"the same, anywhere in the conversation", "umbrella", func(n *chat.SearchNarrowing) { n.Before = 1 + rand.Int64N(200_000) }},
		{"a frequent word", "report", nil},
		{"a word in ten messages", "quokka", nil},
		{"a Chinese word in ten messages", "袋熊", nil},
		{"a frequent Chinese word", "我们", nil},
		{"a phrase in every hundredth message", `"umbrella" -quokka`, nil},
		{"a word that is nowhere", "zyzzyva", nil},
		{"a word in every hundredth message, of a month", "umbrella", func(n *chat.SearchNarrowing) {
			n.From = time.Now().Add(-time.Duration(300+rand.IntN(60)) * 24 * time.Hour)
			n.To = n.From.Add(30 * 24 * time.Hour)
		}},
	} {
		q, err := search.Parse(c.query)
		require.NoError(b, err)
		b.Run(c.name, func(b *testing.B) {
			var times []float64
			for b.Loop() {
				n := chat.SearchNarrowing{Limit: 50}
				if c.narrow != nil {
					c.narrow(&n)
				}
				begun := time.Now()
				_, err := store.Find(b.Context(), viewer, room, q, n)
				require.NoError(b, err)
				times = append(times, float64(time.Since(begun).Microseconds())/1000)
			}
			slices.Sort(times)
			b.ReportMetric(times[len(times)/2], "p50-ms")
			b.ReportMetric(times[len(times)*95/100], "p95-ms")
		})
	}
}

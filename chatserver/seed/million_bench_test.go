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
	"uim.dev/uim/chatserver/testenv"
)

// BenchmarkAMillionMessages measures reading where 10,000 people wrote a million
// messages in 30,000 conversations, and tells the 50th and 95th percentile:
//
//	go test ./chatserver/seed -run '^$' -bench Million -benchtime 2000x
func BenchmarkAMillionMessages(b *testing.B) {
	url := testenv.Database(b)
	o := DefaultOptions()
	o.Users, o.Conversations, o.Messages = 10_000, 30_000, 1_000_000
	begun := time.Now()
	_, err := Run(b.Context(), url, o, io.Discard)
	require.NoError(b, err)
	b.Logf("seeded in %s", time.Since(begun).Round(time.Second))
	conn, err := pgx.Connect(b.Context(), url)
	require.NoError(b, err)
	defer func() { _ = conn.Close(context.WithoutCancel(b.Context())) }()
	exec := func(sql string, args ...any) {
		_, err := conn.Exec(b.Context(), sql, args...)
		require.NoError(b, err)
	}
	ask := func(into any, sql string, args ...any) {
		require.NoError(b, conn.QueryRow(b.Context(), sql, args...).Scan(into))
	}
	var busiest uuid.UUID
	ask(&busiest, "SELECT user_id FROM members GROUP BY user_id ORDER BY count(*) DESC LIMIT 1")
	// As many conversations as make a thousand.
	exec(`INSERT INTO members (conversation_id, user_id, role)
		SELECT c.id, $1, 'member' FROM conversations c
		WHERE c.kind = 'group' AND NOT EXISTS (SELECT FROM members m WHERE m.conversation_id = c.id AND m.user_id = $1)
		ORDER BY c.id LIMIT greatest(0, 1000 - (SELECT count(*) FROM members WHERE user_id = $1))`, busiest)
	exec("VACUUM ANALYZE")
	store, err := postgres.Open(b.Context(), postgres.Config{URL: url})
	require.NoError(b, err)
	defer store.Close()
	var rooms []uuid.UUID
	var conversations int
	ask(&rooms, "SELECT array_agg(conversation_id) FROM conversation_heads WHERE last_seq >= 100")
	ask(&conversations, "SELECT count(*) FROM members WHERE user_id = $1", busiest)
	b.Logf("%d conversations have 100 messages or more; the busiest person has %d", len(rooms), conversations)

	anyRoom := func() uuid.UUID { return rooms[rand.IntN(len(rooms))] }
	for _, c := range []struct {
		name string
		read func() (int, error)
	}{
		{"newest page of history", func() (int, error) {
			page, err := store.History(b.Context(), anyRoom(), chat.HistoryRange{Newest: true, Limit: 50})
			return len(page), err
		}},
		{"older page of history", func() (int, error) {
			page, err := store.History(b.Context(), anyRoom(), chat.HistoryRange{Before: 2 + rand.Int64N(99), Newest: true, Limit: 50})
			return len(page), err
		}},
		{"page of 100 of the list", func() (int, error) {
			page, err := store.List(b.Context(), busiest, chat.ListQuery{Limit: 100})
			return len(page), err
		}},
		{"unread of the list", func() (int, error) {
			page, err := store.List(b.Context(), busiest, chat.ListQuery{Filter: chat.ListFilter{Unread: true}, Limit: 100})
			return len(page), err
		}},
		{"search of the list", func() (int, error) {
			page, err := store.List(b.Context(), busiest, chat.ListQuery{Search: "王", Limit: 100})
			return len(page), err
		}},
		{"page of a sync", func() (int, error) {
			page, err := store.Views(b.Context(), busiest, nil, 50)
			return len(page), err
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var times []float64
			for b.Loop() {
				begun := time.Now()
				if n, err := c.read(); err != nil || n == 0 {
					b.Fatal(n, err)
				}
				times = append(times, float64(time.Since(begun).Microseconds())/1000)
			}
			slices.Sort(times)
			b.ReportMetric(times[len(times)/2], "p50-ms")
			b.ReportMetric(times[len(times)*95/100], "p95-ms")
		})
	}
}

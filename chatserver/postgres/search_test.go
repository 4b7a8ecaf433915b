package postgres_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres"
	"uim.dev/uim/chatserver/search"
)

// find returns what a viewer finds in a conversation, as the seqs of messages.
func find(t testing.TB, s *postgres.Store, viewer, room uuid.UUID, text string, narrow ...func(*chat.SearchNarrowing)) []int64 {
	t.Helper()
	hits, err := tryFind(t, s, viewer, room, text, narrow...)
	require.NoError(t, err, text)
	found := []int64{}
	for _, h := range hits {
		found = append(found, h.Seq)
	}
	return found
}

func tryFind(t testing.TB, s *postgres.Store, viewer, room uuid.UUID, text string, narrow ...func(*chat.SearchNarrowing)) ([]chat.SearchHit, error) {
	t.Helper()
	q, err := search.Parse(text)
	require.NoError(t, err, text)
	n := chat.SearchNarrowing{Limit: 50}
	for _, f := range narrow {
		f(&n)
	}
	return s.Find(context.Background(), viewer, room, q, n)
}

// english is another store on the same database, whose search language is English.
func (d *database) english(t testing.TB) *postgres.Store {
	t.Helper()
	store, err := postgres.Open(context.Background(), postgres.Config{URL: d.url, MaxConnections: 4, SearchLanguage: "english"})
	require.NoError(t, err)
	t.Cleanup(store.Close)
	return store
}

func index(t testing.TB, s *postgres.Store) (messages int) {
	t.Helper()
	require.NoError(t, s.IndexAll(context.Background(), func(n int) { messages = n }))
	return messages
}

func (k *talk) saySome(t testing.TB, texts ...string) {
	t.Helper()
	for i, text := range texts {
		k.say(t, draft(k.room, []uuid.UUID{k.ann, k.bob}[i%2], text))
	}
}

func TestMessagesAreFoundBeforeAndAfterTheyAreIndexed(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	s := k.english(t)
	k.saySome(t, "Hello World", "你好，世界", "running shoes", "the Café at 10:30", "hello again 👋🏽", "runs, and the running")
	require.NoError(t, notice(t.Context(), k.session(t), k.room, uuid.New())) // seq 7
	k.exec(t, "UPDATE messages SET content = 'hello from the system' WHERE seq = 7")
	check := func(when string) {
		t.Helper()
		for text, want := range map[string][]int64{
			"hello": {5, 1}, "hello world": {1}, "hello -world": {5}, "世界": {2}, "你好世界": {}, `"你好" or hello`: {5, 2, 1}, "cafe": {4},
			"run": {6, 3}, `"running"`: {6, 3}, `"run"`: {}, "10:30": {4}, "👋": {5}, "nothing": {}, "the shoes": {3}, "shoe -and": {3},
		} {
			require.Equal(t, want, find(t, s, k.bob, k.room, text), "%s, %s", text, when)
		}
		require.Equal(t, []int64{5}, find(t, s, k.bob, k.room, "hello", func(n *chat.SearchNarrowing) { n.Limit = 1 }), when)
		require.Equal(t, []int64{1}, find(t, s, k.bob, k.room, "hello", func(n *chat.SearchNarrowing) { n.Before = 5 }), when)
		require.Equal(t, []int64{}, find(t, s, k.bob, k.room, "hello", func(n *chat.SearchNarrowing) { n.Sender = k.bob }), when)
		require.Equal(t, []int64{6}, find(t, s, k.bob, k.room, "running", func(n *chat.SearchNarrowing) { n.Sender = k.bob }), when)
		require.Equal(t, []int64{}, find(t, s, k.bob, k.room, "hello", func(n *chat.SearchNarrowing) { n.Sender = k.eve }), when)
		_, err := tryFind(t, s, k.bob, k.room, "the")
		require.ErrorIs(t, err, search.ErrStopWords, when)
		_, err = tryFind(t, s, k.eve, k.room, "hello")
		require.ErrorIs(t, err, chat.ErrNotFound, when)
		_, err = tryFind(t, s, k.bob, uuid.New(), "hello")
		require.ErrorIs(t, err, chat.ErrNotFound, when)
	}
	check("not indexed")
	require.Equal(t, 6, index(t, s))
	require.Zero(t, index(t, s), "again")
	check("indexed")
	k.say(t, draft(k.room, k.ann, "hello once more"))
	require.Equal(t, []int64{8, 5, 1}, find(t, s, k.bob, k.room, "hello"), "the last not indexed")
}

func TestHighlightsAreWhereTheWordsAre(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	s := k.english(t)
	k.saySome(t, "👋 Running to 世界 runs")
	for _, when := range []string{"not indexed", "indexed"} {
		hits, err := tryFind(t, s, k.bob, k.room, "run 世界")
		require.NoError(t, err)
		require.Equal(t, []search.Span{{2, 9}, {13, 15}, {16, 20}}, hits[0].Highlights, when)
		index(t, s)
	}
}

func TestNobodyFindsWhatWasSaidBeforeTheyCame(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.saySome(t, "word one", "word two", "word three")
	k.exec(t, "UPDATE members SET joined_seq = 2 WHERE user_id = $1", k.bob)
	for _, when := range []string{"not indexed", "indexed"} {
		require.Equal(t, []int64{3}, find(t, k.Store, k.bob, k.room, "word"), when)
		require.Equal(t, []int64{3, 2, 1}, find(t, k.Store, k.ann, k.room, "word"), when)
		index(t, k.Store)
	}
}

func TestMessagesAreFoundByTheirTimes(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	const many = 3000
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	k.fill(t, many, "'word ' || n")
	k.exec(t, "UPDATE messages SET created_at = $1::timestamptz + interval '1 hour' * seq", start)
	k.exec(t, "UPDATE messages SET created_at = created_at - interval '30 minutes 1 second' WHERE seq % 7 = 0") // the clocks of servers differ
	index(t, k.Store)
	at := func(seq int64) time.Time { return start.Add(time.Duration(seq) * time.Hour) }
	between := func(from, to time.Time) func(*chat.SearchNarrowing) {
		return func(n *chat.SearchNarrowing) { n.From, n.To = from, to }
	}
	for range 50 {
		from := 1 + rand.Int64N(many-60)
		to := from + rand.Int64N(50)
		want := []int64{}
		for seq := min(int64(many), to+2); seq >= max(1, from-2); seq-- {
			said := at(seq)
			if seq%7 == 0 {
				said = said.Add(-30*time.Minute - time.Second)
			}
			if !said.Before(at(from)) && said.Before(at(to)) {
				want = append(want, seq)
			}
		}
		require.Equal(t, want, find(t, k.Store, k.ann, k.room, "word", between(at(from), at(to))), "%d to %d", from, to)
	}
	require.Len(t, find(t, k.Store, k.ann, k.room, "word", between(at(many-10), time.Time{})), 11)
	require.Equal(t, []int64{1}, find(t, k.Store, k.ann, k.room, "word", between(time.Time{}, at(2))))
	require.Empty(t, find(t, k.Store, k.ann, k.room, "word", between(at(many+5000), time.Time{})))
	require.Empty(t, find(t, k.Store, k.ann, k.room, "word", between(time.Time{}, at(-5000))))
}

// fill stores many messages of ann's and bob's; content is SQL.
func (k *talk) fill(t testing.TB, many int, content string) {
	t.Helper()
	k.exec(t, `INSERT INTO messages (conversation_id, seq, id, sender_id, client_msg_id, type, content)
		SELECT $1, n, gen_random_uuid(), CASE WHEN n % 2 = 0 THEN $2::uuid ELSE $3::uuid END, gen_random_uuid(), 'text', `+content+`
		FROM generate_series(1, $4::int) n`, k.room, k.ann, k.bob, many)
	k.exec(t, "UPDATE conversation_heads SET last_seq = $2 WHERE conversation_id = $1", k.room, many)
}

// Pages go on where the one before ended, through blocks of all sizes and what is
// not indexed.
func TestPagesOfASearchHaveEveryMessageOnce(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	const many = 36_000 // more than a large block
	k.fill(t, many, "CASE WHEN n % 300 = 7 THEN 'a needle in the hay' ELSE 'hay' END")
	k.exec(t, "UPDATE conversation_heads SET last_seq = $1", many-400)
	index(t, k.Store)
	k.exec(t, "UPDATE conversation_heads SET last_seq = $1", many) // 400 are not indexed
	want := []int64{}
	for seq := int64(many); seq > 0; seq-- {
		if seq%300 == 7 {
			want = append(want, seq)
		}
	}
	got := []int64{}
	for before := int64(0); ; {
		page := find(t, k.Store, k.ann, k.room, "needle", func(n *chat.SearchNarrowing) { n.Before, n.Limit = before, 13 })
		if got = append(got, page...); len(page) < 13 {
			break
		}
		before = page[len(page)-1]
	}
	require.Equal(t, want, got)
	require.Equal(t, []int64{307}, find(t, k.Store, k.ann, k.room, "needle", func(n *chat.SearchNarrowing) { n.Before, n.Limit = 600, 1 }))
}

// A conversation that nobody has indexed is indexed by who searches it.
func TestASearchIndexesWhatIsTooMuchToLookThrough(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.fill(t, 4000, "'hay ' || n")
	require.NoError(t, k.AnnounceSearch(t.Context()))
	var hits []chat.SearchHit
	eventually(t, "the search is done", func() bool { // each try goes on where the one before ran out of time
		var err error
		hits, err = tryFind(t, k.Store, k.ann, k.room, "17")
		require.True(t, err == nil || chat.CodeOf(err) == chat.CodeSearchTimeout, "%v", err)
		return err == nil
	})
	require.Len(t, hits, 1)
	require.Positive(t, ask[int](t, k.database, "SELECT count(*) FROM message_search"))
}

func TestAnotherLanguageIndexesAnew(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	simple, english := k.Store, k.english(t)
	k.saySome(t, "running", "shoes")
	index(t, simple)
	require.Equal(t, []int64{}, find(t, simple, k.ann, k.room, "run"))
	index(t, english)
	require.Equal(t, []int64{1}, find(t, english, k.ann, k.room, "run"))
	// The old server, still running, leaves the index to the new one.
	k.say(t, draft(k.room, k.ann, "runs"))
	indexer, stop := context.WithCancel(t.Context())
	require.NoError(t, english.AnnounceSearch(t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		postgres.NewSearchIndexer(english, slog.New(slog.DiscardHandler)).Run(indexer)
	}()
	eventually(t, "the message is indexed", func() bool { return ask[int](t, k.database, "SELECT count(*) FROM message_search") == 3 })
	stop()
	<-done
	require.Equal(t, []int64{3, 1}, find(t, english, k.ann, k.room, "run"))
	require.Equal(t, []int64{3}, find(t, simple, k.ann, k.room, "runs"), "by the old one")
	require.Zero(t, index(t, english), "nothing is left")
}

func TestASearchLanguageIsOneThatTheDatabaseHas(t *testing.T) {
	t.Parallel()
	d := open(t)
	require.NoError(t, d.CheckSearchLanguage(t.Context()))
	require.NoError(t, d.english(t).CheckSearchLanguage(t.Context()))
	klingon, err := postgres.Open(t.Context(), postgres.Config{URL: d.url, SearchLanguage: "klingon"})
	require.NoError(t, err)
	defer klingon.Close()
	require.ErrorContains(t, klingon.CheckSearchLanguage(t.Context()), "klingon")
}

func TestNothingIsFoundOfAConversationThatIsGone(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.saySome(t, "hello")
	index(t, k.Store)
	k.exec(t, "DELETE FROM conversations")
	require.Zero(t, ask[int](t, k.database, "SELECT count(*) FROM message_search"))
	require.Zero(t, ask[int](t, k.database, "SELECT count(*) FROM search_progress"))
}

// Several nodes index beside each other, while people go on talking.
func TestNodesIndexTogether(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	require.NoError(t, k.AnnounceSearch(t.Context()))
	ctx, stop := context.WithCancel(t.Context())
	running := make(chan struct{}, 3)
	for range cap(running) {
		store := connect(t, k.url)
		go func() {
			postgres.NewSearchIndexer(store, slog.New(slog.DiscardHandler)).Run(ctx)
			running <- struct{}{}
		}()
	}
	for i := range 300 {
		k.say(t, draft(k.room, k.ann, fmt.Sprint("message ", i)))
	}
	eventually(t, "all messages are indexed", func() bool { return ask[int](t, k.database, "SELECT count(*) FROM message_search") == 300 })
	stop()
	for range cap(running) {
		<-running
	}
	require.Equal(t, []int64{43}, find(t, k.Store, k.ann, k.room, "42"))
}

// What Postgres finds by the index is what is found by looking through messages.
func TestTheIndexAgreesWithLookingThroughMessages(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	s := k.english(t)
	parts := []string{"run", "running", "the", "new", "news", "a", "b", "你", "好", "世", "界", "用", "Go", "3", "👋", "né", " ", " ", " ", " ", "-", ",", "カ", "ﾞ"}
	random := func(n int) string {
		var b strings.Builder
		for range 1 + rand.IntN(n) {
			b.WriteString(parts[rand.IntN(len(parts))])
		}
		return b.String()
	}
	const many = 300
	for range many {
		text := "x " + random(12)
		k.say(t, draft(k.room, k.ann, strings.TrimSpace(text)))
	}
	operators := []string{"", "", "", "-", `"`, "or "}
	type answer struct {
		found []int64
		err   error
	}
	texts, before := []string{}, []answer{}
	ask := func(text string) answer {
		q, err := search.Parse(text)
		require.NoError(t, err)
		hits, err := s.Find(t.Context(), k.ann, k.room, q, chat.SearchNarrowing{Limit: many})
		a := answer{err: err}
		for _, h := range hits {
			a.found = append(a.found, h.Seq)
		}
		return a
	}
	for len(texts) < 400 {
		var words []string
		for range 1 + rand.IntN(3) {
			o := operators[rand.IntN(len(operators))]
			words = append(words, o+random(4)+strings.Repeat(o, map[string]int{`"`: 1}[o]))
		}
		text := strings.Join(words, " ")
		if _, err := search.Parse(text); err == nil {
			texts, before = append(texts, text), append(before, ask(text))
		}
	}
	require.Equal(t, many, index(t, s))
	some := 0
	for i, text := range texts {
		after := ask(text)
		require.Equal(t, before[i], after, text)
		some += len(after.found)
	}
	require.Greater(t, some, 1000, "most queries found nothing")
}

func TestSearchesThatTakeTooLongAreEnded(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.saySome(t, "hello")
	index(t, k.Store)
	// What they read is locked away.
	tx, err := k.session(t).Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "LOCK TABLE message_search IN ACCESS EXCLUSIVE MODE")
	require.NoError(t, err)
	_, err = tryFind(t, k.Store, k.ann, k.room, "hello")
	require.Equal(t, chat.CodeSearchTimeout, chat.CodeOf(err))
	// Many searches wait for a few, in vain; the rest of the store is none the worse.
	errs := make(chan error, 12)
	for range cap(errs) {
		go func() { _, err := tryFind(t, k.Store, k.ann, k.room, "hello"); errs <- err }()
	}
	codes := map[chat.Code]int{}
	for range cap(errs) {
		codes[chat.CodeOf(<-errs)]++
	}
	require.Equal(t, cap(errs), codes[chat.CodeSearchTimeout]+codes[chat.CodeOverloaded], "%v", codes)
	require.Positive(t, codes[chat.CodeOverloaded])
	require.Len(t, k.log(t, k.room), 1)
	require.NoError(t, tx.Rollback(t.Context()))
	require.Equal(t, []int64{1}, find(t, k.Store, k.ann, k.room, "hello"))
}

// Searching, too, costs a fixed number of statements, on connections of its own.
func TestBudgetOfASearch(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.fill(t, 5000, "'hay and a needle ' || n")
	index(t, k.english(t))
	counter := &statementCount{}
	store, err := postgres.OpenTraced(t.Context(), k.url, func(c *pgxpool.Config) { c.ConnConfig.Tracer = counter })
	require.NoError(t, err)
	t.Cleanup(store.Close)
	for text, budget := range map[string]int64{"hay": 2, "nothing": 3, `"needle 17"`: 3} {
		find(t, store, k.ann, k.room, text)
		before := counter.n.Load()
		find(t, store, k.ann, k.room, text)
		require.Equal(t, budget, counter.n.Load()-before, text)
	}
}

func TestSearchesAreOnlyPlannedByWords(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.fill(t, 3000, "'hay ' || n")
	index(t, k.Store)
	conn := k.session(t)
	for name, value := range postgres.SearchSettings {
		_, err := conn.Exec(t.Context(), "SELECT set_config($1, $2, false)", name, value)
		require.NoError(t, err)
	}
	for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		scans := explain(t, conn, mode, statements(t)["searchIndexed"], "(hay)", 0, 3000, nil, nil, 50, k.room).scans()
		require.True(t, slices.Contains(scans, "Bitmap Heap Scan on message_search") && !slices.ContainsFunc(scans, func(s string) bool {
			return strings.HasPrefix(s, "Seq Scan") || strings.HasPrefix(s, "Index Scan on message_search")
		}), "%q", scans)
		scans = explain(t, conn, mode, statements(t)["searchBounds"], k.room, k.ann, time.Now().Format(time.RFC3339), nil).scans()
		require.False(t, slices.ContainsFunc(scans, func(s string) bool { return strings.HasPrefix(s, "Seq Scan") }), "%q", scans)
	}
}

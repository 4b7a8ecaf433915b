package postgres

import (
	"context"
	"encoding/base64"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres/queries"
	"uim.dev/uim/chatserver/search"
)

const (
	// searchConnections is how many searches a node does at a time, on connections
	// of their own: the rest is never kept waiting by them.
	searchConnections = 3
	// searchPatience is how long a search waits for its turn.
	searchPatience = time.Second
	// searchTimeout bounds a search, and searchStatementTimeout each of its statements.
	searchTimeout          = 3 * time.Second
	searchStatementTimeout = time.Second
	// searchTail is how many messages are looked through one by one, at most.
	searchTail = 500
)

// searchSettings leave the planner no way to a message but its words.
var searchSettings = map[string]string{
	"enable_seqscan": "off", "plan_cache_mode": "force_generic_plan", "statement_timeout": milliseconds(searchStatementTimeout),
}

// A conversation's messages are marked by blocks of two sizes. A search goes from
// the newest messages back: first through small blocks, where a frequent word
// fills the page, then through large ones, where a rare word is found at once.
const (
	smallBlock = 1 << 10
	largeBlock = 1 << 15
	// largeBlocks are asked for together.
	largeBlocks = 8
)

func blockMarks(conversation uuid.UUID, seq int64) []string {
	return []string{smallMark(conversation, seq/smallBlock), largeMark(conversation, seq/largeBlock)}
}

func smallMark(conversation uuid.UUID, n int64) string {
	return "#" + shortID(conversation) + "." + strconv.FormatInt(n, 10)
}

func largeMark(conversation uuid.UUID, n int64) string {
	return "#" + shortID(conversation) + ":" + strconv.FormatInt(n, 10)
}

func senderMark(sender uuid.UUID) string { return "@" + shortID(sender) }

func shortID(id uuid.UUID) string { return base64.RawURLEncoding.EncodeToString(id[:]) }

// searcher is what searches of a Store share.
type searcher struct {
	pool       *guardedPool
	slots      chan struct{} // one for each search under way
	dictionary dictionary
}

var errSearchTimeout error = &chat.Error{Code: chat.CodeSearchTimeout, RetryAfter: time.Second}

// Find implements chat.MessageFinder.
func (s *Store) Find(ctx context.Context, viewer, conversation uuid.UUID, q search.Query, n chat.SearchNarrowing) ([]chat.SearchHit, error) {
	leave, err := s.search.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	hits, err := again(ctx, func() ([]chat.SearchHit, error) {
		f := finding{store: s, conversation: conversation, narrowing: n, deadline: time.Now().Add(searchTimeout)}
		err := f.run(ctx, viewer, q)
		return f.hits, err
	})
	switch {
	case errors.Is(err, search.ErrStopWords), chat.CodeOf(err) == chat.CodeSearchTimeout:
		return nil, err
	case isStatementTimeout(err):
		return nil, errSearchTimeout
	}
	return hits, wrap("searching messages", err)
}

// enter waits for a search's turn; leave ends it.
func (s *searcher) enter(ctx context.Context) (leave func(), err error) {
	patience := time.NewTimer(searchPatience)
	defer patience.Stop()
	select {
	case s.slots <- struct{}{}:
		return func() { <-s.slots }, nil
	case <-patience.C:
		return nil, &chat.Error{Code: chat.CodeOverloaded, Detail: "Many people are searching; try again in a moment.", RetryAfter: time.Second}
	case <-ctx.Done():
		return nil, wrap("waiting to search", ctx.Err())
	}
}

// isStatementTimeout reports whether a statement was ended since it took too long.
func isStatementTimeout(err error) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pgErr.Code == "57014"
}

// finding is one search under way.
type finding struct {
	store        *Store
	conversation uuid.UUID
	narrowing    chat.SearchNarrowing
	deadline     time.Time

	query search.Query
	after int64 // seqs that are searched: (after, through]
	hits  []chat.SearchHit
}

func (f *finding) run(ctx context.Context, viewer uuid.UUID, q search.Query) error {
	words, err := f.look(ctx, q.Plain())
	if err != nil {
		return err
	}
	if f.query, err = q.Resolve(words); err != nil {
		return err
	}
	bounds, err := f.bounds(ctx, viewer)
	if err != nil {
		return err
	}
	f.after = bounds.AfterSeq
	through, indexed := bounds.ThroughSeq, bounds.IndexedSeq
	if f.narrowing.Before > 0 {
		through = min(through, f.narrowing.Before-1)
	}
	if indexed < through {
		if err := f.tail(ctx, max(f.after, indexed), through); err != nil {
			return err
		}
	}
	return f.indexed(ctx, min(indexed, through))
}

func (f *finding) look(ctx context.Context, words []string) (search.Dictionary, error) {
	return f.store.search.dictionary.look(ctx, f.store.search.pool, words)
}

// bounds returns where to search. Before that it has a conversation indexed of
// which too much is not.
func (f *finding) bounds(ctx context.Context, viewer uuid.UUID) (queries.SearchBoundsRow, error) {
	for {
		b, err := f.store.q.SearchBounds(ctx, f.store.search.pool, queries.SearchBoundsParams{
			ConversationID: f.conversation, Viewer: viewer, FromTime: optionalTime(f.narrowing.From), ToTime: optionalTime(f.narrowing.To),
		})
		if err != nil || b.ThroughSeq-max(b.IndexedSeq, b.AfterSeq) <= searchTail {
			return b, err
		}
		if time.Now().After(f.deadline) {
			return b, errSearchTimeout
		}
		progress, err := f.store.indexBatch(ctx, []uuid.UUID{f.conversation})
		if err != nil {
			return b, err
		}
		if progress.messages == 0 { // another node is at it
			if err := rest(ctx, 50*time.Millisecond); err != nil {
				return b, err
			}
		}
	}
}

// tail looks through messages that are not indexed.
func (f *finding) tail(ctx context.Context, after, through int64) error {
	rows, err := f.store.q.HistoryDown(ctx, f.store.search.pool, queries.HistoryDownParams{
		ConversationID: f.conversation, AfterSeq: after, BeforeSeq: through + 1, PageSize: math.MaxInt32})
	if err != nil {
		return err
	}
	var wanted []chat.Message
	for _, m := range toMessages(rows) {
		if f.wants(m) {
			wanted = append(wanted, m)
		}
	}
	return f.add(ctx, wanted, func(matches bool) bool { return matches })
}

// wants reports whether a message is of those that the search is narrowed to.
func (f *finding) wants(m chat.Message) bool {
	n := f.narrowing
	return m.SenderID != uuid.Nil && (n.Sender == uuid.Nil || m.SenderID == n.Sender) &&
		!m.CreatedAt.Before(n.From) && (n.To.IsZero() || m.CreatedAt.Before(n.To))
}

// indexed goes through the blocks of the index from a seq back.
func (f *finding) indexed(ctx context.Context, through int64) error {
	block := through / smallBlock
	if err := f.blocks(ctx, &through, (block-1)*smallBlock, smallMark(f.conversation, block), smallMark(f.conversation, block-1)); err != nil {
		return err
	}
	for count := int64(1); through > f.after && len(f.hits) < f.narrowing.Limit; count = largeBlocks {
		if time.Now().After(f.deadline) {
			return errSearchTimeout
		}
		last := through / largeBlock
		first := max(0, last-count+1)
		marks := make([]string, 0, count)
		for n := first; n <= last; n++ {
			marks = append(marks, largeMark(f.conversation, n))
		}
		if err := f.blocks(ctx, &through, first*largeBlock, marks...); err != nil {
			return err
		}
	}
	return nil
}

// blocks adds what the index has from a block's first seq to through, which it moves.
func (f *finding) blocks(ctx context.Context, through *int64, first int64, marks ...string) error {
	after := max(f.after, first-1)
	left := f.narrowing.Limit - len(f.hits)
	if left <= 0 || *through <= after {
		return nil
	}
	query := "(" + search.Any(marks...) + ") & (" + f.query.TSQuery() + ")"
	if f.narrowing.Sender != uuid.Nil {
		query = search.Any(senderMark(f.narrowing.Sender)) + " & " + query
	}
	rows, err := f.store.q.SearchIndexed(ctx, f.store.search.pool, queries.SearchIndexedParams{
		Query: query, ConversationID: f.conversation, AfterSeq: after, ThroughSeq: *through,
		FromTime: optionalTime(f.narrowing.From), ToTime: optionalTime(f.narrowing.To), PageSize: int32(left),
	})
	if err != nil {
		return err
	}
	*through = after
	return f.add(ctx, toMessages(rows), func(bool) bool { return true })
}

// add makes hits of messages, as long as the page has room for them. What the
// index has found is one, even if it was taken apart in another way.
func (f *finding) add(ctx context.Context, messages []chat.Message, isHit func(matches bool) bool) error {
	words := make([][]search.Word, len(messages))
	for i, m := range messages {
		words[i] = search.Words(m.Content)
	}
	var d search.Dictionary
	if f.query.Stemmed() {
		var err error
		if d, err = f.look(ctx, plainWords(words...)); err != nil {
			return err
		}
	}
	for i, m := range messages {
		if spans, matches := f.query.Match(words[i], d); isHit(matches) && len(f.hits) < f.narrowing.Limit {
			f.hits = append(f.hits, chat.SearchHit{Message: m, Highlights: spans})
		}
	}
	return nil
}

// plainWords returns what a dictionary may know of texts.
func plainWords(texts ...[]search.Word) []string {
	var plain []string
	for _, words := range texts {
		for _, w := range words {
			if w.Plain != "" {
				plain = append(plain, w.Plain)
			}
		}
	}
	return plain
}

// optionalTime returns nil for the zero time.
func optionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// rest waits a while, or until ctx ends.
func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

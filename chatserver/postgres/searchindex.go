package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"uim.dev/uim/chatserver/postgres/queries"
	"uim.dev/uim/chatserver/search"
)

const (
	// indexMessages is how many messages one transaction indexes.
	indexMessages = 1000
	// indexConversations is of how many conversations they are, at most.
	indexConversations = 200
)

// CheckSearchLanguage returns an error unless the search language is one that
// the database has.
func (s *Store) CheckSearchLanguage(ctx context.Context) error {
	config := s.search.dictionary.config
	known, err := s.q.SearchConfigs(ctx, s.pool, config)
	if err != nil {
		return wrap("looking for the search language", err)
	}
	if !known && config != "" {
		return fmt.Errorf("the database has no text search configuration %q (psql: \\dF lists them)", config)
	}
	return nil
}

// AnnounceSearch makes this store's search language the one that messages are
// indexed in, from now on and then all of them anew.
func (s *Store) AnnounceSearch(ctx context.Context) error {
	return wrap("noting the search language", s.q.SetSearchAnalysis(ctx, s.pool, s.search.dictionary.analysis()))
}

// indexed is what a batch has done.
type indexed struct {
	messages int
	left     []uuid.UUID // conversations with more to index
}

// indexBatch indexes what some conversations, at most indexConversations, lack:
// as much as goes into one transaction. It leaves those that somebody else is
// indexing, and all of them if others are to be indexed in another language.
func (s *Store) indexBatch(ctx context.Context, conversations []uuid.UUID) (done indexed, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		analysis, err := s.q.SearchAnalysis(ctx, tx)
		if own := s.search.dictionary.analysis(); err != nil || analysis != own {
			if errors.Is(err, pgx.ErrNoRows) {
				err = nil
			}
			return err
		}
		if err := s.q.BeginIndexing(ctx, tx, queries.BeginIndexingParams{Analysis: analysis, ConversationIds: conversations}); err != nil {
			return err
		}
		rows, err := s.q.ClaimIndexing(ctx, tx, conversations)
		if err != nil {
			return err
		}
		work := planIndexing(rows, analysis)
		if done.left = work.left; len(work.advance.ConversationIds) == 0 {
			return nil
		}
		if done.messages, err = s.indexMessages(ctx, tx, work.spans); err != nil {
			return err
		}
		work.advance.Analysis = analysis
		return s.q.AdvanceIndexing(ctx, tx, work.advance)
	})
	if err != nil {
		return indexed{}, wrap("indexing messages", err)
	}
	return done, nil
}

// indexing is what one transaction is to do.
type indexing struct {
	spans   queries.MessagesToIndexParams
	advance queries.AdvanceIndexingParams
	left    []uuid.UUID
}

// planIndexing shares a transaction among conversations: first what is not
// indexed, the oldest first, then what is to be indexed anew, the newest first.
func planIndexing(rows []queries.ClaimIndexingRow, analysis string) (work indexing) {
	room := int64(indexMessages)
	for _, r := range rows {
		renew := r.RenewThrough
		if r.Analysis != analysis {
			renew = r.IndexedSeq
		}
		after, through := r.IndexedSeq, min(r.LastSeq, r.IndexedSeq+room)
		indexedSeq := through
		if r.IndexedSeq == r.LastSeq {
			after, through = max(0, renew-room), renew
			indexedSeq, renew = r.IndexedSeq, after
		}
		if through > after || r.Analysis != analysis {
			room -= through - after
			work.spans.ConversationIds = append(work.spans.ConversationIds, r.ConversationID)
			work.spans.AfterSeqs = append(work.spans.AfterSeqs, after)
			work.spans.ThroughSeqs = append(work.spans.ThroughSeqs, through)
			work.advance.ConversationIds = append(work.advance.ConversationIds, r.ConversationID)
			work.advance.IndexedSeqs = append(work.advance.IndexedSeqs, indexedSeq)
			work.advance.RenewThroughs = append(work.advance.RenewThroughs, renew)
		}
		if indexedSeq < r.LastSeq || renew > 0 {
			work.left = append(work.left, r.ConversationID)
		}
	}
	work.spans.MaxRows = indexMessages
	return work
}

// indexMessages stores what messages are found by, and returns how many they are.
func (s *Store) indexMessages(ctx context.Context, tx pgx.Tx, spans queries.MessagesToIndexParams) (int, error) {
	messages, err := s.q.MessagesToIndex(ctx, tx, spans)
	if err != nil || len(messages) == 0 {
		return 0, err
	}
	texts := make([][]search.Word, len(messages))
	for i, m := range messages {
		texts[i] = search.Words(m.Content)
	}
	d, err := s.search.dictionary.look(ctx, tx, plainWords(texts...))
	if err != nil {
		return 0, err
	}
	var arg queries.StoreIndexedParams
	for i, m := range messages {
		arg.ConversationIds = append(arg.ConversationIds, m.ConversationID)
		arg.Seqs = append(arg.Seqs, m.Seq)
		arg.CreatedAts = append(arg.CreatedAts, m.CreatedAt)
		arg.Tokens = append(arg.Tokens, search.Vector(texts[i], d, append(blockMarks(m.ConversationID, m.Seq), senderMark(value(m.SenderID)))...))
	}
	return len(messages), s.q.StoreIndexed(ctx, tx, arg)
}

// IndexAll indexes every message that is not, without regard to others, and tells
// how many it has done. It also makes the store's search language the database's.
func (s *Store) IndexAll(ctx context.Context, tell func(messages int)) error {
	if err := s.AnnounceSearch(ctx); err != nil {
		return err
	}
	total := 0
	for after := uuid.Nil; ; {
		page, err := s.sweep(ctx, after)
		if err != nil || page.last == uuid.Nil {
			return err
		}
		for left := page.pending; len(left) > 0; {
			part := left[:min(len(left), indexConversations)]
			done, err := s.indexBatch(ctx, part)
			if err != nil {
				return err
			}
			if left = append(left[len(part):], done.left...); done.messages > 0 {
				total += done.messages
				tell(total)
			}
		}
		after = page.last
	}
}

// swept is a page of all conversations.
type swept struct {
	pending []uuid.UUID // those with something to index
	last    uuid.UUID   // where the next page begins; uuid.Nil: there was nothing left
}

const sweepPage = 500

func (s *Store) sweep(ctx context.Context, after uuid.UUID) (page swept, err error) {
	rows, err := s.q.SweepUnindexed(ctx, s.pool, queries.SweepUnindexedParams{
		Analysis: s.search.dictionary.analysis(), After: after, PageSize: sweepPage})
	for _, r := range rows {
		page.last = r.ConversationID
		if r.Pending {
			page.pending = append(page.pending, r.ConversationID)
		}
	}
	return page, wrap("looking for what to index", err)
}

// touchedUnindexed returns the conversations written to within the last while
// that have something to index.
func (s *Store) touchedUnindexed(ctx context.Context, while time.Duration) ([]uuid.UUID, error) {
	ids, err := s.q.TouchedUnindexed(ctx, s.pool, while.Seconds())
	return ids, wrap("looking for what to index", err)
}

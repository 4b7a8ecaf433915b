package postgres

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

const (
	// indexInterval is how often a node looks for messages to index.
	indexInterval = time.Second
	// indexRest is how many times as long as it worked a node rests after a look
	// or a batch: an index that is late costs searches a little, one that hurries
	// costs those who send.
	indexRest = 9
	// indexLag and indexReach bound what a look takes in beside what was said since
	// the last one: what was committed late, and no more than that. The sweep finds
	// the rest.
	indexLag   = 2 * time.Second
	indexReach = 5 * time.Second
	// indexQueue is how many conversations wait; others are found again later.
	indexQueue = 2000
)

// SearchIndexer keeps the index of one store's database up to date, beside those
// of other nodes. Messages that it has not come to yet are found nonetheless.
type SearchIndexer struct {
	store   *Store
	log     *slog.Logger
	indexed atomic.Int64

	// Owned by Run.
	queue  []uuid.UUID
	swept  uuid.UUID // how far all conversations have been looked at
	looked time.Time // when it was last asked who was written to
}

// NewSearchIndexer returns a SearchIndexer; Run must be running for it to work.
func NewSearchIndexer(store *Store, log *slog.Logger) *SearchIndexer {
	return &SearchIndexer{store: store, log: log}
}

// Indexed returns how many messages it has indexed.
func (x *SearchIndexer) Indexed() int64 { return x.indexed.Load() }

// Run indexes until ctx ends. The schema must be current.
func (x *SearchIndexer) Run(ctx context.Context) {
	announced := false
	repeat(ctx, indexInterval, func(ctx context.Context) error {
		if !announced {
			if err := x.store.AnnounceSearch(ctx); err != nil {
				return err
			}
			announced = true
		}
		return x.round(ctx)
	}, func(err error) { x.log.Warn("Indexing messages failed; trying again", "error", err) })
}

// round indexes what was said since the last one, and a part of what lags behind.
func (x *SearchIndexer) round(ctx context.Context) error {
	if err := x.look(ctx); err != nil {
		return err
	}
	end := time.Now().Add(indexInterval)
	for len(x.queue) > 0 && time.Now().Before(end) {
		if err := x.batch(ctx); err != nil {
			return err
		}
	}
	x.queue = x.queue[:min(len(x.queue), indexQueue)]
	return nil
}

// look puts first in the queue what was written to since the last look.
func (x *SearchIndexer) look(ctx context.Context) error {
	begun := time.Now()
	touched, err := x.store.touchedUnindexed(ctx, min(begun.Sub(x.looked), indexReach)+indexLag)
	if err != nil {
		return err
	}
	x.looked = begun
	if len(x.queue) < indexConversations {
		page, err := x.store.sweep(ctx, x.swept)
		if err != nil {
			return err
		}
		x.swept = page.last
		x.queue = append(x.queue, page.pending...)
	}
	x.queue = distinct(append(touched, x.queue...))
	return rest(ctx, indexRest*time.Since(begun))
}

// batch indexes for the first in the queue. What it leaves goes to the end.
func (x *SearchIndexer) batch(ctx context.Context) error {
	part := x.queue[:min(len(x.queue), indexConversations)]
	begun := time.Now()
	done, err := x.store.indexBatch(ctx, part)
	if err != nil {
		return err
	}
	x.indexed.Add(int64(done.messages))
	x.queue = append(x.queue[len(part):], done.left...)
	return rest(ctx, indexRest*time.Since(begun))
}

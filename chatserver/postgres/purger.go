package postgres

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"uim.dev/uim/chatserver/postgres/queries"
)

const (
	// purgeInterval is how often a node looks whether something is to be purged.
	purgeInterval = 2 * time.Second
	// purgeRows is how many rows of a kind go in one transaction.
	purgeRows = 1000
	// purgeRest is how many times as long as a piece took a node rests after it.
	purgeRest = 3
)

// Purger takes away what was said in deleted groups, a piece at a time: of one
// store's database, beside those of other nodes.
type Purger struct {
	store *Store
	log   *slog.Logger
}

// NewPurger returns a Purger; Run must be running for it to work.
func NewPurger(store *Store, log *slog.Logger) *Purger { return &Purger{store: store, log: log} }

// Run purges until ctx ends. The schema must be current.
func (p *Purger) Run(ctx context.Context) {
	repeat(ctx, purgeInterval, p.round, func(err error) {
		p.log.Warn("Purging deleted conversations failed; trying again", "error", err)
	})
}

// round purges until there is nothing left to purge.
func (p *Purger) round(ctx context.Context) error {
	for {
		begun := time.Now()
		found, err := p.store.purgePiece(ctx)
		if err != nil || !found {
			return err
		}
		if err := rest(ctx, purgeRest*time.Since(begun)); err != nil {
			return err
		}
	}
}

// purgePiece takes a piece of a deleted conversation away; false when there is
// none that nobody else is purging.
func (s *Store) purgePiece(ctx context.Context) (found bool, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		id, err := s.q.ClaimPurge(ctx, tx)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		found = true
		messages, err := s.q.PurgeMessages(ctx, tx, queries.PurgeMessagesParams{ConversationID: id, MaxRows: purgeRows})
		if err != nil {
			return err
		}
		indexed, err := s.q.PurgeIndexed(ctx, tx, queries.PurgeIndexedParams{ConversationID: id, MaxRows: purgeRows})
		if err != nil {
			return err
		}
		mentions, err := s.q.PurgeMentions(ctx, tx, queries.PurgeMentionsParams{ConversationID: id, MaxRows: purgeRows})
		if err != nil || messages+indexed+mentions > 0 {
			return err
		}
		return s.q.Purged(ctx, tx, id)
	})
	return found, wrap("purging a deleted conversation", err)
}

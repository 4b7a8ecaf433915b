package chat

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
)

// CursorStore keeps how far members have received and read.
type CursorStore interface {
	// AdvanceCursors moves cursors forward, never back and never past the last
	// message; moves of people who are not members are dropped. It returns the
	// cursors that really moved, at their new places.
	AdvanceCursors(ctx context.Context, moves []CursorsMoved) ([]CursorsMoved, error)
}

// Cursors gathers the movements of delivered and read cursors and writes them
// in groups: a burst of receipts costs one statement. A movement that is lost
// with its node is made good by the client's next one, since cursors are
// cumulative.
type Cursors struct {
	store     CursorStore
	publisher Publisher
	interval  time.Duration
	failed    func(error)
	away      bool // the last write of a group failed; Run's own

	mu      sync.Mutex
	pending map[cursorKey]CursorsMoved
}

type cursorKey struct{ conversation, user uuid.UUID }

// maxPendingCursors bounds what one node holds between two writes (about 10 MB);
// beyond, movements are dropped, which is safe because they are cumulative.
const maxPendingCursors = 100_000

// NewCursors returns a Cursors that writes every interval. A write that failed is
// repeated, and reported if it is the first of a row.
func NewCursors(store CursorStore, publisher Publisher, interval time.Duration, failed func(error)) *Cursors {
	return &Cursors{store: store, publisher: publisher, interval: interval, failed: failed, pending: map[cursorKey]CursorsMoved{}}
}

// Advance notes a movement; it is written with the next group. Reading a
// message implies having received it.
func (c *Cursors) Advance(move CursorsMoved) {
	move.DeliveredSeq = max(move.DeliveredSeq, move.ReadSeq)
	k := cursorKey{move.ConversationID, move.UserID}
	c.mu.Lock()
	defer c.mu.Unlock()
	before, known := c.pending[k]
	if !known && len(c.pending) >= maxPendingCursors {
		return
	}
	move.DeliveredSeq = max(move.DeliveredSeq, before.DeliveredSeq)
	move.ReadSeq = max(move.ReadSeq, before.ReadSeq)
	c.pending[k] = move
}

// AdvanceNow writes one movement and returns when it is stored.
func (c *Cursors) AdvanceNow(ctx context.Context, move CursorsMoved) error {
	move.DeliveredSeq = max(move.DeliveredSeq, move.ReadSeq)
	return c.write(ctx, []CursorsMoved{move})
}

// Run writes groups until ctx ends, and the last group then.
func (c *Cursors) Run(ctx context.Context) {
	ticker := time.NewTicker(c.interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			c.flush(ctx)
		case <-ctx.Done():
			c.flush(context.WithoutCancel(ctx))
			return
		}
	}
}

func (c *Cursors) flush(ctx context.Context) {
	c.mu.Lock()
	group := c.pending
	if len(group) == 0 {
		c.mu.Unlock()
		return
	}
	c.pending = make(map[cursorKey]CursorsMoved, len(group))
	c.mu.Unlock()

	moves := make([]CursorsMoved, 0, len(group))
	for _, m := range group {
		moves = append(moves, m)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err := c.write(ctx, moves)
	if err != nil {
		if !c.away {
			c.failed(err)
		}
		for _, m := range moves {
			c.Advance(m)
		}
	}
	c.away = err != nil
}

func (c *Cursors) write(ctx context.Context, moves []CursorsMoved) error {
	moved, err := c.store.AdvanceCursors(ctx, moves)
	if err != nil {
		return err
	}
	if len(moved) > 0 {
		events := make([]Event, len(moved))
		for i, m := range moved {
			events[i] = m
		}
		c.publisher.Publish(ctx, events)
	}
	return nil
}

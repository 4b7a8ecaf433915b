package realtime

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

const (
	healTick = 100 * time.Millisecond
	// gapPatience is how long a room waits for an overtaken message before it is fetched.
	gapPatience = 200 * time.Millisecond
	// healInterval is how often everything written lately is compared, and
	// healIntervalNoBus how often while the bus is away and this is the way
	// messages travel between nodes. What only another node's bus lost, or what
	// was lost as the bus came back, takes two comparisons.
	healInterval      = time.Second
	healIntervalNoBus = 500 * time.Millisecond
	healPage          = 200

	// healLag is how long after its time a message is nearly always committed:
	// that much again is compared each time. A statement that had to wait commits
	// later, but never later than healReach; that much is compared every
	// healWhole, and at most healMost when the store was away.
	healLag   = 2 * time.Second
	healReach = 10 * time.Second
	healWhole = 5 * time.Second
	healMost  = time.Minute
)

// Healer delivers what the bus lost. It compares what this node has delivered
// with what the store has, for conversations written to in the last seconds and
// for rooms in which a message waits for an earlier one. It also brings in who
// was added to a group, and ends groups that were deleted.
type Healer struct {
	hub       *Hub
	log       Log
	fanout    *Fanout
	busUp     func() bool
	metrics   *Metrics
	logger    *slog.Logger
	suspected map[uuid.UUID]suspicion
	away      bool // the store failed since it was last compared with

	compared, whole time.Time // when it was last compared, and all of it
}

// suspicion is how far a conversation that was found behind had been delivered,
// and its end.
type suspicion struct{ delivered, head int64 }

// NewHealer returns a Healer; busUp reports whether the bus works.
func NewHealer(fanout *Fanout, log Log, busUp func() bool, metrics *Metrics, logger *slog.Logger) *Healer {
	return &Healer{hub: fanout.hub, log: log, fanout: fanout, busUp: busUp, metrics: metrics, logger: logger}
}

// Run heals until ctx ends.
func (h *Healer) Run(ctx context.Context) {
	ticker := time.NewTicker(healTick)
	defer ticker.Stop()
	h.compared, h.whole = time.Now(), time.Now()
	var tried time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			h.healAll(ctx, h.hub.gaps(now.Add(-gapPatience)))
			interval := healInterval
			if !h.busUp() {
				interval = healIntervalNoBus
			}
			if now.Sub(tried) >= interval {
				tried = now
				h.compare(ctx)
			}
		}
	}
}

// compare looks for conversations in which this node is behind. While the bus
// works, one is healed only when it is found behind at the same place twice:
// the first time its event may simply be on the way.
func (h *Healer) compare(ctx context.Context) {
	begun := time.Now()
	window, whole := begun.Sub(h.compared)+healLag, begun.Sub(h.whole) >= healWhole
	if whole {
		window = min(begun.Sub(h.whole)+healReach, healMost)
	}
	lately, err := h.log.Lately(ctx, window)
	if err != nil {
		if h.firstFailure(ctx) {
			h.logger.Warn("Comparing with the store failed", "error", err)
		}
		return
	}
	h.away, h.compared = false, begun
	if whole {
		h.whole = begun
	}
	for _, id := range lately.Deleted {
		h.hub.closeRoom(id)
		delete(lately.Arrived, id)
	}
	for id, people := range lately.Arrived {
		h.fanout.showChanged(ctx, id, h.hub.lacking(id, people))
	}
	for id, before := range h.suspected {
		lately.Heads[id] = max(lately.Heads[id], before.head)
	}
	behind := h.hub.behind(lately.Heads)
	var due []uuid.UUID
	for id, now := range behind {
		if before, twice := h.suspected[id]; !h.busUp() || twice && before.delivered == now.delivered {
			due = append(due, id)
		}
	}
	h.suspected = behind
	h.healAll(ctx, due)
}

func (h *Healer) healAll(ctx context.Context, conversations []uuid.UUID) {
	for _, id := range conversations {
		if err := h.heal(ctx, id); err != nil {
			if h.firstFailure(ctx) {
				h.logger.Warn("Fetching missed messages failed", "conversation_id", id, "error", err)
			}
			return
		}
	}
}

// firstFailure reports whether a failure is the first of a row, and so to be told.
func (h *Healer) firstFailure(ctx context.Context) bool {
	first := !h.away && ctx.Err() == nil
	h.away = true
	return first
}

// heal delivers a conversation's messages from where this node is to its end.
func (h *Healer) heal(ctx context.Context, conversation uuid.UUID) error {
	var cork corked
	for {
		last, ok := h.hub.lastDelivered(conversation)
		if !ok {
			return nil
		}
		messages, err := h.log.History(ctx, conversation, chat.HistoryRange{After: last, Limit: healPage})
		if err != nil {
			return err
		}
		for _, m := range messages {
			h.metrics.reconciled.Inc()
			h.hub.deliverMessage(&cork, conversation, m.Seq, messageFrame(m), uuid.Nil, m.Departed()...)
		}
		cork.uncork()
		if len(messages) < healPage {
			return nil
		}
	}
}

// gaps returns the rooms in which a message has waited since before a moment.
func (h *Hub) gaps(before time.Time) []uuid.UUID {
	var ids []uuid.UUID
	for i := range h.shards {
		shard := &h.shards[i]
		shard.mu.Lock()
		for id, r := range shard.rooms {
			if !r.gapSince.IsZero() && r.gapSince.Before(before) && r.last != notStarted {
				ids = append(ids, id)
			}
		}
		shard.mu.Unlock()
	}
	return ids
}

// behind returns, of the given heads, the conversations whose rooms have
// delivered less.
func (h *Hub) behind(heads map[uuid.UUID]int64) map[uuid.UUID]suspicion {
	behind := map[uuid.UUID]suspicion{}
	for id, head := range heads {
		if last, ok := h.lastDelivered(id); ok && last < head {
			behind[id] = suspicion{last, head}
		}
	}
	return behind
}

// lastDelivered returns how far a conversation's room is; false when there is
// none or it has not started.
func (h *Hub) lastDelivered(conversation uuid.UUID) (last int64, ok bool) {
	h.withRoom(conversation, func(r *room) { last, ok = r.last, r.last != notStarted })
	return last, ok
}

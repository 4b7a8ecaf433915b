package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// Two nodes store batches that touch the same few conversations in all orders.
// None fails, no seq is left out, none is visible before the ones below it, and
// every head is where its conversation ends.
func TestARushLeavesNoGaps(t *testing.T) {
	t.Parallel()
	const workers, batches, size = 8, 30, 12
	k := newTalk(t)
	rooms := []uuid.UUID{k.room}
	for i := range 4 {
		rooms = append(rooms, k.direct(t, k.ann, k.person(t, fmt.Sprint("friend", i))))
	}
	nodes := []chat.MessageStore{k.Store, connect(t, k.url)}
	acknowledged := make([]map[int64]uuid.UUID, len(rooms))
	for i := range acknowledged {
		acknowledged[i] = map[int64]uuid.UUID{}
	}
	var mu sync.Mutex
	var rush sync.WaitGroup
	for w := range workers {
		rush.Go(func() {
			for range batches {
				drafts := make([]chat.Draft, 1+rand.IntN(size))
				for i := range drafts {
					drafts[i] = draft(rooms[rand.IntN(len(rooms))], k.ann, "text")
				}
				results, err := nodes[w%2].Append(t.Context(), drafts)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for i, r := range results {
					room := slices.Index(rooms, drafts[i].ConversationID)
					if other, taken := acknowledged[room][r.Stored.Seq]; taken || r.Err != nil || r.Stored.MessageID != drafts[i].ID {
						t.Errorf("got %+v, seq taken by %s", r, other)
					}
					acknowledged[room][r.Stored.Seq] = drafts[i].ID
				}
				mu.Unlock()
			}
		})
	}
	stop := watchForGaps(t, k.database)
	rush.Wait()
	stop()

	for i, room := range rooms {
		log := k.log(t, room)
		if !slices.Equal(seqs(log), span(1, int64(len(log)))) || len(log) != len(acknowledged[i]) || k.head(t, room) != int64(len(log)) {
			t.Errorf("room %d: %d acknowledged, %d stored, head %d", i, len(acknowledged[i]), len(log), k.head(t, room))
		}
		for _, m := range log {
			if acknowledged[i][m.Seq] != m.ID {
				t.Errorf("room %d: seq %d was acknowledged as %s and is %s", i, m.Seq, acknowledged[i][m.Seq], m.ID)
			}
		}
	}
}

// watchForGaps looks again and again, as other nodes do: commit order is seq
// order if at every moment the visible messages are 1 to the head.
func watchForGaps(t *testing.T, d *database) (stop func()) {
	t.Helper()
	conn := d.session(t)
	ctx, cancel := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	watching.Go(func() {
		for ctx.Err() == nil {
			var gaps int
			err := conn.QueryRow(context.WithoutCancel(ctx), `SELECT count(*) FROM (
				SELECT FROM conversation_heads h LEFT JOIN messages m USING (conversation_id)
				GROUP BY conversation_id HAVING count(m.seq) <> max(h.last_seq) OR coalesce(max(m.seq), 0) <> max(h.last_seq)) gap`).Scan(&gaps)
			if err != nil || gaps > 0 {
				t.Errorf("%d conversations have gaps, %v", gaps, err)
				return
			}
		}
	})
	return func() { cancel(); watching.Wait() }
}

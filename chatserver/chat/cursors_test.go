package chat_test

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/chat/chattest"
)

const interval = 250 * time.Millisecond

// receipts is a Cursors at work on a model store with a room of ann and bob and
// ten messages.
type receipts struct {
	*chattest.Store
	*chat.Cursors
	stop func()

	mu       sync.Mutex
	writes   [][]chat.CursorsMoved // what was asked of the store
	events   []chat.Event
	failures int   // logged
	err      error // what the store answers, when set
}

func (r *receipts) AdvanceCursors(ctx context.Context, moves []chat.CursorsMoved) ([]chat.CursorsMoved, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writes = append(r.writes, slices.Clone(moves))
	if r.err != nil {
		return nil, r.err
	}
	return r.Store.AdvanceCursors(ctx, moves)
}

func startReceipts(t *testing.T) *receipts {
	t.Helper()
	r := &receipts{Store: chattest.NewStore(), stop: func() {}}
	r.Conversation(room, ann, bob)
	for i := range 10 {
		if _, err := r.Append(t.Context(), []chat.Draft{draft(string(rune('a' + i)))}); err != nil {
			t.Fatal(err)
		}
	}
	r.Cursors = chat.NewCursors(r, r, interval, func(error) { r.look(func() { r.failures++ }) })
	return r
}

func (r *receipts) Publish(_ context.Context, events []chat.Event) {
	r.look(func() { r.events = append(r.events, events...) })
}

// look runs f while nothing else happens.
func (r *receipts) look(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}

// answer makes the store answer err, or the truth again for nil.
func (r *receipts) answer(err error) { r.look(func() { r.err = err }) }

// written returns what was asked of the store.
func (r *receipts) written() (w [][]chat.CursorsMoved) {
	r.look(func() { w = slices.Clone(r.writes) })
	return w
}

// told returns what was told since the last call.
func (r *receipts) told() (moves []chat.CursorsMoved) {
	r.look(func() {
		for _, e := range r.events {
			moves = append(moves, e.(chat.CursorsMoved))
		}
		r.events = nil
	})
	return moves
}

// run lets the groups be written; call it in a bubble.
func (r *receipts) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); r.Run(ctx) }()
	r.stop = func() { cancel(); <-ended }
}

// pass lets some intervals go by.
func pass(intervals int) {
	time.Sleep(time.Duration(intervals) * interval) //nolint:forbidigo // the clock of a synctest bubble
	synctest.Wait()
}

// moved is a move of both cursors; what is asked for may say so as well.
func moved(user uuid.UUID, delivered, read int64) chat.CursorsMoved {
	return chat.CursorsMoved{ConversationID: room, UserID: user, DeliveredSeq: delivered, ReadSeq: read, DeliveredMoved: true}
}

func (r *receipts) expect(t *testing.T, want ...chat.CursorsMoved) {
	t.Helper()
	if got := r.told(); !slices.Equal(got, want) {
		t.Errorf("told were %v, want %v", got, want)
	}
}

func TestABurstOfReceiptsIsOneWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := startReceipts(t)
		r.run(t)
		defer r.stop()
		for seq := range int64(9) {
			r.Advance(moved(bob, seq+1, 0))
		}
		r.Advance(moved(bob, 4, 4)) // late, and reads
		synctest.Wait()
		if w := r.written(); len(w) != 0 {
			t.Errorf("written at once: %v", w)
		}
		pass(1)
		if w := r.written(); len(w) != 1 || len(w[0]) != 1 {
			t.Errorf("written: %v", w)
		}
		r.expect(t, moved(bob, 9, 4))
		pass(10)
		if w := r.written(); len(w) != 1 {
			t.Errorf("written without need: %v", w[1:])
		}
	})
}

func TestReadingIsHavingReceived(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := startReceipts(t)
		r.run(t)
		defer r.stop()
		r.Advance(moved(bob, 0, 7))
		pass(1)
		r.expect(t, moved(bob, 7, 7))
	})
}

func TestCursorsOnlyMoveForwardAndNotPastTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := startReceipts(t)
		r.run(t)
		defer r.stop()
		r.Advance(moved(bob, 8, 5))
		pass(1)
		r.expect(t, moved(bob, 8, 5))
		r.Advance(moved(bob, 3, 3))
		pass(1)
		r.expect(t)
		r.Advance(moved(bob, 1000, 1000))
		pass(1)
		r.expect(t, moved(bob, 10, 10))
	})
}

func TestStrangersHaveNoCursors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := startReceipts(t)
		r.run(t)
		defer r.stop()
		r.Advance(moved(eve, 3, 3))
		pass(1)
		r.expect(t)
	})
}

func TestAFailedWriteIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := startReceipts(t)
		r.run(t)
		defer r.stop()
		r.answer(errors.New("the store is away"))
		r.Advance(moved(bob, 3, 0))
		pass(1)
		r.Advance(moved(bob, 2, 2)) // meanwhile more happens
		pass(1)
		r.expect(t)
		r.answer(nil)
		pass(1)
		r.expect(t, moved(bob, 3, 2))
		r.answer(errors.New("the store is away again"))
		r.Advance(moved(bob, 4, 4))
		pass(3)
		r.look(func() {
			if r.failures != 2 {
				t.Errorf("%d failures were logged, want one of each row", r.failures)
			}
		})
	})
}

func TestTheLastReceiptsAreWrittenAtShutdown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := startReceipts(t)
		r.run(t)
		r.Advance(moved(bob, 6, 6))
		r.stop()
		r.expect(t, moved(bob, 6, 6))
	})
}

func TestPendingReceiptsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := startReceipts(t)
		r.Advance(moved(bob, 1, 0))
		for i := range uint64(100_001) {
			var crowd uuid.UUID
			binary.BigEndian.PutUint64(crowd[:], i+1)
			r.Advance(moved(crowd, 1, 1))
		}
		r.Advance(moved(bob, 10, 0)) // who is known still gets forward
		r.run(t)
		r.stop()
		if n := len(r.written()[0]); n != 100_000 {
			t.Errorf("%d movements were held, want 100,000", n)
		}
		r.expect(t, moved(bob, 10, 0))
	})
}

func TestAdvanceNowAnswersWhenItIsStored(t *testing.T) {
	t.Parallel()
	r := startReceipts(t)
	if err := r.AdvanceNow(t.Context(), moved(bob, 0, 4)); err != nil {
		t.Fatal(err)
	}
	r.expect(t, moved(bob, 4, 4))
	r.answer(&chat.Error{Code: chat.CodeUnavailable})
	if err := r.AdvanceNow(t.Context(), moved(bob, 0, 5)); chat.CodeOf(err) != chat.CodeUnavailable {
		t.Errorf("got %v, want unavailable", err)
	}
	r.expect(t)
}

// In whatever order movements come and writes fail, the end is the furthest
// movement of each kind, and what is told on the way never goes back.
func TestCursorsEndAtTheFurthestMovement(t *testing.T) {
	t.Parallel()
	type act struct {
		move chat.CursorsMoved
		fail bool
	}
	rapid.Check(t, func(rt *rapid.T) {
		acts := rapid.SliceOf(rapid.Custom(func(t *rapid.T) act {
			user := rapid.SampledFrom([]uuid.UUID{ann, bob}).Draw(t, "user")
			return act{moved(user, rapid.Int64Range(0, 12).Draw(t, "delivered"), rapid.Int64Range(0, 12).Draw(t, "read")), rapid.Bool().Draw(t, "fail")}
		})).Draw(rt, "acts")
		want, got := map[uuid.UUID]chat.CursorsMoved{}, map[uuid.UUID]chat.CursorsMoved{}
		var backwards []chat.CursorsMoved
		synctest.Test(t, func(t *testing.T) {
			r := startReceipts(t)
			r.run(t)
			for _, a := range acts {
				w := want[a.move.UserID]
				want[a.move.UserID] = moved(a.move.UserID, min(10, max(w.DeliveredSeq, a.move.DeliveredSeq, a.move.ReadSeq)), min(10, max(w.ReadSeq, a.move.ReadSeq)))
				r.answer(nil)
				if a.fail {
					r.answer(errors.New("the store is away"))
				}
				r.Advance(a.move)
				pass(1)
			}
			r.answer(nil)
			r.stop()
			for _, m := range r.told() {
				if b := got[m.UserID]; m.DeliveredSeq < b.DeliveredSeq || m.ReadSeq < b.ReadSeq {
					backwards = append(backwards, m)
				}
				got[m.UserID] = m
			}
		})
		for user, w := range want {
			if g := got[user]; g.DeliveredSeq != w.DeliveredSeq || g.ReadSeq != w.ReadSeq {
				rt.Errorf("%s ended at %v, want %v", user, g, w)
			}
		}
		if len(backwards) > 0 {
			rt.Errorf("went back: %v", backwards)
		}
	})
}

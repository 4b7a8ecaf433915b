package postgres_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

func (d *database) block(t testing.TB, blocker, blocked uuid.UUID) {
	t.Helper()
	note := chat.AuditEntry{Actor: chat.Actor{ID: blocker}, Action: chat.AuditBlocked, Target: blocked}
	if err := d.Block(context.Background(), blocker, blocked, note); err != nil {
		t.Fatal(err)
	}
}

func TestABlockCountsInBothDirectionsAndNowhereElse(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	other := k.direct(t, k.ann, k.eve)
	sent := draft(k.room, k.bob, "before")
	k.say(t, sent)
	for _, pair := range [][2]uuid.UUID{{k.ann, k.bob}, {k.bob, k.ann}} {
		k.block(t, pair[0], pair[1])
		k.block(t, pair[0], pair[1])
		r := k.append(t, draft(k.room, k.ann, "a"), draft(other, k.ann, "b"), draft(k.room, k.bob, "c"), draft(k.room, k.eve, "d"), sent)
		for i, want := range []chat.Code{chat.CodeBlocked, "", chat.CodeBlocked, chat.CodeNotFound, ""} {
			if (r[i].Err == nil) != (want == "") || r[i].Err != nil && chat.CodeOf(r[i].Err) != want {
				t.Errorf("draft %d: got %v, want %q", i, r[i].Err, want)
			}
		}
		if !r[4].Stored.Duplicate {
			t.Error("what was stored before the block was not")
		}
		for _, who := range pair {
			for _, peer := range pair {
				if _, _, err := k.OpenDirect(t.Context(), uuid.New(), who, peer); who != peer && chat.CodeOf(err) != chat.CodeBlocked {
					t.Errorf("opening: %v", err)
				}
			}
		}
		if err := k.Unblock(t.Context(), pair[0], pair[1], chat.AuditEntry{Action: chat.AuditUnblocked}); err != nil {
			t.Fatal(err)
		}
		k.say(t, draft(k.room, k.bob, "after"))
	}
	if n := ask[int](t, k.database, "SELECT count(*) FROM audit_log WHERE action LIKE 'user.%'"); n != 4 {
		t.Errorf("%d entries; repeated blocks are none", n)
	}
}

func TestOfTwoBlocksOneStays(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.block(t, k.ann, k.bob)
	k.block(t, k.bob, k.ann)
	for _, pair := range [][2]uuid.UUID{{k.ann, k.bob}, {k.bob, k.ann}} {
		if r := k.append(t, draft(k.room, k.ann, "a")); chat.CodeOf(r[0].Err) != chat.CodeBlocked {
			t.Errorf("got %+v", r)
		}
		if err := k.Unblock(t.Context(), pair[0], pair[1], chat.AuditEntry{}); err != nil {
			t.Fatal(err)
		}
	}
	k.say(t, draft(k.room, k.ann, "b"))
	if err := k.Unblock(t.Context(), k.ann, uuid.New(), chat.AuditEntry{}); err != nil {
		t.Errorf("a stranger: %v", err)
	}
}

// Once a block is there, what was on its way at the same time is not.
func TestNothingGetsPastABlock(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	for name, c := range map[string]struct {
		with uuid.UUID
		try  func() error
	}{
		"a message":          {k.bob, func() error { return k.append(t, draft(k.room, k.bob, "late"))[0].Err }},
		"a new conversation": {k.eve, func() error { _, _, err := k.OpenDirect(context.Background(), uuid.New(), k.eve, k.ann); return err }},
	} {
		release := k.hold(t, "INSERT INTO blocks (blocker_id, blocked_id) VALUES ($1, $2)", k.ann, c.with)
		blocked := begin(func() error { return k.Block(context.Background(), k.ann, c.with, chat.AuditEntry{}) })
		k.awaitWaiting(t, 1) // the block has its locks and waits for its twin
		tried := begin(c.try)
		k.awaitWaiting(t, 2)
		release()
		if err := <-blocked; err != nil {
			t.Fatal(err)
		}
		if err := <-tried; chat.CodeOf(err) != chat.CodeBlocked {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if n := ask[int](t, k.database, "SELECT count(*) FROM conversations"); n != 1 || len(k.log(t, k.room)) != 0 {
		t.Errorf("%d conversations, %d messages", n, len(k.log(t, k.room)))
	}
}

func TestWhoHasBlockedWhom(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.block(t, k.bob, k.ann)
	k.block(t, k.eve, k.bob)
	blockers, err := k.BlockersOf(t.Context(), k.ann, []uuid.UUID{k.ann, k.bob, k.eve})
	if err != nil || !slices.Equal(blockers, []uuid.UUID{k.bob}) {
		t.Errorf("the blockers are %v, %v", blockers, err)
	}
	for pair, want := range map[[2]uuid.UUID]bool{{k.ann, k.bob}: true, {k.bob, k.ann}: true, {k.eve, k.bob}: true, {k.ann, k.eve}: false} {
		if got, err := k.BlockedEither(t.Context(), pair[0], pair[1]); err != nil || got != want {
			t.Errorf("%v: %t, %v", pair, got, err)
		}
	}
	list, err := k.Blocked(t.Context(), k.bob, "", 10)
	if err != nil || len(list) != 1 || list[0].ID != k.ann || list[0].Email != "" {
		t.Errorf("got %+v, %v", list, err)
	}
	if err := k.Block(t.Context(), k.ann, uuid.New(), chat.AuditEntry{}); chat.CodeOf(err) != chat.CodeNotFound {
		t.Errorf("a stranger: %v", err)
	}
}

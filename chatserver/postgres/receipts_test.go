package postgres_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"uim.dev/uim/chatserver/chat"
)

// reads moves a member's cursors.
func (k *talk) reads(t testing.TB, who uuid.UUID, delivered, read int64) {
	t.Helper()
	_, err := k.AdvanceCursors(t.Context(), []chat.CursorsMoved{{ConversationID: k.room, UserID: who, DeliveredSeq: delivered, ReadSeq: read}})
	require.NoError(t, err)
}

// receipt returns the only receipt of the message with a seq.
func (k *talk) receipt(t testing.TB, viewer uuid.UUID, seq int64) chat.Receipt {
	t.Helper()
	list, err := k.Receipts(t.Context(), viewer, k.room, seq, uuid.Nil, 50)
	require.NoError(t, err)
	require.Len(t, list, 1)
	return list[0]
}

func TestReceiptsHaveTheTimesOfTheFirstMovePast(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	for range 5 {
		k.say(t, draft(k.room, k.ann, "hello"))
	}
	require.Equal(t, chat.Receipt{UserID: k.bob}, k.receipt(t, k.ann, 1))
	k.reads(t, k.bob, 2, 0)
	k.reads(t, k.bob, 4, 3)
	k.exec(t, "UPDATE cursor_moves SET moved_at = timestamptz '2026-01-01 12:00Z' + interval '1 hour' * slot")
	at := func(hour int) time.Time { return time.Date(2026, 1, 1, hour, 0, 0, 0, time.UTC) }
	for seq, want := range map[int64]chat.Receipt{
		1: {UserID: k.bob, Delivered: true, Read: true, DeliveredAt: at(13), ReadAt: at(14)},
		3: {UserID: k.bob, Delivered: true, Read: true, DeliveredAt: at(14), ReadAt: at(14)},
		4: {UserID: k.bob, Delivered: true, DeliveredAt: at(14)},
		5: {UserID: k.bob},
	} {
		got := k.receipt(t, k.ann, seq)
		require.True(t, got.DeliveredAt.Equal(want.DeliveredAt) && got.ReadAt.Equal(want.ReadAt), "%d: %+v", seq, got)
		require.Equal(t, [2]bool{want.Delivered, want.Read}, [2]bool{got.Delivered, got.Read}, seq)
	}
}

func TestOnlyTheLastMovesHaveTimes(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	for range 100 {
		k.say(t, draft(k.room, k.ann, "hello"))
	}
	for seq := int64(1); seq <= 100; seq++ {
		k.reads(t, k.bob, seq, seq)
	}
	require.Equal(t, 64, ask[int](t, k.database, "SELECT count(*) FROM cursor_moves"))
	for seq, known := range map[int64]bool{1: false, 36: false, 37: false, 38: true, 100: true} {
		r := k.receipt(t, k.ann, seq)
		require.True(t, r.Delivered && r.Read, seq)
		require.Equal(t, known, !r.DeliveredAt.IsZero(), seq)
		require.Equal(t, known, !r.ReadAt.IsZero(), seq)
	}
}

// Who was a member before moves were noted has none of before.
func TestTimesOfBeforeAreNotMadeUp(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	for range 3 {
		k.say(t, draft(k.room, k.ann, "hello"))
	}
	k.exec(t, "UPDATE members SET delivered_seq = 2, read_seq = 1, moves = 64 WHERE user_id = $1", k.bob) // as the migration leaves them
	k.reads(t, k.bob, 3, 3)
	require.True(t, k.receipt(t, k.ann, 1).ReadAt.IsZero())
	k.say(t, draft(k.room, k.ann, "hello"))
	k.reads(t, k.bob, 4, 4)
	require.False(t, k.receipt(t, k.ann, 4).ReadAt.IsZero())
}

func TestReceiptsAreCountedAsFarAsTheViewerMaySee(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.say(t, draft(k.room, k.ann, "hello"))
	k.exec(t, "INSERT INTO members (conversation_id, user_id, role) VALUES ($1, $2, 'member')", k.room, k.eve)
	late := k.person(t, "late")
	k.exec(t, "INSERT INTO members (conversation_id, user_id, role, joined_seq, delivered_seq, read_seq) VALUES ($1, $2, 'member', 1, 1, 1)", k.room, late)
	k.reads(t, k.bob, 1, 1)
	k.reads(t, k.eve, 1, 1)
	counts := func(viewer uuid.UUID) [2]int {
		delivered, read, err := k.CountReceipts(t.Context(), viewer, k.room, 1)
		require.NoError(t, err)
		return [2]int{delivered, read}
	}
	require.Equal(t, [2]int{2, 2}, counts(k.ann), "not the sender, nor who came later")
	k.exec(t, "UPDATE users SET read_receipts = false WHERE id = $1", k.eve)
	require.Equal(t, [2]int{2, 1}, counts(k.ann), "where eve hides it")
	require.Equal(t, [2]int{2, 1}, counts(k.eve), "who sees her own")
	list, err := k.Receipts(t.Context(), k.ann, k.room, 1, uuid.Nil, 1)
	require.NoError(t, err)
	require.Equal(t, []uuid.UUID{k.bob}, []uuid.UUID{list[0].UserID})
	list, err = k.Receipts(t.Context(), k.ann, k.room, 1, k.bob, 50)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.True(t, list[0].UserID == k.eve && list[0].Delivered && !list[0].Read && list[0].ReadAt.IsZero(), "%+v", list[0])
	_, _, err = k.PlaceOf(t.Context(), late, k.log(t, k.room)[0].ID)
	require.ErrorIs(t, err, chat.ErrNotFound)
}

func TestMovesGoWithTheMember(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.say(t, draft(k.room, k.ann, "hello"))
	k.reads(t, k.bob, 1, 1)
	k.exec(t, "DELETE FROM members WHERE user_id = $1", k.bob)
	require.Zero(t, ask[int](t, k.database, "SELECT count(*) FROM cursor_moves"))
}

func TestWhoMayBeSeenTyping(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	who := func() []chat.Typist {
		asked := []chat.Typist{{ConversationID: k.room, UserID: k.ann}, {ConversationID: k.room, UserID: k.eve}, {ConversationID: uuid.New(), UserID: k.bob}}
		may, err := k.WhoMayType(t.Context(), asked)
		require.NoError(t, err)
		return may
	}
	ann := []chat.Typist{{ConversationID: k.room, UserID: k.ann}}
	require.Equal(t, ann, who(), "members")
	k.exec(t, "UPDATE users SET typing = false WHERE id = $1", k.ann)
	require.Empty(t, who(), "who hides it")
	k.exec(t, "UPDATE users SET typing = true")
	require.NoError(t, k.Block(t.Context(), k.bob, k.ann, chat.AuditEntry{Action: chat.AuditBlocked}))
	require.Empty(t, who(), "who is blocked")
}

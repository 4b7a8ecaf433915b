package postgres_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

func TestAConversationAsItsMembersSeeIt(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	if c := k.view(t, k.ann, k.room); c.LastSeq != 0 || c.LastMessage != nil || c.UnreadCount != 0 || c.MemberCount != 2 ||
		c.MyRole != chat.RoleMember || c.Peer.ID != k.bob || c.Settings.Notifications != chat.NotifyAll || c.UpdatedAt.IsZero() {
		t.Errorf("a new one is %+v", c)
	}
	stored := k.say(t, draft(k.room, k.ann, "a"), draft(k.room, k.ann, "b"), draft(k.room, k.ann, "c"))
	if _, err := k.AdvanceCursors(t.Context(), []chat.CursorsMoved{{ConversationID: k.room, UserID: k.bob, DeliveredSeq: 2, ReadSeq: 1}}); err != nil {
		t.Fatal(err)
	}

	anns, bobs := k.view(t, k.ann, k.room), k.view(t, k.bob, k.room)
	for name, c := range map[string]chat.Conversation{"ann": anns, "bob": bobs} {
		if c.LastSeq != 3 || !messagesEqual(*c.LastMessage, k.log(t, k.room)[2]) || !c.UpdatedAt.Equal(stored[2].CreatedAt) {
			t.Errorf("%s sees %+v, ending with %+v", name, c, c.LastMessage)
		}
	}
	if anns.UnreadCount != 0 || anns.PeerReadSeq != 1 || anns.PeerDeliveredSeq != 2 || anns.Peer.ID != k.bob || anns.Peer.Email != "" {
		t.Errorf("ann sees %+v", anns)
	}
	if bobs.UnreadCount != 2 || bobs.MyReadSeq != 1 || bobs.MyDeliveredSeq != 2 || bobs.PeerReadSeq != 0 || bobs.Peer.ID != k.ann {
		t.Errorf("bob sees %+v", bobs)
	}
}

func TestWhatWasSaidBeforeJoiningIsNotSeen(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.say(t, draft(k.room, k.ann, "a"), draft(k.room, k.ann, "b"))
	k.exec(t, "UPDATE members SET joined_seq = 2 WHERE user_id = $1", k.bob)
	if c := k.view(t, k.bob, k.room); c.LastMessage != nil || c.UnreadCount != 0 || c.MyJoinedSeq != 2 {
		t.Errorf("bob sees %+v, ending with %+v", c, c.LastMessage)
	}
	k.say(t, draft(k.room, k.ann, "c"))
	if c := k.view(t, k.bob, k.room); c.LastMessage == nil || c.LastMessage.Content != "c" || c.UnreadCount != 1 {
		t.Errorf("bob sees %+v, ending with %+v", c, c.LastMessage)
	}
}

func TestSettingsAreTheViewersOwn(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	until := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	k.exec(t, "UPDATE members SET muted_until = $1, notifications = 'none', pinned = true, archived = true WHERE user_id = $2", until, k.ann)
	if got, want := k.view(t, k.ann, k.room).Settings, (chat.Settings{MutedUntil: until, Notifications: chat.NotifyNone, Pinned: true, Archived: true}); !got.MutedUntil.Equal(until) ||
		got.Notifications != want.Notifications || got.Pinned != want.Pinned || got.Archived != want.Archived {
		t.Errorf("got %+v", got)
	}
	if got := k.view(t, k.bob, k.room).Settings; got != (chat.Settings{Notifications: chat.NotifyAll}) {
		t.Errorf("bob has %+v", got)
	}
}

func TestConversationsOfOthersAreNotShown(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	own := k.direct(t, k.eve, k.ann)
	views, err := k.ViewsByID(t.Context(), k.eve, []uuid.UUID{k.room, own, uuid.New()})
	if err != nil || len(views) != 1 || views[0].ID != own {
		t.Errorf("got %+v, %v", views, err)
	}
	list, err := k.Views(t.Context(), k.eve, nil, 10)
	if err != nil || len(list) != 1 || list[0].ID != own {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestTheListIsPagedFromTheLatestOn(t *testing.T) {
	t.Parallel()
	d := open(t)
	ann := d.person(t, "ann")
	var want []uuid.UUID
	for i := range 7 {
		want = append(want, d.direct(t, ann, d.person(t, fmt.Sprint("friend", i))))
	}
	slices.Reverse(want)
	// The first three at one moment: ties are told apart by id.
	d.exec(t, "UPDATE conversation_heads SET last_message_at = '2031-01-01' WHERE conversation_id = ANY($1)", want[:3])
	slices.SortFunc(want[:3], func(a, b uuid.UUID) int { return slices.Compare(b[:], a[:]) })
	d.say(t, draft(want[6], ann, "the oldest is the latest, but for those three"))
	want = slices.Concat(want[:3], want[6:], want[3:6])

	var got []uuid.UUID
	var after *chat.ActivityPosition
	for {
		page, err := d.Views(t.Context(), ann, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, c := range page {
			got = append(got, c.ID)
		}
		position := page[len(page)-1].ByActivity()
		after = &position
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestCursorsMoveForwardToTheEndAtMost(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.say(t, draft(k.room, k.ann, "a"), draft(k.room, k.ann, "b"), draft(k.room, k.ann, "c"))
	at := func(user uuid.UUID, delivered, read int64) chat.CursorsMoved {
		return chat.CursorsMoved{ConversationID: k.room, UserID: user, DeliveredSeq: delivered, ReadSeq: read, DeliveredMoved: true}
	}
	for _, step := range []struct {
		name        string
		moves, want []chat.CursorsMoved
	}{
		{"two people", []chat.CursorsMoved{at(k.ann, 2, 1), at(k.bob, 1, 0)}, []chat.CursorsMoved{at(k.ann, 2, 1), at(k.bob, 1, 0)}},
		{"the same again", []chat.CursorsMoved{at(k.ann, 2, 1), at(k.bob, 1, 0)}, nil},
		{"back", []chat.CursorsMoved{at(k.ann, 1, 0)}, nil},
		{"one of two forward", []chat.CursorsMoved{at(k.ann, 1, 2)}, []chat.CursorsMoved{{ConversationID: k.room, UserID: k.ann, DeliveredSeq: 2, ReadSeq: 2}}},
		{"past the end", []chat.CursorsMoved{at(k.bob, 99, 99)}, []chat.CursorsMoved{at(k.bob, 3, 3)}},
		{"past the end again", []chat.CursorsMoved{at(k.bob, 99, 99)}, nil},
		{"a stranger", []chat.CursorsMoved{at(k.eve, 1, 1)}, nil},
		{"an unknown conversation", []chat.CursorsMoved{{ConversationID: uuid.New(), UserID: k.ann, DeliveredSeq: 1}}, nil},
		{"nothing", nil, nil},
		{"a stranger beside a member", []chat.CursorsMoved{at(k.eve, 1, 1), at(k.ann, 3, 3)}, []chat.CursorsMoved{at(k.ann, 3, 3)}},
	} {
		moved, err := k.AdvanceCursors(t.Context(), step.moves)
		slices.SortFunc(moved, func(a, b chat.CursorsMoved) int { return slices.Compare(a.UserID[:], b.UserID[:]) })
		if err != nil || !slices.Equal(moved, step.want) {
			t.Errorf("%s: got %v, %v; want %v", step.name, moved, err, step.want)
		}
	}
}

func TestTailsAreTheNewestOfEachSpan(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	other := k.direct(t, k.ann, k.eve)
	for range 10 {
		k.say(t, draft(k.room, k.ann, "a"), draft(other, k.ann, "b"))
	}
	messages, err := k.Tails(t.Context(), []chat.TailSpan{
		{ConversationID: other, After: 6, Through: 9, Limit: 100},
		{ConversationID: k.room, After: 0, Through: 10, Limit: 3},
		{ConversationID: uuid.New(), Through: 10, Limit: 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[uuid.UUID][]int64{}
	for _, m := range messages {
		got[m.ConversationID] = append(got[m.ConversationID], m.Seq)
	}
	if !slices.Equal(got[k.room], span(8, 10)) || !slices.Equal(got[other], span(7, 9)) || len(got) != 2 {
		t.Errorf("got %v", got)
	}
}

func TestHistoryPagesFromEitherEnd(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	for range 10 {
		k.say(t, draft(k.room, k.ann, "a"))
	}
	for _, c := range []struct {
		r    chat.HistoryRange
		want []int64
	}{
		{chat.HistoryRange{Limit: 3}, span(1, 3)},
		{chat.HistoryRange{Newest: true, Limit: 3}, span(8, 10)},
		{chat.HistoryRange{After: 4, Limit: 3}, span(5, 7)},
		{chat.HistoryRange{After: 4, Before: 7, Limit: 100}, span(5, 6)},
		{chat.HistoryRange{After: 4, Before: 9, Newest: true, Limit: 2}, span(7, 8)},
		{chat.HistoryRange{After: 10, Limit: 3}, nil},
		{chat.HistoryRange{Limit: 0}, nil},
	} {
		page, err := k.History(t.Context(), k.room, c.r)
		if err != nil || !slices.Equal(seqs(page), c.want) {
			t.Errorf("%+v: got %v, %v; want %v", c.r, seqs(page), err, c.want)
		}
	}
}

func TestHeadsTellWhereConversationsEnd(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	quiet := k.direct(t, k.ann, k.eve)
	old := k.direct(t, k.bob, k.eve)
	k.say(t, draft(k.room, k.ann, "a"), draft(k.room, k.ann, "b"), draft(old, k.bob, "c"))
	k.exec(t, "UPDATE messages SET created_at = now() - interval '1 minute' WHERE conversation_id = $1", old)
	k.exec(t, "UPDATE conversations SET created_at = now() - interval '1 minute' WHERE id <> $1", quiet)
	places, err := k.PlacesOf(t.Context(), k.ann, []uuid.UUID{k.room, quiet, old, uuid.New()})
	if err != nil || len(places) != 2 || places[k.room].LastSeq != 2 || places[quiet].LastSeq != 0 {
		t.Errorf("places are %v, %v", places, err)
	}
	lately, err := k.Lately(t.Context(), 15*time.Second)
	if err != nil || len(lately.Heads) != 1 || lately.Heads[k.room] != 2 || len(lately.Deleted) != 0 {
		t.Errorf("lately there were %v, %v", lately, err)
	}
	arrived := lately.Arrived[quiet]
	if len(lately.Arrived) != 1 || len(arrived) != 2 || !slices.Contains(arrived, k.ann) || !slices.Contains(arrived, k.eve) {
		t.Errorf("lately arrived %v", lately.Arrived)
	}
}

package chat_test

import (
	"context"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/chat/chattest"
)

// numbered returns the n-th id of a test.
func numbered(n int) uuid.UUID {
	id := uuid.UUID{6: 0x70, 8: 0x80}
	binary.BigEndian.PutUint32(id[12:], uint32(n))
	return id
}

// say lets someone send n messages.
func say(t *testing.T, store *chattest.Store, conversation, sender uuid.UUID, n int) {
	t.Helper()
	for range n {
		results, err := store.Append(t.Context(), []chat.Draft{{
			ID: uuid.New(), ConversationID: conversation, SenderID: sender, ClientMsgID: uuid.New(), Content: "text"}})
		if err != nil || results[0].Err != nil {
			t.Fatal(err, results)
		}
	}
}

// catchUp reads pages until the last and returns all of them.
func catchUp(t *testing.T, store *chattest.Store, viewer uuid.UUID, known map[uuid.UUID]int64) []chat.SyncPage {
	t.Helper()
	syncer := chat.NewSyncer(store, store, store)
	var pages []chat.SyncPage
	request := chat.SyncRequest{Known: known}
	for {
		page, err := syncer.Page(t.Context(), viewer, request)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, page)
		if len(pages) > 1000 {
			t.Fatal("the sync has no end")
		}
		if page.Next == nil {
			return pages
		}
		request.After = page.Next
	}
}

func seqs(messages []chat.Message, conversation uuid.UUID) []int64 {
	var s []int64
	for _, m := range messages {
		if m.ConversationID == conversation {
			s = append(s, m.Seq)
		}
	}
	return s
}

// span returns first, first+1 … last.
func span(first, last int64) []int64 {
	var s []int64
	for seq := first; seq <= last; seq++ {
		s = append(s, seq)
	}
	return s
}

func TestASyncBringsWhatIsLacking(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		stored int
		known  int64 // -1: not known at all
		want   []int64
	}{
		{"nothing was said", 0, -1, nil},
		{"the client has all", 10, 10, nil},
		{"the client claims to have more", 10, 99, nil},
		{"a few are missing", 10, 7, span(8, 10)},
		{"known, but empty so far", 10, 0, span(1, 10)},
		{"a hundred are missing", 150, 50, span(51, 150)},
		{"of more than a hundred the newest", 151, 50, span(52, 151)},
		{"of a new conversation the newest twenty", 150, -1, span(131, 150)},
		{"a short new conversation", 3, -1, span(1, 3)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			store := chattest.NewStore()
			store.Conversation(room, ann, bob)
			say(t, store, room, bob, c.stored)
			known := map[uuid.UUID]int64{}
			if c.known >= 0 {
				known[room] = c.known
			}
			pages := catchUp(t, store, ann, known)
			if len(pages) != 1 || len(pages[0].Conversations) != 1 {
				t.Fatalf("got %d pages, %+v", len(pages), pages)
			}
			if got := seqs(pages[0].Messages, room); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestASyncShowsNothingFromBeforeJoining(t *testing.T) {
	t.Parallel()
	store := chattest.NewStore()
	store.Conversation(room, ann, bob)
	say(t, store, room, bob, 5)
	store.Join(room, eve)
	say(t, store, room, bob, 2)
	for _, known := range []map[uuid.UUID]int64{nil, {room: 0}, {room: 3}} {
		page := catchUp(t, store, eve, known)[0]
		if got := seqs(page.Messages, room); !slices.Equal(got, span(6, 7)) {
			t.Errorf("knowing %v: got %v", known, got)
		}
	}
}

func TestASyncNamesConversationsThatAreGone(t *testing.T) {
	t.Parallel()
	left, never := numbered(1), numbered(2)
	store := chattest.NewStore()
	store.Conversation(room, ann, bob)
	store.Conversation(left, ann, bob)
	store.Leave(left, ann)
	page := catchUp(t, store, ann, map[uuid.UUID]int64{room: 0, left: 3, never: 1})[0]
	slices.SortFunc(page.Removed, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	if !slices.Equal(page.Removed, []uuid.UUID{left, never}) {
		t.Errorf("removed are %v", page.Removed)
	}
}

func TestASyncOfManyConversationsIsPaged(t *testing.T) {
	t.Parallel()
	store := chattest.NewStore()
	const many = 120
	for i := range many {
		store.Conversation(numbered(i), ann, bob)
		store.Pass(time.Minute)
	}
	gone := numbered(many)
	pages := catchUp(t, store, ann, map[uuid.UUID]int64{gone: 1})
	if len(pages) != 3 {
		t.Fatalf("%d pages, want 3", len(pages))
	}
	if !slices.Equal(pages[0].Removed, []uuid.UUID{gone}) || pages[1].Removed != nil || pages[2].Removed != nil {
		t.Errorf("removed are %v, %v, %v; want them told once", pages[0].Removed, pages[1].Removed, pages[2].Removed)
	}
	n := 0
	last := &pages[2].Conversations
	if newest := (*last)[len(*last)-1].ID; newest != numbered(many-1) {
		t.Errorf("the last page ends with %s, want what was active since the first", newest)
	}
	*last = (*last)[:len(*last)-1]
	for _, p := range pages {
		for _, c := range p.Conversations {
			if n++; c.ID != numbered(many-n) {
				t.Fatalf("conversation %d is %s", n, c.ID)
			}
		}
	}
	if n != many {
		t.Errorf("%d conversations came, want %d", n, many)
	}
}

func TestASyncOfExactlyOnePageEnds(t *testing.T) {
	t.Parallel()
	store := chattest.NewStore()
	for i := range 50 {
		store.Conversation(numbered(i), ann, bob)
		store.Pass(time.Minute)
	}
	pages := catchUp(t, store, ann, nil)
	if len(pages) != 2 || len(pages[0].Conversations) != 50 || len(pages[1].Conversations) != 1 {
		t.Errorf("%d pages", len(pages))
	}
}

// Whatever is stored and known, the pages together show each conversation,
// each with the newest part of what is lacking, contiguous to its last seq, and
// no page grows beyond its bounds.
func TestPagesOfASyncAreCompleteAndBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		store := chattest.NewStore()
		known := map[uuid.UUID]int64{}
		lengths := rapid.SliceOfN(rapid.IntRange(0, 130), 0, 60).Draw(rt, "lengths")
		for i, n := range lengths {
			store.Conversation(numbered(i), ann, bob)
			say(t, store, numbered(i), bob, n)
			if rapid.Bool().Draw(rt, "known") {
				known[numbered(i)] = int64(rapid.IntRange(0, n).Draw(rt, "seq"))
			}
		}
		shown := map[uuid.UUID]bool{}
		for _, p := range catchUp(t, store, ann, known) {
			if len(p.Conversations) > 50 || len(p.Messages) > 1000 {
				rt.Fatalf("a page has %d conversations and %d messages", len(p.Conversations), len(p.Messages))
			}
			for _, c := range p.Conversations {
				shown[c.ID] = true // the last may bring some again
				first := max(1, c.LastSeq-19)
				if k, ok := known[c.ID]; ok {
					first = max(k+1, c.LastSeq-99)
				}
				if got := seqs(p.Messages, c.ID); !slices.Equal(got, span(first, c.LastSeq)) {
					rt.Fatalf("%s: got %v, want %d to %d", c.ID, got, first, c.LastSeq)
				}
			}
		}
		if len(shown) != len(lengths) {
			rt.Fatalf("%d of %d conversations came", len(shown), len(lengths))
		}
	})
}

// away is a store that can't be reached from the n-th question on.
type away struct {
	*chattest.Store
	answers int
}

func (a *away) ask() error {
	if a.answers--; a.answers < 0 {
		return &chat.Error{Code: chat.CodeUnavailable}
	}
	return nil
}

func (a *away) Views(ctx context.Context, viewer uuid.UUID, after *chat.ActivityPosition, limit int) ([]chat.Conversation, error) {
	if err := a.ask(); err != nil {
		return nil, err
	}
	return a.Store.Views(ctx, viewer, after, limit)
}

func (a *away) PlacesOf(ctx context.Context, user uuid.UUID, ids []uuid.UUID) (map[uuid.UUID]chat.Place, error) {
	if err := a.ask(); err != nil {
		return nil, err
	}
	return a.Store.PlacesOf(ctx, user, ids)
}

func (a *away) Tails(ctx context.Context, spans []chat.TailSpan) ([]chat.Message, error) {
	if err := a.ask(); err != nil {
		return nil, err
	}
	return a.Store.Tails(ctx, spans)
}

func TestASyncWithoutAStoreIsUnavailable(t *testing.T) {
	t.Parallel()
	for answers := range 3 {
		store := &away{chattest.NewStore(), answers}
		store.Conversation(room, ann, bob)
		say(t, store.Store, room, bob, 1)
		_, err := chat.NewSyncer(store, store, store).Page(t.Context(), ann, chat.SyncRequest{Known: map[uuid.UUID]int64{room: 0, uuid.New(): 1}})
		if chat.CodeOf(err) != chat.CodeUnavailable {
			t.Errorf("after %d answers: %v", answers, err)
		}
	}
}

package chat_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/chat/chattest"
)

// device is a client that keeps what it got, as the contract says: messages by
// seq, conversations by their version.
type device struct {
	user     uuid.UUID
	rooms    map[uuid.UUID]chat.Conversation
	last     map[uuid.UUID]int64
	received int // conversations in the last sync
	pages    int
}

func newDevice(user uuid.UUID) *device {
	return &device{user: user, rooms: map[uuid.UUID]chat.Conversation{}, last: map[uuid.UUID]int64{}}
}

// sync catches up; meanwhile, if given, runs between the pages.
func (d *device) sync(t rapid.TB, store *chattest.Store, meanwhile ...func()) {
	t.Helper()
	syncer := chat.NewSyncer(store, store, store)
	request := chat.SyncRequest{Known: map[uuid.UUID]int64{}, Versions: map[uuid.UUID]string{}}
	for id, c := range d.rooms {
		if len(request.Known) < chat.SyncKnown {
			request.Known[id], request.Versions[id] = d.last[id], c.Version()
		}
	}
	d.received = 0
	for d.pages = 1; ; d.pages++ {
		page, err := syncer.Page(context.Background(), d.user, request)
		if err != nil {
			t.Fatal(err)
		}
		d.apply(t, page)
		if page.Next == nil {
			return
		}
		if d.pages > 1000 {
			t.Fatal("the sync has no end")
		}
		request.After = page.Next
		for _, f := range meanwhile {
			f()
		}
	}
}

func (d *device) apply(t rapid.TB, page chat.SyncPage) {
	t.Helper()
	d.received += len(page.Conversations)
	for _, c := range page.Conversations {
		d.rooms[c.ID] = c
		got := seqs(page.Messages, c.ID)
		if len(got) > 0 && (got[len(got)-1] != c.LastSeq || !slices.Equal(got, span(got[0], c.LastSeq))) {
			t.Fatalf("of a conversation of %d came %v", c.LastSeq, got)
		}
		if len(got) == 0 && d.last[c.ID] < c.LastSeq {
			t.Fatalf("of a conversation of %d came nothing after %d", c.LastSeq, d.last[c.ID])
		}
		d.last[c.ID] = max(d.last[c.ID], c.LastSeq)
	}
	for _, id := range page.Removed {
		delete(d.rooms, id)
		delete(d.last, id)
	}
}

// isCurrent fails unless the device has everything as it is.
func (d *device) isCurrent(t rapid.TB, store *chattest.Store) {
	t.Helper()
	views, err := store.Views(context.Background(), d.user, nil, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	if len(views) != len(d.rooms) {
		t.Errorf("the device has %d conversations, there are %d", len(d.rooms), len(views))
	}
	for _, c := range views {
		if mine, ok := d.rooms[c.ID]; !ok || d.last[c.ID] != c.LastSeq || mine.Version() != c.Version() {
			t.Errorf("of %s the device has %+v up to %d, there is %+v", c.ID, mine, d.last[c.ID], c)
		}
	}
}

func TestNothingNewIsNothingSent(t *testing.T) {
	t.Parallel()
	store := chattest.NewStore()
	for i := range 200 {
		store.Conversation(numbered(i+1), ann, bob)
		say(t, store, numbered(i+1), bob, 3)
	}
	d := newDevice(ann)
	d.sync(t, store)
	d.isCurrent(t, store)
	store.Pass(time.Hour)
	d.sync(t, store)
	if d.received != 0 || d.pages != 1 {
		t.Errorf("%d conversations came in %d pages", d.received, d.pages)
	}
	say(t, store, numbered(7), bob, 2)
	d.sync(t, store)
	if d.received != 1 {
		t.Errorf("%d conversations came for one message", d.received)
	}
	d.isCurrent(t, store)
}

// What changed without a message comes too.
func TestChangesWithoutAMessageCome(t *testing.T) {
	t.Parallel()
	store := chattest.NewStore()
	store.Conversation(room, ann, bob)
	store.Conversation(numbered(2), ann, bob)
	say(t, store, room, bob, 3)
	d := newDevice(ann)
	d.sync(t, store)
	for _, move := range []chat.CursorsMoved{
		{ConversationID: room, UserID: ann, DeliveredSeq: 2},
		{ConversationID: room, UserID: ann, DeliveredSeq: 3, ReadSeq: 3},
		{ConversationID: room, UserID: bob, DeliveredSeq: 3},
		{ConversationID: room, UserID: bob, ReadSeq: 2},
	} {
		if _, err := store.AdvanceCursors(t.Context(), []chat.CursorsMoved{move}); err != nil {
			t.Fatal(err)
		}
		d.sync(t, store)
		if d.received != 1 {
			t.Errorf("after %+v came %d conversations", move, d.received)
		}
		d.isCurrent(t, store)
	}
}

// Everything but what follows from the messages is in the version.
func TestTheVersionTellsWhatChanged(t *testing.T) {
	t.Parallel()
	c := chat.Conversation{ID: room, Peer: &chat.User{DisplayName: "Bob"}, Settings: chat.Settings{Notifications: chat.NotifyAll}}
	same := c
	same.Peer = &chat.User{DisplayName: "Bob", CreatedAt: time.Now()}
	same.CreatedAt = time.Now()
	same.LastSeq, same.UnreadCount, same.LastMessage, same.UpdatedAt = 9, 3, &chat.Message{Seq: 9}, time.Now()
	if same.Version() != c.Version() || len(c.Version()) > 64 {
		t.Errorf("messages make a version: %q, %q", same.Version(), c.Version())
	}
	seen := map[string]string{c.Version(): "nothing"}
	for what, change := range map[string]func(*chat.Conversation){
		"name": func(c *chat.Conversation) { c.Name = "x" }, "description": func(c *chat.Conversation) { c.Description = "x" },
		"avatar": func(c *chat.Conversation) { c.AvatarURL = "x" }, "members": func(c *chat.Conversation) { c.MemberCount++ },
		"role": func(c *chat.Conversation) { c.MyRole = chat.RoleAdmin }, "read": func(c *chat.Conversation) { c.MyReadSeq++ },
		"delivered": func(c *chat.Conversation) { c.MyDeliveredSeq++ }, "pinned": func(c *chat.Conversation) { c.Settings.Pinned = true },
		"muted": func(c *chat.Conversation) { c.Settings.MutedUntil = time.Unix(1, 0) }, "peer read": func(c *chat.Conversation) { c.PeerReadSeq++ },
		"peer delivered": func(c *chat.Conversation) { c.PeerDeliveredSeq++ }, "peer": func(c *chat.Conversation) { c.Peer = &chat.User{DisplayName: "Rob"} },
		"joined again": func(c *chat.Conversation) { c.MyJoinedSeq++ },
	} {
		changed := c
		change(&changed)
		if other, twice := seen[changed.Version()]; twice {
			t.Errorf("%s makes the same version as %s", what, other)
		}
		seen[changed.Version()] = what
	}
}

// Away for a year: thousands of messages, hundreds of conversations.
func TestAYearAway(t *testing.T) {
	t.Parallel()
	store := chattest.NewStore()
	store.Conversation(room, ann, bob)
	say(t, store, room, bob, 1)
	d := newDevice(ann)
	d.sync(t, store)
	say(t, store, room, bob, 10_000)
	for i := range 300 {
		store.Pass(time.Hour)
		store.Conversation(numbered(i+2), ann, bob)
		say(t, store, numbered(i+2), bob, i%40)
	}
	d.sync(t, store)
	d.isCurrent(t, store)
	if d.pages > 10 {
		t.Errorf("%d pages for 300 conversations", d.pages)
	}
}

// Devices that know different things all come to the same.
func TestSeveralDevicesOfAPerson(t *testing.T) {
	t.Parallel()
	store := chattest.NewStore()
	fresh, phone, laptop := newDevice(ann), newDevice(ann), newDevice(ann)
	for i := range 60 {
		store.Conversation(numbered(i+1), ann, bob)
		say(t, store, numbered(i+1), bob, 2)
	}
	phone.sync(t, store)
	store.Leave(numbered(3), ann)
	say(t, store, numbered(9), bob, 30)
	laptop.sync(t, store)
	say(t, store, numbered(9), bob, 30)
	store.Leave(numbered(4), ann)
	for _, d := range []*device{phone, laptop, fresh} {
		d.sync(t, store)
		d.isCurrent(t, store)
	}
}

// While a client pages, conversations become active and move to the front, out
// of its way. None is missed, and the sync ends.
func TestPagingIsStableWhileMessagesArrive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		store := chattest.NewStore()
		many := rapid.IntRange(40, 130).Draw(rt, "conversations")
		for i := range many {
			store.Conversation(numbered(i+1), ann, bob)
			store.Pass(time.Minute)
		}
		d := newDevice(ann)
		arrive := func() {
			for range rapid.IntRange(0, 5).Draw(rt, "arrivals") {
				id := numbered(rapid.IntRange(1, many).Draw(rt, "conversation"))
				_, _ = store.Append(t.Context(), []chat.Draft{{ID: uuid.New(), ConversationID: id, SenderID: bob, ClientMsgID: uuid.New(), Content: "text"}})
			}
		}
		quiet := false
		d.sync(rt, store, func() {
			// What arrives while the last page is made comes live, or the next time.
			if !quiet {
				arrive()
			}
			quiet = d.pages*50 >= many-50
		})
		d.isCurrent(rt, store)
		if d.pages > 10 {
			rt.Fatalf("%d pages for %d conversations", d.pages, many)
		}
	})
}

func BenchmarkVersion(b *testing.B) {
	c := chat.Conversation{ID: room, Peer: &chat.User{ID: bob, DisplayName: "Bob", Username: "bob"}, CreatedAt: time.Now().UTC()}
	b.ReportAllocs()
	for b.Loop() {
		_ = c.Version()
	}
}

package postgres_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/chat/chattest"
)

// world is the store and the model of it, side by side, with three people,
// conversations of ann with bob and with eve, and a group of all, which ann owns.
type world struct {
	*database
	conn          *pgx.Conn // for what no store does yet
	model         *chattest.Store
	ann, bob, eve uuid.UUID
	rooms         []uuid.UUID // the group is the last one
	groups        *chat.Groups
	said          *announcements
	sent          []uuid.UUID            // message ids
	readSoFar     map[[2]uuid.UUID]int64 // by person and room: how much of others was read when last looked at
}

func newWorld(t *testing.T, d *database, conn *pgx.Conn, people string) *world {
	t.Helper()
	w := &world{
		database: d, conn: conn, model: chattest.NewStore(),
		readSoFar: map[[2]uuid.UUID]int64{},
		ann:       d.person(t, "ann"+people), bob: d.person(t, "bob"+people), eve: d.person(t, "eve"+people),
	}
	for _, peer := range []uuid.UUID{w.bob, w.eve} {
		id := d.direct(t, w.ann, peer)
		w.model.Conversation(id, w.ann, peer)
		w.rooms = append(w.rooms, id)
	}
	w.said = &announcements{}
	w.groups = chat.NewGroups(d.Store, d.Store, w.said, chat.DefaultLimits)
	group, err := w.groups.Create(context.Background(), by(w.ann), chat.NewGroup{Name: "Club", Members: []uuid.UUID{w.bob, w.eve}})
	if err != nil {
		t.Fatal(err)
	}
	w.rooms = append(w.rooms, group.ID)
	w.model.Group(group.ID, w.ann, w.bob, w.eve)
	w.notices(group.ID)
	return w
}

// notices lets the model hear what the store has noted of a group.
func (w *world) notices(group uuid.UUID) {
	for _, e := range w.said.events {
		if sent, ok := e.(chat.MessageSent); ok {
			w.model.Notice(group, sent.Message)
		}
	}
	w.said.events = nil
}

// Whatever is sent, read and asked for, the store answers as the model does.
func TestTheStoreDoesAsTheModel(t *testing.T) {
	t.Parallel()
	d := open(t)
	conn, n := d.session(t), 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		w := newWorld(t, d, conn, strconv.Itoa(n))
		rt.Repeat(map[string]func(*rapid.T){
			"send": w.send, "note": w.note, "move": w.move, "promote": w.promote, "advance": w.advance, "read": w.read, "settle": w.settle, "": w.compare})
	})
}

func (w *world) anyone(t *rapid.T) uuid.UUID {
	return rapid.SampledFrom([]uuid.UUID{w.ann, w.bob, w.eve}).Draw(t, "person")
}

func (w *world) anywhere(t *rapid.T) uuid.UUID {
	return rapid.SampledFrom(append(slices.Clone(w.rooms), uuid.Nil)).Draw(t, "room")
}

func (w *world) send(t *rapid.T) {
	var drafts []chat.Draft
	used := map[string]bool{}
	for range rapid.IntRange(1, 6).Draw(t, "batch") {
		d := chat.Draft{ID: uuid.New(), ConversationID: w.anywhere(t), SenderID: w.anyone(t)}
		n := rapid.IntRange(0, 9).Draw(t, "client id")
		d.ClientMsgID = uuid.UUID{15: byte(n)}
		d.Content = fmt.Sprint("text ", rapid.IntRange(0, 1).Draw(t, "content"))
		if len(w.sent) > 0 && rapid.IntRange(0, 3).Draw(t, "replies") == 0 {
			d.ReplyTo = rapid.SampledFrom(w.sent).Draw(t, "reply to")
		}
		if key := d.SenderID.String() + d.ClientMsgID.String(); !used[key] { // as Sender sees to it
			used[key] = true
			drafts = append(drafts, d)
		}
	}
	got, err := w.Append(context.Background(), drafts)
	want, _ := w.model.Append(context.Background(), drafts)
	if err != nil {
		t.Fatal(err)
	}
	for i := range drafts {
		g, m := got[i], want[i]
		if (g.Err == nil) != (m.Err == nil) || g.Err != nil && chat.CodeOf(g.Err) != chat.CodeOf(m.Err) ||
			g.Stored.Seq != m.Stored.Seq || g.Stored.MessageID != m.Stored.MessageID || g.Stored.Duplicate != m.Stored.Duplicate {
			t.Fatalf("%+v\n got %+v\nwant %+v", drafts[i], g, m)
		}
		if g.Err == nil {
			w.sent = append(w.sent, g.Stored.MessageID)
		}
	}
}

// note lets the system say something.
func (w *world) note(t *rapid.T) {
	room, message := rapid.SampledFrom(w.rooms).Draw(t, "room"), uuid.New()
	if err := notice(context.Background(), w.conn, room, message); err != nil {
		t.Fatal(err)
	}
	w.model.Note(room, message)
}

// move lets somebody into the group, or out of it by ann's word or their own.
func (w *world) move(t *rapid.T) {
	person, group, ctx := rapid.SampledFrom([]uuid.UUID{w.bob, w.eve}).Draw(t, "who moves"), w.rooms[len(w.rooms)-1], context.Background()
	_, err := w.model.JoinedSeq(ctx, group, person)
	wasIn := err == nil
	by := by(rapid.SampledFrom([]uuid.UUID{w.ann, person}).Draw(t, "by whom"))
	if rapid.Bool().Draw(t, "in") {
		if _, err = w.groups.Add(ctx, by, group, []uuid.UUID{person}); err == nil {
			w.model.Join(group, person)
		}
		if added := err == nil; added != (by.ID == w.ann && !wasIn) {
			t.Fatalf("adding one who was in (%v): %v", wasIn, err)
		}
	} else {
		if err = w.groups.Remove(ctx, by, group, person); err == nil {
			w.model.Leave(group, person)
		}
		if removed := err == nil; removed != wasIn {
			t.Fatalf("removing one who was in (%v): %v", wasIn, err)
		}
	}
	w.notices(group)
}

// promote has ann change somebody's role.
func (w *world) promote(t *rapid.T) {
	person, group, ctx := rapid.SampledFrom([]uuid.UUID{w.bob, w.eve}).Draw(t, "who"), w.rooms[len(w.rooms)-1], context.Background()
	role := rapid.SampledFrom([]chat.Role{chat.RoleAdmin, chat.RoleMember}).Draw(t, "role")
	_, notIn := w.model.JoinedSeq(ctx, group, person)
	_, err := w.groups.ChangeRole(ctx, by(w.ann), group, person, role)
	if (err == nil) != (notIn == nil) {
		t.Fatalf("giving a role: %v, though %v", err, notIn)
	}
	if err == nil {
		w.model.SetRole(group, person, role)
	}
	w.notices(group)
}

// settle changes somebody's settings.
func (w *world) settle(t *rapid.T) {
	person, room := w.anyone(t), w.anywhere(t)
	settings := chat.Settings{
		Notifications: rapid.SampledFrom([]chat.Notifications{chat.NotifyAll, chat.NotifyNone}).Draw(t, "notifications"),
		Pinned:        rapid.Bool().Draw(t, "pinned"), Archived: rapid.Bool().Draw(t, "archived"),
	}
	if rapid.Bool().Draw(t, "muted") {
		settings.MutedUntil = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	got, want := w.SetSettings(context.Background(), room, person, settings), w.model.SetSettings(context.Background(), room, person, settings)
	if (got == nil) != (want == nil) || got != nil && chat.CodeOf(got) != chat.CodeOf(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func (w *world) advance(t *rapid.T) {
	moves := map[[2]uuid.UUID]chat.CursorsMoved{}
	for range rapid.IntRange(1, 4).Draw(t, "moves") {
		m := chat.CursorsMoved{
			ConversationID: w.anywhere(t), UserID: w.anyone(t),
			DeliveredSeq: rapid.Int64Range(0, 12).Draw(t, "delivered"), ReadSeq: rapid.Int64Range(0, 12).Draw(t, "read"),
		}
		moves[[2]uuid.UUID{m.ConversationID, m.UserID}] = m
	}
	list := slices.Collect(maps.Values(moves))
	got, err := w.AdvanceCursors(context.Background(), list)
	want, _ := w.model.AdvanceCursors(context.Background(), list)
	byKey := func(a, b chat.CursorsMoved) int {
		return slices.Compare(slices.Concat(a.ConversationID[:], a.UserID[:]), slices.Concat(b.ConversationID[:], b.UserID[:]))
	}
	slices.SortFunc(got, byKey)
	slices.SortFunc(want, byKey)
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("moved were %v, %v; want %v", got, err, want)
	}
}

func (w *world) read(t *rapid.T) {
	room := w.anywhere(t)
	r := chat.HistoryRange{
		After: rapid.Int64Range(0, 12).Draw(t, "after"), Before: rapid.Int64Range(0, 12).Draw(t, "before"),
		Newest: rapid.Bool().Draw(t, "newest"), Limit: rapid.IntRange(1, 5).Draw(t, "limit"),
	}
	got, err := w.History(context.Background(), room, r)
	want, _ := w.model.History(context.Background(), room, r)
	sameMessages(t, got, want, err)

	spans := make([]chat.TailSpan, len(w.rooms))
	for i, room := range w.rooms {
		spans[i] = chat.TailSpan{ConversationID: room, After: r.After, Through: rapid.Int64Range(0, 12).Draw(t, "through"), Limit: r.Limit}
	}
	got, err = w.Tails(context.Background(), spans)
	want, _ = w.model.Tails(context.Background(), spans)
	sameMessages(t, got, want, err)
}

func sameMessages(t *rapid.T, got, want []chat.Message, err error) {
	if err != nil || len(got) != len(want) {
		t.Fatalf("got %v, %v; want %v", seqs(got), err, seqs(want))
	}
	for i, m := range got {
		m.CreatedAt = want[i].CreatedAt
		if !messagesEqual(m, want[i]) {
			t.Fatalf("got %+v, want %+v", m, want[i])
		}
	}
}

// compare looks at the conversations with someone's eyes, in each way there is.
func (w *world) compare(t *rapid.T) {
	viewer, ctx := w.anyone(t), context.Background()
	want, _ := w.model.ViewsByID(ctx, viewer, w.rooms)
	got, err := w.ViewsByID(ctx, viewer, w.rooms)
	sameViews(t, got, want, err)
	got, err = w.Views(ctx, viewer, nil, 10)
	sameViews(t, got, want, err)
	q := chat.ListQuery{Limit: 10, Filter: chat.ListFilter{Unread: rapid.Bool().Draw(t, "unread"), Archived: rapid.Bool().Draw(t, "archive")}}
	want, _ = w.model.List(ctx, viewer, q)
	got, err = w.List(ctx, viewer, q)
	sameViews(t, got, want, err)
	w.neverBack(t, viewer, got)
}

// neverBack sees to it that what is unread grows by what others write alone.
func (w *world) neverBack(t *rapid.T, viewer uuid.UUID, views []chat.Conversation) {
	for _, c := range views {
		said := int64(0)
		for _, m := range w.model.Log(c.ID) {
			if m.SenderID != viewer && m.SenderID != uuid.Nil {
				said++
			}
		}
		key := [2]uuid.UUID{viewer, c.ID}
		if read := said - c.UnreadCount; read < w.readSoFar[key] {
			t.Fatalf("%d had been read, now %d", w.readSoFar[key], read)
		} else {
			w.readSoFar[key] = read
		}
	}
}

func sameViews(t *rapid.T, got, want []chat.Conversation, err error) {
	byID := func(a, b chat.Conversation) int { return slices.Compare(a.ID[:], b.ID[:]) }
	slices.SortFunc(got, byID)
	slices.SortFunc(want, byID)
	if err != nil || !slices.EqualFunc(got, want, sameView) {
		t.Fatalf("got %+v, %v\nwant %+v", got, err, want)
	}
}

// sameView compares all that does not depend on clocks or profiles.
func sameView(a, b chat.Conversation) bool {
	return a.ID == b.ID && a.LastSeq == b.LastSeq && a.MemberCount == b.MemberCount && a.MyReadSeq == b.MyReadSeq &&
		a.MyDeliveredSeq == b.MyDeliveredSeq && a.MyJoinedSeq == b.MyJoinedSeq && a.UnreadCount == b.UnreadCount && a.FirstUnreadSeq == b.FirstUnreadSeq && sameSettings(a.Settings, b.Settings) &&
		a.Kind == b.Kind && a.MyRole == b.MyRole && (a.Peer == nil) == (b.Peer == nil) && (a.Peer == nil || a.Peer.ID == b.Peer.ID) &&
		a.PeerReadSeq == b.PeerReadSeq && a.PeerDeliveredSeq == b.PeerDeliveredSeq &&
		(a.LastMessage == nil) == (b.LastMessage == nil) && (a.LastMessage == nil || a.LastMessage.ID == b.LastMessage.ID)
}

func sameSettings(a, b chat.Settings) bool {
	muted := a.MutedUntil.Equal(b.MutedUntil)
	a.MutedUntil, b.MutedUntil = time.Time{}, time.Time{}
	return muted && a == b
}

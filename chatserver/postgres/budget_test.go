package postgres_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres"
)

// statementCount counts what a store sends.
type statementCount struct{ n atomic.Int64 }

func (c *statementCount) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.n.Add(1)
	return ctx
}

func (c *statementCount) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (c *statementCount) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	c.n.Add(int64(data.Batch.Len()))
	return ctx
}

func (c *statementCount) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (c *statementCount) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

// What is done often costs a fixed number of statements, however much there is of it.
func TestBudgetsOfStatements(t *testing.T) {
	t.Parallel()
	d := open(t)
	a := d.person(t, "ann")
	var rooms, peers []uuid.UUID
	for _, name := range []string{"bob", "cem", "dan"} {
		peer := d.person(t, name)
		room, _, err := d.OpenDirect(t.Context(), uuid.New(), a, peer)
		if err != nil {
			t.Fatal(err)
		}
		rooms, peers = append(rooms, room), append(peers, peer)
	}
	counter := &statementCount{}
	store, err := postgres.OpenTraced(t.Context(), d.url, func(c *pgxpool.Config) { c.ConnConfig.Tracer = counter })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	batch := func() error {
		drafts := make([]chat.Draft, 60)
		for i := range drafts {
			drafts[i] = chat.Draft{ID: uuid.Must(uuid.NewV7()), ConversationID: rooms[i%3], SenderID: a, ClientMsgID: uuid.New(), Content: "text"}
		}
		_, err := store.Append(t.Context(), drafts)
		return err
	}
	sync := func() error {
		known := map[uuid.UUID]int64{rooms[0]: 0, rooms[1]: 2, rooms[2]: 4}
		_, err := chat.NewSyncer(store, store, store).Page(t.Context(), a, chat.SyncRequest{Known: known})
		return err
	}
	read := int64(0)
	cursors := func() error {
		read += 5
		moves := make([]chat.CursorsMoved, 3)
		for i := range moves {
			moves[i] = chat.CursorsMoved{ConversationID: rooms[i], UserID: a, DeliveredSeq: read, ReadSeq: read}
		}
		moved, err := store.AdvanceCursors(t.Context(), moves)
		if err == nil && len(moved) != 3 {
			t.Errorf("%d cursors moved", len(moved))
		}
		return err
	}
	groups := chat.NewGroups(store, store, &announcements{}, chat.DefaultLimits)
	group, err := groups.Create(t.Context(), by(a), chat.NewGroup{Name: "Group", Members: peers})
	if err != nil {
		t.Fatal(err)
	}
	calling := func() error {
		d := draft(group.ID, a, "text")
		d.Mentions = []string{"bob", "cem"}
		_, err := store.Append(t.Context(), []chat.Draft{d})
		return err
	}
	views := func() error {
		_, err := store.ViewsOf(t.Context(), group.ID, append(peers, a))
		return err
	}
	history := func() error {
		messages := chat.NewMessages(chat.MessageServices{Store: store, Members: store}, chat.DefaultLimits)
		_, err := messages.History(t.Context(), a, chat.HistoryQuery{ConversationID: group.ID, Limit: 50})
		return err
	}
	for _, budget := range []struct {
		name       string
		statements int64
		run        func() error
	}{
		{"storing 60 messages of 3 conversations", 2, batch}, {"a page of a sync that brings them", 2, sync},
		{"moving the cursors of 3 conversations, with the times", 1, cursors},
		{"storing a message that calls two", 3, calling}, {"a group as all of it see it", 1, views}, {"a page of history", 2, history},
	} {
		if err := budget.run(); err != nil { // connects, which takes statements too
			t.Fatal(err)
		}
		before := counter.n.Load()
		if err := budget.run(); err != nil {
			t.Fatal(err)
		}
		if n := counter.n.Load() - before; n != budget.statements {
			t.Errorf("%s takes %d statements, want %d", budget.name, n, budget.statements)
		}
	}
}

package chat_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/chat/chattest"
)

// service is a Messages at work on a model store with a room of ann and bob.
type service struct {
	*chat.Messages
	store    *chattest.Store
	desk     *desk
	receipts journal
	stop     func()
}

func serve(t *testing.T, prepare func(*desk)) *service {
	t.Helper()
	d := openDesk(t, small, prepare)
	s := &service{store: d.Store, desk: d}
	cursors := chat.NewCursors(d.Store, publisher(func(e []chat.Event) { s.receipts.note("%v", e) }), interval,
		func(error) {})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); cursors.Run(ctx) }()
	s.Messages = chat.NewMessages(chat.MessageServices{Sender: d.sender, Store: d.Store, Members: d.Store, Cursors: cursors}, chat.DefaultLimits)
	s.stop = func() { d.stop(); cancel(); <-ended }
	return s
}

func hello(sender uuid.UUID) chat.SendCommand {
	return chat.SendCommand{SenderID: sender, ConversationID: room, ClientMsgID: uuid.New(), Content: "hello"}
}

func TestSendingStoresTrimmedText(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, nil)
		defer s.stop()
		cmd := hello(ann)
		cmd.Content, cmd.Type = "  hello\n", chat.MessageText
		stored, err := s.Send(t.Context(), cmd)
		if err != nil {
			t.Fatal(err)
		}
		m := s.store.Log(room)[0]
		if m.Content != "hello" || m.ID != stored.MessageID || m.ID.Version() != 7 || m.ClientMsgID != cmd.ClientMsgID {
			t.Errorf("stored is %+v", m)
		}
	})
}

func TestASendThatIsNotAllowedIsNotQueued(t *testing.T) {
	t.Parallel()
	for field, spoil := range map[string]func(*chat.SendCommand){
		"conversation_id": func(c *chat.SendCommand) { c.ConversationID = uuid.Nil },
		"client_msg_id":   func(c *chat.SendCommand) { c.ClientMsgID = uuid.Nil },
		"content":         func(c *chat.SendCommand) { c.Content = strings.Repeat("x", 10_001) },
		"type":            func(c *chat.SendCommand) { c.Type = chat.MessageSystem },
	} {
		synctest.Test(t, func(t *testing.T) {
			s := serve(t, nil)
			defer s.stop()
			cmd := hello(ann)
			spoil(&cmd)
			err := s.Submit(cmd, func(chat.Stored, error) { t.Errorf("%s: answered", field) })
			e, _ := chat.AsError(err)
			if e.Code != chat.CodeValidationFailed || len(e.Fields) != 1 || e.Fields[0].Field != field {
				t.Errorf("%s: got %v", field, err)
			}
			s.desk.expect(t, nil, nil)
		})
	}
}

func TestASendIsRefusedToStrangers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, nil)
		defer s.stop()
		if _, err := s.Send(t.Context(), hello(eve)); chat.CodeOf(err) != chat.CodeNotFound {
			t.Errorf("got %v", err)
		}
		pass(1)
		s.receipts.expect(t)
	})
}

func TestWhoWritesHasReadWhatCameBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, nil)
		defer s.stop()
		for range 3 {
			if _, err := s.Send(t.Context(), hello(bob)); err != nil {
				t.Fatal(err)
			}
		}
		pass(1)
		s.receipts.expect(t, fmt.Sprint([]chat.Event{moved(bob, 3, 3)}))
	})
}

func TestWhoStopsWaitingIsToldToAskAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, held)
		ctx, cancel := context.WithCancel(t.Context())
		cmd := hello(ann)
		errs := make(chan error)
		go func() { _, err := s.Send(ctx, cmd); errs <- err }()
		synctest.Wait()
		cancel()
		err := <-errs
		e, _ := chat.AsError(err)
		if e.Code != chat.CodeUnavailable || !strings.Contains(e.Detail, "client_msg_id") {
			t.Errorf("got %v", err)
		}
		close(s.desk.commits)
		stored, err := s.Send(t.Context(), cmd)
		if err != nil || !stored.Duplicate || stored.Seq != 1 {
			t.Errorf("asking again answered %+v, %v", stored, err)
		}
		s.stop()
	})
}

func TestASendToABusyServerIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, held)
		for range small.QueueLength + 1 {
			if err := s.Submit(hello(ann), func(chat.Stored, error) {}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if _, err := s.Send(t.Context(), hello(ann)); chat.CodeOf(err) != chat.CodeOverloaded {
			t.Errorf("got %v", err)
		}
		close(s.desk.commits)
		s.stop()
	})
}

func TestHistoryPages(t *testing.T) {
	t.Parallel()
	store := chattest.NewStore()
	store.Conversation(room, ann, bob)
	say(t, store, room, bob, 10)
	store.Join(room, eve) // sees 11 and on
	say(t, store, room, bob, 10)
	messages := chat.NewMessages(chat.MessageServices{Store: store, Members: store}, chat.DefaultLimits)
	for _, c := range []struct {
		name   string
		viewer uuid.UUID
		query  chat.HistoryQuery
		want   []int64
	}{
		{"the newest", ann, chat.HistoryQuery{Limit: 3}, span(18, 20)},
		{"all", ann, chat.HistoryQuery{Limit: 100}, span(1, 20)},
		{"before a seq", ann, chat.HistoryQuery{Before: 10, Limit: 3}, span(7, 9)},
		{"before the first", ann, chat.HistoryQuery{Before: 1, Limit: 3}, nil},
		{"before one far away", ann, chat.HistoryQuery{Before: 1000, Limit: 2}, span(19, 20)},
		{"after a seq", ann, chat.HistoryQuery{After: 10, AfterSet: true, Limit: 3}, span(11, 13)},
		{"after nothing", ann, chat.HistoryQuery{AfterSet: true, Limit: 3}, span(1, 3)},
		{"after the last", ann, chat.HistoryQuery{After: 20, AfterSet: true, Limit: 3}, nil},
		{"around a seq", ann, chat.HistoryQuery{Around: 10, Limit: 5}, span(8, 12)},
		{"around the first", ann, chat.HistoryQuery{Around: 1, Limit: 6}, span(1, 3)},
		{"around the last", ann, chat.HistoryQuery{Around: 20, Limit: 6}, span(17, 20)},
		{"around, a page of one", ann, chat.HistoryQuery{Around: 10, Limit: 1}, span(10, 10)},
		{"around one that is not there", ann, chat.HistoryQuery{Around: 50, Limit: 4}, span(19, 20)},
		{"the newest, of who joined late", eve, chat.HistoryQuery{Limit: 100}, span(11, 20)},
		{"before joining", eve, chat.HistoryQuery{Before: 11, Limit: 100}, nil},
		{"before a seq, down to joining", eve, chat.HistoryQuery{Before: 13, Limit: 100}, span(11, 12)},
		{"after one from before joining", eve, chat.HistoryQuery{After: 2, AfterSet: true, Limit: 2}, span(11, 12)},
		{"around one from before joining", eve, chat.HistoryQuery{Around: 5, Limit: 4}, span(11, 12)},
		{"around the first after joining", eve, chat.HistoryQuery{Around: 11, Limit: 4}, span(11, 12)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.query.ConversationID = room
			page, err := messages.History(t.Context(), c.viewer, c.query)
			if err != nil {
				t.Fatal(err)
			}
			if got := seqs(page, room); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestHistoryIsForMembers(t *testing.T) {
	t.Parallel()
	store := chattest.NewStore()
	store.Conversation(room, ann, bob)
	say(t, store, room, bob, 1)
	messages := chat.NewMessages(chat.MessageServices{Store: store, Members: store}, chat.DefaultLimits)
	for _, id := range []uuid.UUID{room, numbered(9)} {
		if _, err := messages.History(t.Context(), eve, chat.HistoryQuery{ConversationID: id, Limit: 10}); chat.CodeOf(err) != chat.CodeNotFound {
			t.Errorf("%s: got %v", id, err)
		}
	}
}

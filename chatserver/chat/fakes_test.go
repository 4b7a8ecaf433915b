package chat_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/chat/chattest"
)

var room = uuid.MustParse("00000000-0000-7000-8000-000000000001")

// journal is what happened, in order.
type journal struct {
	mu      sync.Mutex
	entries []string
}

func (j *journal) note(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, fmt.Sprintf(format, args...))
}

// take returns what happened since the last take.
func (j *journal) take() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	entries := j.entries
	j.entries = nil
	return entries
}

// expect fails unless exactly this happened since the last take.
func (j *journal) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := j.take(); !slices.Equal(got, want) {
		t.Errorf("what happened:\n\t%q\nwant:\n\t%q", got, want)
	}
}

// desk is a Sender at work on a model store, with each transaction, publish and
// answer noted, and held up or made to fail as a test likes. There are two
// journals since storing one batch overlaps with showing the one before.
type desk struct {
	*chattest.Store
	storing journal // begin, commit, fail
	showing journal // publish and answers
	sender  *chat.Sender

	commits chan struct{}                 // when set, a transaction waits for one before it commits
	fail    func(contents []string) error // when set, says how a transaction fails
	publish func(contents []string)       // when set, runs while publishing
	stop    func()                        // ends Run and waits for it
}

func (d *desk) Append(ctx context.Context, drafts []chat.Draft) ([]chat.AppendResult, error) {
	contents := make([]string, len(drafts))
	for i, draft := range drafts {
		contents[i] = draft.Content
	}
	d.storing.note("begin %s", contents)
	if d.commits != nil {
		select {
		case <-d.commits:
		case <-ctx.Done():
			d.storing.note("time out")
			return nil, &chat.Error{Code: chat.CodeUnavailable}
		}
	}
	if d.fail != nil {
		if err := d.fail(contents); err != nil {
			d.storing.note("fail")
			return nil, err
		}
	}
	d.storing.note("commit")
	return d.Store.Append(ctx, drafts)
}

func (d *desk) Publish(_ context.Context, events []chat.Event) {
	contents := make([]string, len(events))
	for i, e := range events {
		contents[i] = e.(chat.MessageSent).Message.Content
	}
	if d.publish != nil {
		d.publish(contents)
	}
	d.showing.note("publish %s", contents)
}

// openDesk starts a Sender for a room of ann and bob; call it in a bubble.
func openDesk(t *testing.T, config chat.SenderConfig, prepare func(*desk)) *desk {
	t.Helper()
	d := &desk{Store: chattest.NewStore()}
	d.Conversation(room, ann, bob)
	if prepare != nil {
		prepare(d)
	}
	d.sender = chat.NewSender(d, d, config)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		d.sender.Run(ctx)
	}()
	d.stop = func() { cancel(); <-ended }
	return d
}

// draft is a draft of ann's with a content and a client message id made of it.
func draft(content string) chat.Draft {
	return chat.Draft{
		ID: uuid.New(), ConversationID: room, SenderID: ann, ConnectionID: uuid.NewSHA1(ann, []byte("connection")),
		ClientMsgID: uuid.NewSHA1(uuid.Nil, []byte(content)), Content: content,
	}
}

// submit gives drafts to the sender; their answers go to the journal.
func (d *desk) submit(t *testing.T, drafts ...chat.Draft) {
	t.Helper()
	for _, one := range drafts {
		if err := d.sender.Submit(one, d.answer(one)); err != nil {
			t.Fatalf("submitting %q: %v", one.Content, err)
		}
	}
}

func (d *desk) answer(one chat.Draft) func(chat.Stored, error) {
	return func(s chat.Stored, err error) {
		switch {
		case err != nil:
			d.showing.note("%s: %s", one.Content, chat.CodeOf(err))
		case s.Duplicate:
			d.showing.note("%s: duplicate of %d", one.Content, s.Seq)
		default:
			d.showing.note("%s: stored as %d", one.Content, s.Seq)
		}
	}
}

// commit lets the transaction under way end and waits until all is quiet.
func (d *desk) commit() {
	d.commits <- struct{}{}
	synctest.Wait()
}

var small = chat.SenderConfig{QueueLength: 8, BatchSize: 4, Timeout: time.Second}

// expect fails unless exactly this was stored and shown since the last look.
func (d *desk) expect(t *testing.T, storing, showing []string) {
	t.Helper()
	d.storing.expect(t, storing...)
	d.showing.expect(t, showing...)
}

// forget makes expect begin here.
func (d *desk) forget() { d.storing.take(); d.showing.take() }

func held(d *desk) { d.commits = make(chan struct{}) }

// publisher is a Publisher made of a function.
type publisher func(events []chat.Event)

func (p publisher) Publish(_ context.Context, events []chat.Event) { p(events) }

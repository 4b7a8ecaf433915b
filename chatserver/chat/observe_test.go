package chat_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/chat/chattest"
)

// meter is a chat.SenderMetrics that writes down what it hears.
type meter struct{ journal }

// Committing implements chat.SenderMetrics.
func (m *meter) Committing(drafts int) { m.note("%d go", drafts) }

// Sent implements chat.SenderMetrics.
func (m *meter) Sent(result chat.SendResult, took time.Duration) { m.note("%s after %s", result, took) }

// Rejected implements chat.SenderMetrics.
func (m *meter) Rejected(result chat.SendResult) { m.note("%s at once", result) }

// slowStore takes three milliseconds for a transaction, or fails.
type slowStore struct {
	*chattest.Store
	fail error
}

// Append implements chat.MessageStore.
func (s *slowStore) Append(ctx context.Context, drafts []chat.Draft) ([]chat.AppendResult, error) {
	<-time.After(3 * time.Millisecond)
	if s.fail != nil {
		return nil, s.fail
	}
	return s.Store.Append(ctx, drafts)
}

func TestWhatBecomesOfMessagesIsMeasured(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, m := &slowStore{Store: chattest.NewStore()}, &meter{}
		store.Conversation(room, ann, bob)
		config := small
		config.Metrics = m
		nobody := publisher(func([]chat.Event) {})
		sender := chat.NewSender(store, nobody, config)
		messages := chat.NewMessages(chat.MessageServices{
			Sender: sender, Store: store, Members: store, Metrics: m, Cursors: chat.NewCursors(store, nobody, interval, func(error) {}),
		}, chat.DefaultLimits)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); sender.Run(ctx) }()
		send := func(cmd chat.SendCommand, want ...string) {
			t.Helper()
			_, _ = messages.Send(t.Context(), cmd)
			synctest.Wait()
			m.expect(t, want...)
		}

		cmd := hello(ann)
		send(cmd, "1 go", "stored after 3ms")
		send(cmd, "1 go", "duplicate after 3ms")
		send(hello(uuid.New()), "1 go", "refused after 3ms")
		send(chat.SendCommand{SenderID: ann}, "refused at once")
		store.fail = &chat.Error{Code: chat.CodeUnavailable}
		send(cmd, "1 go", "failed after 3ms")
		store.fail = errors.New("a riddle")
		send(cmd, "1 go", "failed after 3ms")
		cancel()
		<-ended
		send(cmd, "failed at once")
	})
}

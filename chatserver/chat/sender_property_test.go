package chat_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/chat/chattest"
)

// step is one thing that happens to a Sender: drafts are submitted while a
// transaction is under way, then that one meets its fate.
type step struct {
	submits []submit
	fate    fate
}

// submit is a draft in few words: the same words are the same message, as in a
// client that retries. Eve is a member of no room, and message 0 is one that
// breaks its transaction.
type submit struct{ person, message int }

func (s submit) draft() chat.Draft {
	sender, content := people[s.person], fmt.Sprint("message ", s.message)
	return chat.Draft{
		ID: uuid.New(), ConversationID: rooms[s.message%2], SenderID: sender,
		ClientMsgID: uuid.NewSHA1(sender, []byte(content)), Content: content,
	}
}

const poison = "message 0"

type fate int

const (
	committed   fate = iota
	unavailable      // and nothing was stored
	unsure           // unavailable, but everything was stored
)

// history is what the clients and the other nodes got to see.
type history struct {
	submitted []chat.Draft
	answers   [][]answer // of each submitted draft
	published map[uuid.UUID]chat.Message
	early     []string // what was told before it was true
}

type answer struct {
	stored chat.Stored
	err    error
}

var (
	rooms  = []uuid.UUID{room, uuid.MustParse("00000000-0000-7000-8000-000000000002")}
	people = []uuid.UUID{ann, bob, eve}
)

// steps draws what happens.
func steps(t *rapid.T) []step {
	one := rapid.Custom(func(t *rapid.T) submit {
		return submit{rapid.IntRange(0, 2).Draw(t, "person"), rapid.IntRange(0, 11).Draw(t, "message")}
	})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		return step{
			submits: rapid.SliceOfN(one, 0, 12).Draw(t, "submits"),
			fate:    rapid.SampledFrom([]fate{committed, committed, unavailable, unsure}).Draw(t, "fate"),
		}
	}), 1, 12).Draw(t, "steps")
}

// fateful is a model store whose transactions wait for their fates.
type fateful struct {
	*chattest.Store
	fates chan fate
}

func (s fateful) Append(ctx context.Context, drafts []chat.Draft) ([]chat.AppendResult, error) {
	f, open := <-s.fates
	if open && f == unavailable {
		return nil, &chat.Error{Code: chat.CodeUnavailable}
	}
	if slices.ContainsFunc(drafts, func(d chat.Draft) bool { return d.Content == poison }) {
		return nil, errors.New("a draft that can't be stored")
	}
	results, err := s.Store.Append(ctx, drafts)
	if open && f == unsure {
		return nil, &chat.Error{Code: chat.CodeUnavailable}
	}
	return results, err
}

// play carries the steps out and returns what was seen; it runs in a bubble.
func play(t *testing.T, store *chattest.Store, plan []step) *history {
	t.Helper()
	h := &history{published: map[uuid.UUID]chat.Message{}}
	s := fateful{store, make(chan fate)}
	publish := publisher(func(events []chat.Event) {
		for _, e := range events {
			m := e.(chat.MessageSent).Message
			h.published[m.ID] = m
			if log := store.Log(m.ConversationID); int64(len(log)) < m.Seq {
				h.early = append(h.early, m.Content+" was published before its commit")
			}
		}
	})
	sender := chat.NewSender(s, publish, chat.SenderConfig{QueueLength: 1000, BatchSize: 5, Timeout: time.Second})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); sender.Run(ctx) }()
	for _, step := range plan {
		for _, one := range step.submits {
			h.submit(t, sender, one.draft())
		}
		synctest.Wait()
		select {
		case s.fates <- step.fate:
		default: // no transaction is under way
		}
		synctest.Wait()
	}
	cancel()
	close(s.fates)
	<-ended
	return h
}

func (h *history) submit(t *testing.T, sender *chat.Sender, d chat.Draft) {
	t.Helper()
	i := len(h.submitted)
	h.submitted, h.answers = append(h.submitted, d), append(h.answers, nil)
	err := sender.Submit(d, func(s chat.Stored, err error) {
		h.answers[i] = append(h.answers[i], answer{s, err})
		if _, ok := h.published[s.MessageID]; err == nil && !ok {
			h.early = append(h.early, d.Content+" was answered before it was published")
		}
	})
	if err != nil {
		t.Errorf("submitting: %v", err)
	}
}

// Whatever is submitted, whenever, and however transactions end: each draft is
// answered once; what was acknowledged is stored, once, and was published; and
// each conversation counts 1, 2, 3 … in the order of the submits. (A retry of
// what is still under way may fall behind; see Sender.)
func TestTheSenderKeepsItsPromise(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		plan := steps(rt)
		store := chattest.NewStore()
		for _, r := range rooms {
			store.Conversation(r, ann, bob)
		}
		var h *history
		synctest.Test(t, func(t *testing.T) { h = play(t, store, plan) })
		for _, e := range h.early {
			rt.Error(e)
		}
		h.checkAnswers(rt, store)
		h.checkOrder(rt, store)
	})
}

func (h *history) checkAnswers(t *rapid.T, store *chattest.Store) {
	for i, answers := range h.answers {
		d := h.submitted[i]
		if len(answers) != 1 {
			t.Fatalf("%s was answered %d times", d.Content, len(answers))
		}
		a := answers[0]
		switch {
		case a.err == nil:
			m := store.Log(d.ConversationID)[a.stored.Seq-1]
			if m.ID != a.stored.MessageID || m.ClientMsgID != d.ClientMsgID || m.SenderID != d.SenderID || m.Content != d.Content {
				t.Fatalf("%s was acknowledged as %+v, stored is %+v", d.Content, a.stored, m)
			}
			if shown := h.published[m.ID]; shown.Seq != m.Seq || shown.Content != m.Content {
				t.Fatalf("%s was acknowledged and shown as %+v", d.Content, shown)
			}
			if d.SenderID == eve || d.Content == poison {
				t.Fatalf("%s of %s was stored", d.Content, d.SenderID)
			}
		case chat.CodeOf(a.err) == chat.CodeUnavailable:
		case chat.CodeOf(a.err) == chat.CodeNotFound && d.SenderID == eve:
		case chat.CodeOf(a.err) == chat.CodeInternal && d.Content == poison:
		default:
			t.Fatalf("%s of %s was answered with %v", d.Content, d.SenderID, a.err)
		}
	}
}

func (h *history) checkOrder(t *rapid.T, store *chattest.Store) {
	for _, r := range rooms {
		at := 0
		seen := map[uuid.UUID]bool{}
		for i, m := range store.Log(r) {
			if m.Seq != int64(i)+1 || seen[m.ClientMsgID] {
				t.Fatalf("message %d has seq %d, seen before: %t", i, m.Seq, seen[m.ClientMsgID])
			}
			seen[m.ClientMsgID] = true
			n := slices.IndexFunc(h.submitted, func(d chat.Draft) bool { return d.ClientMsgID == m.ClientMsgID })
			if h.submitted[n].ID != m.ID {
				continue // a retry
			}
			if n < at {
				t.Fatalf("%s was submitted as number %d and stored after number %d", m.Content, n, at)
			}
			at = n
		}
	}
}

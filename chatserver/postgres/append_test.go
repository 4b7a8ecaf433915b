package postgres_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

func TestAppendedMessagesAreNumberedInOrder(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	other := k.direct(t, k.ann, k.eve)
	first := k.say(t, draft(k.room, k.ann, "a"), draft(other, k.ann, "x"), draft(k.room, k.bob, "b"))
	second := k.say(t, draft(other, k.eve, "y"), draft(k.room, k.bob, "c"))
	if got := []int64{first[0].Seq, first[1].Seq, first[2].Seq, second[0].Seq, second[1].Seq}; !slices.Equal(got, []int64{1, 1, 2, 2, 3}) {
		t.Errorf("seqs are %v", got)
	}
	var texts []string
	for _, m := range k.log(t, k.room) {
		texts = append(texts, m.Content)
	}
	if got := strings.Join(texts, ""); got != "abc" {
		t.Errorf("stored are %q", got)
	}
}

func TestAMessageIsStoredAsItWasSent(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	first := k.say(t, draft(k.room, k.ann, "first"))[0]
	d := draft(k.room, k.bob, "Grüße, 世界 👋\n\ttab")
	d.ReplyTo = first.MessageID
	stored := k.say(t, d)[0]
	want := chat.Message{
		ID: d.ID, ConversationID: k.room, Seq: 2, SenderID: k.bob, ClientMsgID: d.ClientMsgID,
		Type: chat.MessageText, Content: d.Content, ReplyTo: d.ReplyTo, CreatedAt: stored.CreatedAt,
	}
	got := k.log(t, k.room)[1]
	if !got.CreatedAt.Equal(want.CreatedAt) || stored.MessageID != d.ID {
		t.Errorf("acknowledged was %+v, stored is %+v", stored, got)
	}
	got.CreatedAt, want.CreatedAt = time.Time{}, time.Time{}
	if !messagesEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if stored.CreatedAt.Nanosecond()%int(time.Millisecond) != 0 {
		t.Errorf("%v is finer than what clients are told", stored.CreatedAt)
	}
}

func messagesEqual(a, b chat.Message) bool {
	return a.ID == b.ID && a.ConversationID == b.ConversationID && a.Seq == b.Seq && a.SenderID == b.SenderID &&
		a.ClientMsgID == b.ClientMsgID && a.Type == b.Type && a.Content == b.Content && string(a.Event) == string(b.Event) &&
		a.ReplyTo == b.ReplyTo && a.CreatedAt.Equal(b.CreatedAt) && slices.Equal(a.Mentions, b.Mentions) && a.MentionsAll == b.MentionsAll
}

func TestARetryAnswersTheFirstResult(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	d := draft(k.room, k.ann, "once")
	first := k.say(t, d)[0]
	d.ID = uuid.Must(uuid.NewV7()) // a retry gets a message id of its own
	again := k.say(t, draft(k.room, k.bob, "between"), d)[1]
	if first.Duplicate || !again.Duplicate || again.MessageID != first.MessageID || again.Seq != first.Seq || !again.CreatedAt.Equal(first.CreatedAt) {
		t.Errorf("first %+v, again %+v", first, again)
	}
	if n := len(k.log(t, k.room)); n != 2 {
		t.Errorf("%d messages are stored, want 2", n)
	}
}

func TestAClientIDStandsForOneMessage(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	other := k.direct(t, k.ann, k.eve)
	d := draft(k.room, k.ann, "once")
	k.say(t, d)
	elsewhere, changed, bobs := d, d, d
	elsewhere.ID, elsewhere.ConversationID = uuid.New(), other
	changed.ID, changed.Content = uuid.New(), "twice"
	bobs.ID, bobs.SenderID = uuid.New(), k.bob
	results := k.append(t, elsewhere, changed, bobs)
	for i, name := range []string{"in another conversation", "with another content"} {
		if chat.CodeOf(results[i].Err) != chat.CodeIdempotencyMismatch {
			t.Errorf("%s: got %+v", name, results[i])
		}
	}
	if r := results[2]; r.Err != nil || r.Stored.Duplicate || r.Stored.Seq != 2 {
		t.Errorf("another person's: got %+v", r)
	}
	if n := len(k.log(t, other)); n != 0 {
		t.Errorf("%d messages are in the other conversation", n)
	}
}

// Two nodes get the same send, as after a reconnect in the middle of a commit.
func TestOneSendOnTwoNodesIsOneMessage(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	nodes := []chat.MessageStore{k.Store, connect(t, k.url)}
	for range 30 {
		d := draft(k.room, k.ann, "once")
		results := make([]chat.AppendResult, 8)
		var race sync.WaitGroup
		for i := range results {
			race.Go(func() {
				mine := d
				mine.ID = uuid.New()
				r, err := nodes[i%2].Append(t.Context(), []chat.Draft{mine})
				if err != nil {
					t.Error(err)
					return
				}
				results[i] = r[0]
			})
		}
		race.Wait()
		firsts := 0
		for _, r := range results {
			if !r.Stored.Duplicate {
				firsts++
			}
			if r.Err != nil || r.Stored.MessageID != results[0].Stored.MessageID || r.Stored.Seq != results[0].Stored.Seq {
				t.Errorf("got %+v and %+v", r, results[0])
			}
		}
		if firsts != 1 {
			t.Errorf("%d were the first", firsts)
		}
	}
	if n := len(k.log(t, k.room)); n != 30 {
		t.Errorf("%d messages are stored, want 30", n)
	}
}

func TestOneClientIDForTwoConversationsAtOnceIsStoredOnce(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	other := k.direct(t, k.ann, k.eve)
	nodes := []chat.MessageStore{k.Store, connect(t, k.url)}
	for range 30 {
		here := draft(k.room, k.ann, "once")
		there := here
		there.ID, there.ConversationID = uuid.New(), other
		codes := make([]chat.Code, 2)
		var race sync.WaitGroup
		for i, d := range []chat.Draft{here, there} {
			race.Go(func() {
				r, err := nodes[i].Append(t.Context(), []chat.Draft{d})
				switch {
				case err != nil:
					t.Error(err)
				case r[0].Err != nil:
					codes[i] = chat.CodeOf(r[0].Err)
				}
			})
		}
		race.Wait()
		if slices.Sort(codes); codes[0] != "" || codes[1] != chat.CodeIdempotencyMismatch {
			t.Errorf("got %q", codes)
		}
	}
	if n := len(k.log(t, k.room)) + len(k.log(t, other)); n != 30 {
		t.Errorf("%d messages are stored, want 30", n)
	}
}

// A batch that repeats itself can't be stored; Sender never makes one.
func TestABatchThatRepeatsItselfIsRefusedWhole(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	d := draft(k.room, k.ann, "once")
	twin := d
	twin.ID = uuid.New()
	if _, err := k.Append(t.Context(), []chat.Draft{d, twin}); err == nil || chat.CodeOf(err) == chat.CodeUnavailable {
		t.Errorf("got %v", err)
	}
	if n := len(k.log(t, k.room)); n != 0 {
		t.Errorf("%d messages are stored", n)
	}
}

func TestStrangersAreRefusedAndHinderNobody(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	results := k.append(t,
		draft(k.room, k.ann, "a"),
		draft(k.room, k.eve, "not a member"),
		draft(uuid.New(), k.ann, "no such conversation"),
		draft(k.room, uuid.New(), "no such person"),
		draft(k.room, k.bob, "b"))
	for i, r := range results {
		refused := i > 0 && i < 4
		if refused != (chat.CodeOf(r.Err) == chat.CodeNotFound) || !refused && r.Err != nil {
			t.Errorf("draft %d: %+v", i, r)
		}
	}
	if got := seqs(k.log(t, k.room)); !slices.Equal(got, span(1, 2)) {
		t.Errorf("stored are %v", got)
	}
}

func TestWhoHasLeftIsAStranger(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	d := draft(k.room, k.ann, "before")
	first := k.say(t, d)[0]
	k.exec(t, "DELETE FROM members WHERE user_id = $1", k.ann)
	results := k.append(t, draft(k.room, k.ann, "after"), d)
	if chat.CodeOf(results[0].Err) != chat.CodeNotFound {
		t.Errorf("a new message: %+v", results[0])
	}
	if r := results[1]; r.Err != nil || !r.Stored.Duplicate || r.Stored.Seq != first.Seq {
		t.Errorf("a retry of an old one: %+v", r)
	}
}

func TestAReplyIsToAMessageOfTheConversation(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	other := k.direct(t, k.ann, k.eve)
	here, elsewhere := k.say(t, draft(k.room, k.bob, "here"))[0], k.say(t, draft(other, k.eve, "elsewhere"))[0]
	reply := func(to uuid.UUID) chat.Draft {
		d := draft(k.room, k.ann, "a reply")
		d.ReplyTo = to
		return d
	}
	results := k.append(t, reply(here.MessageID), reply(elsewhere.MessageID), reply(uuid.New()), draft(k.room, k.ann, "no reply"))
	for i, want := range []string{"", "reply_to", "reply_to", ""} {
		e, _ := chat.AsError(results[i].Err)
		switch {
		case want == "" && results[i].Err != nil:
			t.Errorf("draft %d: %v", i, results[i].Err)
		case want != "" && (e.Code != chat.CodeValidationFailed || e.Fields[0].Field != want):
			t.Errorf("draft %d: %v, want validation_failed of %s", i, results[i].Err, want)
		}
	}
	if got := seqs(k.log(t, k.room)); !slices.Equal(got, span(1, 3)) {
		t.Errorf("stored are %v", got)
	}
}

// A draft that breaks its statement fails alone when it comes by a Sender.
func TestABrokenDraftFailsAlone(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	bad := draft(k.room, k.ann, "NUL \x00")
	if _, err := k.Append(t.Context(), []chat.Draft{draft(k.room, k.ann, "a"), bad}); err == nil || chat.CodeOf(err) == chat.CodeUnavailable {
		t.Errorf("the store says %v", err)
	}
	if n := len(k.log(t, k.room)); n != 0 {
		t.Errorf("%d messages of a failed batch are stored", n)
	}

	sender := chat.NewSender(k, nobody{}, chat.DefaultSenderConfig)
	drafts := []chat.Draft{draft(k.room, k.ann, "a"), draft(k.room, k.bob, "b"), bad, draft(k.room, k.ann, "c"), draft(k.room, k.ann, "d")}
	drafts[4].ClientMsgID = drafts[0].ClientMsgID
	drafts[4].Content = drafts[0].Content
	answers := make([]chat.AppendResult, len(drafts))
	for i, d := range drafts {
		if err := sender.Submit(d, func(s chat.Stored, err error) { answers[i] = chat.AppendResult{Stored: s, Err: err} }); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	sender.Run(ctx) // stores what is queued and ends
	for i, seq := range []int64{1, 2, 0, 3, 1} {
		if r := answers[i]; r.Stored.Seq != seq || (r.Err != nil) != (seq == 0) || r.Stored.Duplicate != (i == 4) {
			t.Errorf("draft %d: %+v", i, r)
		}
	}
}

// nobody is a Publisher whom nobody hears.
type nobody struct{}

func (nobody) Publish(context.Context, []chat.Event) {}

package chat_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/chat/chattest"
)

func TestALoneMessageGoesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := openDesk(t, small, nil)
		defer d.stop()
		began := time.Now()
		d.submit(t, draft("a"))
		synctest.Wait()
		d.expect(t, []string{"begin [a]", "commit"}, []string{"publish [a]", "a: stored as 1"})
		if waited := time.Since(began); waited != 0 { // the clock of the bubble stands still
			t.Errorf("it waited %v", waited)
		}
	})
}

func TestWhatArrivesDuringACommitIsTheNextBatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := openDesk(t, small, held)
		defer d.stop()
		d.submit(t, draft("a"))
		synctest.Wait()
		d.submit(t, draft("b"), draft("c"))
		synctest.Wait()
		d.expect(t, []string{"begin [a]"}, nil)

		d.commit()
		d.expect(t, []string{"commit", "begin [b c]"}, []string{"publish [a]", "a: stored as 1"})
		d.commit()
		d.expect(t, []string{"commit"}, []string{"publish [b c]", "b: stored as 2", "c: stored as 3"})
	})
}

func TestABatchHasABound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := openDesk(t, small, held)
		defer d.stop()
		d.submit(t, draft("a"))
		synctest.Wait()
		d.submit(t, draft("b"), draft("c"), draft("d"), draft("e"), draft("f"), draft("g"))
		d.commit()
		d.commit()
		d.commit()
		var batches []string
		for _, e := range d.storing.take() {
			if len(e) > 5 && e[:5] == "begin" {
				batches = append(batches, e)
			}
		}
		if want := []string{"begin [a]", "begin [b c d e]", "begin [f g]"}; !slices.Equal(batches, want) {
			t.Errorf("batches are %q, want %q", batches, want)
		}
	})
}

func TestAnswersFollowTheCommitAndThePublish(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		publishing := make(chan struct{})
		d := openDesk(t, small, func(d *desk) { held(d); d.publish = func([]string) { <-publishing } })
		defer d.stop()
		d.submit(t, draft("a"))
		synctest.Wait()
		d.expect(t, []string{"begin [a]"}, nil)
		d.commit()
		d.expect(t, []string{"commit"}, nil)
		publishing <- struct{}{}
		synctest.Wait()
		d.expect(t, nil, []string{"publish [a]", "a: stored as 1"})
	})
}

func TestOneLaneStoresWhileTheOtherPublishes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		publishing := make(chan struct{})
		config := small
		config.Lanes = 2
		elsewhere := room
		elsewhere[15]++
		d := openDesk(t, config, func(d *desk) {
			d.Conversation(elsewhere, ann, bob)
			d.publish = func([]string) { <-publishing }
		})
		defer d.stop()
		d.submit(t, draft("a"))
		synctest.Wait()
		b := draft("b")
		b.ConversationID = elsewhere
		d.submit(t, draft("c"), b)
		synctest.Wait()
		d.expect(t, []string{"begin [a]", "commit", "begin [b]", "commit"}, nil)
		for range 3 {
			publishing <- struct{}{}
			synctest.Wait()
		}
		d.storing.expect(t, "begin [c]", "commit")
	})
}

func TestARetryInTheSameBatchIsPutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := openDesk(t, small, held)
		defer d.stop()
		d.submit(t, draft("first"))
		synctest.Wait()
		d.submit(t, draft("a"), draft("b"), draft("a"), draft("a"))
		d.commit()
		d.forget()
		d.commit()
		d.expect(t, []string{"commit", "begin [a]"}, []string{"publish [a b]", "a: stored as 2", "b: stored as 3"})
		d.commit()
		d.expect(t, []string{"commit", "begin [a]"}, []string{"publish [a]", "a: duplicate of 2"})
		d.commit()
		d.expect(t, []string{"commit"}, []string{"publish [a]", "a: duplicate of 2"})
	})
}

func TestTheSameClientIDOfTwoPeopleIsNoRetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := openDesk(t, small, held)
		defer d.stop()
		d.submit(t, draft("first"))
		synctest.Wait()
		bobs := draft("a")
		bobs.SenderID = bob
		d.submit(t, draft("a"), bobs)
		d.commit()
		d.forget()
		d.commit()
		d.expect(t, []string{"commit"}, []string{"publish [a a]", "a: stored as 2", "a: stored as 3"})
	})
}

func TestADuplicateIsPublishedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := openDesk(t, small, nil)
		defer d.stop()
		d.submit(t, draft("a"))
		synctest.Wait()
		d.forget()
		d.submit(t, draft("a"))
		synctest.Wait()
		d.expect(t, []string{"begin [a]", "commit"}, []string{"publish [a]", "a: duplicate of 1"})
	})
}

func TestARefusedDraftIsNotPublishedAndHindersNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := openDesk(t, small, held)
		defer d.stop()
		d.submit(t, draft("first"))
		synctest.Wait()
		eves := draft("b")
		eves.SenderID = eve
		d.submit(t, draft("a"), eves, draft("c"))
		d.commit()
		d.forget()
		d.commit()
		d.expect(t, []string{"commit"}, []string{"publish [a c]", "a: stored as 2", "b: not_found", "c: stored as 3"})
	})
}

func TestAPoisonedDraftFailsAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := openDesk(t, small, func(d *desk) {
			held(d)
			d.fail = func(contents []string) error {
				if slices.Contains(contents, "poison") {
					return errors.New("invalid byte sequence")
				}
				return nil
			}
		})
		defer d.stop()
		d.submit(t, draft("first"))
		synctest.Wait()
		d.submit(t, draft("a"), draft("b"), draft("poison"), draft("d"))
		d.commit()
		d.forget()
		for range 5 { // the whole, its halves, and the halves of the second half
			d.commit()
		}
		d.expect(t, []string{"fail", "begin [a b]", "commit", "begin [poison d]", "fail", "begin [poison]", "fail", "begin [d]", "commit"}, []string{"publish [a b d]", "a: stored as 2", "b: stored as 3", "poison: internal", "d: stored as 4"})
	})
}

func TestAnAbsentStoreFailsAllWithoutTryingHalves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := openDesk(t, small, held)
		defer d.stop()
		d.submit(t, draft("first"))
		synctest.Wait()
		d.submit(t, draft("a"), draft("b"), draft("c"))
		d.commit()
		d.forget()
		d.fail = func([]string) error { return &chat.Error{Code: chat.CodeUnavailable} }
		d.commit()
		d.expect(t, []string{"fail"}, []string{"a: unavailable", "b: unavailable", "c: unavailable"})
	})
}

func TestATransactionHasATimeLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := openDesk(t, small, held) // and nobody lets it commit
		defer d.stop()
		began := time.Now()
		answered := make(chan error, 1)
		if err := d.sender.Submit(draft("a"), func(_ chat.Stored, err error) { answered <- err }); err != nil {
			t.Fatal(err)
		}
		err := <-answered
		if chat.CodeOf(err) != chat.CodeUnavailable || time.Since(began) != small.Timeout {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
	})
}

func TestAFullQueueIsOverloaded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := openDesk(t, small, held)
		d.submit(t, draft("under way"))
		synctest.Wait()
		for i := range small.QueueLength {
			d.submit(t, draft(string(rune('a'+i))))
		}
		if n := d.sender.QueueLength(); n != small.QueueLength {
			t.Errorf("%d drafts wait", n)
		}
		err := d.sender.Submit(draft("too much"), func(chat.Stored, error) { t.Error("a refused draft was answered") })
		e, _ := chat.AsError(err)
		if e.Code != chat.CodeOverloaded || e.RetryAfter <= 0 {
			t.Errorf("got %v, retry after %v; want overloaded with an advice", err, e.RetryAfter)
		}

		d.commit() // there is room again
		d.submit(t, draft("z"))
		close(d.commits)
		d.stop()
		if n := len(d.Log(room)); n != small.QueueLength+2 {
			t.Errorf("%d messages are stored", n)
		}
	})
}

func TestShutdownStoresWhatWasQueued(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := openDesk(t, small, held)
		d.submit(t, draft("a"))
		synctest.Wait()
		d.submit(t, draft("b"), draft("c"), draft("b"), draft("d"), draft("e"))
		go d.stop()
		synctest.Wait()
		err := d.sender.Submit(draft("late"), func(chat.Stored, error) { t.Error("a refused draft was answered") })
		e, _ := chat.AsError(err)
		if e.Code != chat.CodeUnavailable || e.RetryAfter <= 0 {
			t.Errorf("got %v, want unavailable with an advice", err)
		}
		close(d.commits)
		d.stop()
		d.expect(t, []string{"begin [a]", "commit", "begin [b c d]", "commit", "begin [b e]", "commit"}, []string{"publish [a]", "a: stored as 1", "publish [b c d]", "b: stored as 2", "c: stored as 3", "d: stored as 4", "publish [b e]", "b: duplicate of 2", "e: stored as 5"})
	})
}

func TestAnIdleSenderEndsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := openDesk(t, small, nil)
		d.stop()
		d.stop() // and once more does no harm
		d.expect(t, nil, nil)
	})
}

func TestTheEventTellsTheWholeMessage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var seen []chat.Event
		store := chattest.NewStore()
		store.Conversation(room, ann, bob)
		sender := chat.NewSender(store, publisher(func(events []chat.Event) { seen = events }), small)
		ended := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { defer close(ended); sender.Run(ctx) }()
		one := draft("a")
		one.ReplyTo = one.ID // refused: no such message
		two := draft("b")
		answers := make(chan chat.Stored, 2)
		for _, d := range []chat.Draft{one, two} {
			if err := sender.Submit(d, func(s chat.Stored, _ error) { answers <- s }); err != nil {
				t.Fatal(err)
			}
		}
		<-answers
		stored := <-answers
		cancel()
		<-ended
		want := chat.MessageSent{ConnectionID: two.ConnectionID, Message: chat.Message{
			ID: stored.MessageID, ConversationID: room, Seq: 1, SenderID: ann, ClientMsgID: two.ClientMsgID,
			Type: chat.MessageText, Content: "b", CreatedAt: stored.CreatedAt,
		}}
		if len(seen) != 1 || !reflect.DeepEqual(seen[0], chat.Event(want)) {
			t.Errorf("got %+v, want %+v", seen, want)
		}
	})
}

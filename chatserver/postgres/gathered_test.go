package postgres_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// Whoever asks together with others gets what they would get alone.
func TestGatheredAnswersAreEachOnesOwn(t *testing.T) {
	t.Parallel()
	d := open(t)
	const people = 12
	ids, sessions := make([]uuid.UUID, people), make([]uuid.UUID, people)
	for i := range ids {
		ids[i] = d.person(t, fmt.Sprintf("person%d", i))
		s := newSession(ids[i])
		sessions[i] = s.ID
		if created, err := d.CreateSession(t.Context(), s, "x", chat.AuditEntry{}); err != nil || !created {
			t.Fatal(created, err)
		}
	}
	// Person i talks with the next one and has said i+1 things there.
	rooms := make([]uuid.UUID, people)
	for i := range rooms {
		var err error
		if rooms[i], _, err = d.OpenDirect(t.Context(), uuid.New(), ids[i], ids[(i+1)%people]); err != nil {
			t.Fatal(err)
		}
		for range i + 1 {
			draft := chat.Draft{ID: uuid.Must(uuid.NewV7()), ConversationID: rooms[i], SenderID: ids[i], ClientMsgID: uuid.New(), Content: "hello"}
			if results, err := d.Append(t.Context(), []chat.Draft{draft}); err != nil || results[0].Err != nil {
				t.Fatal(err, results)
			}
		}
	}
	if revoked, err := d.RevokeSession(t.Context(), ids[3], sessions[3], chat.AuditEntry{}); err != nil || !revoked {
		t.Fatal(revoked, err)
	}
	if _, err := d.UpdateProfile(t.Context(), ids[5], chat.ProfileChange{Typing: new(false)}); err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	for round := range 5 * people {
		i := round % people
		left := (i + people - 1) % people
		running.Go(func() {
			active, err := d.SessionActive(t.Context(), sessions[i])
			if err != nil || active != (i != 3) {
				t.Errorf("session %d: %v %v", i, active, err)
			}
			privacy, err := d.Privacy(t.Context(), ids[i])
			if err != nil || privacy.Typing != (i != 5) || !privacy.ReadReceipts {
				t.Errorf("person %d lets others see %+v, %v", i, privacy, err)
			}
			if _, err := d.Privacy(t.Context(), uuid.New()); !errors.Is(err, chat.ErrNotFound) {
				t.Errorf("the privacy of nobody: %v", err)
			}
			found, err := d.PlacesIn(t.Context(), ids[i])
			if err != nil || len(found) != 2 || found[rooms[i]].LastSeq != int64(i+1) || found[rooms[left]].LastSeq != int64(left+1) {
				t.Errorf("person %d is in %v, %v", i, found, err)
			}
			places, err := d.PlacesOf(t.Context(), ids[i], []uuid.UUID{rooms[i], uuid.New()})
			if err != nil || len(places) != 1 || places[rooms[i]].LastSeq != int64(i+1) {
				t.Errorf("places of person %d: %v, %v", i, places, err)
			}
			views, err := d.Views(t.Context(), ids[i], nil, chat.SyncConversations)
			if err != nil || len(views) != 2 || views[0].UpdatedAt.Before(views[1].UpdatedAt) {
				t.Errorf("person %d sees %d conversations, %v", i, len(views), err)
			}
			span := chat.TailSpan{ConversationID: rooms[i], After: int64(round % 3), Through: int64(i+1) - int64(round/people%2), Limit: 1 + round%4}
			checkTail(t, d, span)
		})
	}
	running.Wait()
}

// checkTail fails unless a tail is the newest messages of its span.
func checkTail(t *testing.T, d *database, span chat.TailSpan) {
	t.Helper()
	messages, err := d.Tails(t.Context(), []chat.TailSpan{span})
	if err != nil {
		t.Error(err)
		return
	}
	var got, want []int64
	for _, m := range messages {
		got = append(got, m.Seq)
	}
	for seq := max(span.After, span.Through-int64(span.Limit)) + 1; seq <= span.Through; seq++ {
		want = append(want, seq)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v brought %v", span, got)
	}
}

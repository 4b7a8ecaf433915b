package chat_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// departure is a board that lets somebody go while it is asked, and the store
// that has their last_seen by then.
type departure struct{ seenAt time.Time }

func (d *departure) Look(_ context.Context, people []uuid.UUID) ([]chat.Sighting, error) {
	d.seenAt = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return make([]chat.Sighting, len(people)), nil
}

func (d *departure) VisiblePresence(_ context.Context, pairs []chat.PresencePair) ([]chat.PresenceView, error) {
	views := make([]chat.PresenceView, len(pairs))
	for i, p := range pairs {
		views[i] = chat.PresenceView{PresencePair: p, SharesLastSeen: true, LastSeen: d.seenAt}
	}
	return views, nil
}

func TestWhoDepartsJustNowWasSeen(t *testing.T) {
	t.Parallel()
	d := &departure{}
	list, err := chat.NewPresences(d, d).Query(t.Context(), uuid.New(), []uuid.UUID{uuid.New()})
	if err != nil {
		t.Fatal(err)
	}
	if got := list[0]; got.Status != chat.PresenceOffline || got.LastSeen.IsZero() {
		t.Errorf("got %+v, want offline, and since when", got)
	}
}

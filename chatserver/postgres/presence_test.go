package postgres_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

func (d *database) sees(t *testing.T, viewer, user uuid.UUID) (view chat.PresenceView, visible bool) {
	t.Helper()
	views, err := d.VisiblePresence(t.Context(), []chat.PresencePair{{ViewerID: viewer, UserID: user}})
	must(t, err)
	if len(views) == 0 {
		return chat.PresenceView{}, false
	}
	return views[0], true
}

func TestPresenceIsVisibleToThoseWhoShareAConversation(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	for _, c := range []struct {
		who          string
		viewer, user uuid.UUID
		want         bool
	}{
		{"ann of bob", k.ann, k.bob, true}, {"bob of ann", k.bob, k.ann, true}, {"eve of bob", k.eve, k.bob, false},
		{"eve of herself", k.eve, k.eve, true}, {"ann of nobody", k.ann, uuid.New(), false}, {"nobody of ann", uuid.New(), k.ann, false},
	} {
		if _, visible := k.sees(t, c.viewer, c.user); visible != c.want {
			t.Errorf("%s: %t", c.who, visible)
		}
	}
	views, err := k.VisiblePresence(t.Context(), []chat.PresencePair{{ViewerID: k.ann, UserID: k.bob}, {ViewerID: k.eve, UserID: k.bob}, {ViewerID: k.bob, UserID: k.ann}})
	if err != nil || len(views) != 2 {
		t.Errorf("got %+v, %v", views, err)
	}
	k.exec(t, "INSERT INTO blocks (blocker_id, blocked_id) VALUES ($1, $2)", k.bob, k.ann)
	_, anns := k.sees(t, k.ann, k.bob)
	_, bobs := k.sees(t, k.bob, k.ann)
	if anns || !bobs {
		t.Errorf("bob has blocked ann; ann sees bob: %t, bob sees ann: %t", anns, bobs)
	}
	k.exec(t, "DELETE FROM members WHERE user_id = $1", k.ann)
	if _, visible := k.sees(t, k.bob, k.ann); visible {
		t.Error("who shares no conversation any more is visible")
	}
	k.exec(t, "UPDATE users SET deleted_at = now() WHERE id = $1", k.bob)
	if _, visible := k.sees(t, k.bob, k.bob); visible {
		t.Error("who has no account any more is visible")
	}
}

func TestLastSeenIsSharedBothWaysOrNot(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	at := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	must(t, k.SaveLastSeen(t.Context(), []chat.LastSeen{{UserID: k.bob, At: at}}))
	for _, c := range []struct{ anns, bobs, want bool }{{true, true, true}, {true, false, false}, {false, true, false}, {false, false, false}} {
		k.exec(t, "UPDATE users SET last_seen = $1 WHERE id = $2", c.anns, k.ann)
		k.exec(t, "UPDATE users SET last_seen = $1 WHERE id = $2", c.bobs, k.bob)
		if view, _ := k.sees(t, k.ann, k.bob); view.SharesLastSeen != c.want || !view.LastSeen.Equal(at) {
			t.Errorf("%+v: got %+v", c, view)
		}
	}
}

func TestLastSeenOnlyMovesForward(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	noon := time.Date(2026, 2, 3, 12, 0, 0, 0, time.UTC)
	save := func(at time.Time) {
		t.Helper()
		must(t, k.SaveLastSeen(t.Context(), []chat.LastSeen{{UserID: k.bob, At: at}, {UserID: uuid.New(), At: at}}))
	}
	for _, step := range []struct{ at, want time.Time }{
		{noon, noon}, {noon.Add(-time.Hour), noon}, {noon.Add(time.Minute), noon.Add(time.Minute)},
	} {
		save(step.at)
		if view, _ := k.sees(t, k.ann, k.bob); !view.LastSeen.Equal(step.want) {
			t.Errorf("after %v it is %v", step.at, view.LastSeen)
		}
	}
}

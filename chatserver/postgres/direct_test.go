package postgres_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

func TestTwoPeopleHaveOneDirectConversation(t *testing.T) {
	t.Parallel()
	d := open(t)
	ann, bob := d.person(t, "ann"), d.person(t, "bob")
	id := uuid.New()
	got, created, err := d.OpenDirect(t.Context(), id, ann, bob)
	if err != nil || !created || got != id {
		t.Fatalf("got %s, %t, %v", got, created, err)
	}
	for _, pair := range [][2]uuid.UUID{{ann, bob}, {bob, ann}} {
		got, created, err := d.OpenDirect(t.Context(), uuid.New(), pair[0], pair[1])
		if err != nil || created || got != id {
			t.Errorf("again: got %s, %t, %v", got, created, err)
		}
	}
	members, err := d.Members(t.Context(), ann, id, chat.MemberQuery{Limit: 10})
	if err != nil || len(members) != 2 {
		t.Fatalf("members are %+v, %v", members, err)
	}
	for _, m := range members {
		if m.Role != chat.RoleMember || m.User.Email != "" || m.JoinedAt.IsZero() {
			t.Errorf("a member is %+v", m)
		}
	}
	if c := d.view(t, bob, id); c.CreatedBy != ann || c.Kind != chat.KindDirect {
		t.Errorf("the conversation is %+v", c)
	}
}

func TestOpeningAtOnceFromBothSidesMakesOne(t *testing.T) {
	t.Parallel()
	d := open(t)
	nodes := []chat.ConversationStore{d.Store, connect(t, d.url)}
	for _, names := range [][2]string{{"a1x", "b1x"}, {"a2x", "b2x"}, {"a3x", "b3x"}, {"a4x", "b4x"}, {"a5x", "b5x"}} {
		ann, bob := d.person(t, names[0]), d.person(t, names[1])
		var mu sync.Mutex
		var race sync.WaitGroup
		ids, made := map[uuid.UUID]bool{}, 0
		for i := range 8 {
			race.Go(func() {
				pair := []uuid.UUID{ann, bob}
				if i%2 == 1 {
					slices.Reverse(pair)
				}
				id, created, err := nodes[i%3%2].OpenDirect(t.Context(), uuid.New(), pair[0], pair[1])
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if ids[id] = true; created {
					made++
				}
			})
		}
		race.Wait()
		if len(ids) != 1 || made != 1 {
			t.Errorf("%d conversations, %d of them new", len(ids), made)
		}
	}
	if n := ask[int](t, d, "SELECT count(*) FROM members"); n != 10 {
		t.Errorf("%d members, want 10", n)
	}
}

func TestNobodyTalksWithWhoIsNotThere(t *testing.T) {
	t.Parallel()
	d := open(t)
	ann, gone := d.person(t, "ann"), d.person(t, "gone")
	d.exec(t, "UPDATE users SET deleted_at = now() WHERE id = $1", gone)
	for _, peer := range []uuid.UUID{uuid.New(), gone} {
		if _, _, err := d.OpenDirect(t.Context(), uuid.New(), ann, peer); chat.CodeOf(err) != chat.CodeNotFound {
			t.Errorf("got %v", err)
		}
	}
	if n := ask[int](t, d, "SELECT count(*) FROM conversations"); n != 0 {
		t.Errorf("%d conversations are left", n)
	}
}

func TestMembershipIsAskedBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.exec(t, "UPDATE members SET joined_seq = 4 WHERE user_id = $1", k.bob)
	for who, want := range map[uuid.UUID]int64{k.ann: 0, k.bob: 4} {
		if seq, err := k.JoinedSeq(t.Context(), k.room, who); err != nil || seq != want {
			t.Errorf("got %d, %v; want %d", seq, err, want)
		}
	}
	for _, c := range []struct{ room, who uuid.UUID }{{k.room, k.eve}, {uuid.New(), k.ann}} {
		if _, err := k.JoinedSeq(t.Context(), c.room, c.who); chat.CodeOf(err) != chat.CodeNotFound {
			t.Errorf("got %v", err)
		}
	}
	places, err := k.PlacesIn(t.Context(), k.ann)
	if _, in := places[k.room]; err != nil || !in || len(places) != 1 {
		t.Errorf("ann is in %v, %v", places, err)
	}
}

func TestMembersArePaged(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	first, err := k.Members(t.Context(), k.ann, k.room, chat.MemberQuery{Limit: 1})
	if err != nil || len(first) != 1 || first[0].User.Username != "ann" {
		t.Fatalf("got %+v, %v", first, err)
	}
	second, err := k.Members(t.Context(), k.ann, k.room, chat.MemberQuery{After: first[0].User.ID, Limit: 1})
	if err != nil || len(second) != 1 || second[0].User.Username != "bob" {
		t.Fatalf("got %+v, %v", second, err)
	}
	if last, err := k.Members(t.Context(), k.ann, k.room, chat.MemberQuery{After: second[0].User.ID, Limit: 1}); err != nil || len(last) != 0 {
		t.Errorf("got %+v, %v", last, err)
	}
}

package postgres_test

import (
	"maps"
	"sync"
	"testing"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

func TestMembersOfSeveralConversations(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	other := k.direct(t, k.ann, k.eve)
	members, err := k.MembersOf(t.Context(), []uuid.UUID{k.room, other, uuid.New()}, 10)
	must(t, err)
	if len(members) != 2 || len(members[k.room]) != 2 || len(members[other]) != 2 {
		t.Errorf("got %v", members)
	}
	members, err = k.MembersOf(t.Context(), []uuid.UUID{k.room, other}, 1)
	must(t, err)
	if len(members[k.room]) != 1 || len(members[other]) != 1 {
		t.Errorf("at most one of each: %v", members)
	}
}

func TestPlacesInConversations(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.say(t, draft(k.room, k.ann, "a"), draft(k.room, k.ann, "b"))
	k.exec(t, "UPDATE members SET joined_seq = 1, delivered_seq = 2 WHERE user_id = $1", k.bob)
	places, err := k.PlacesOf(t.Context(), k.bob, []uuid.UUID{k.room, k.direct(t, k.ann, k.eve), uuid.New()})
	must(t, err)
	if len(places) != 1 || places[k.room] != (chat.Place{JoinedSeq: 1, DeliveredSeq: 2, LastSeq: 2}) {
		t.Errorf("got %v", places)
	}
}

// Many who ask together each get their own answer.
func TestPlacesAskedForTogether(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.exec(t, "UPDATE members SET delivered_seq = 1 WHERE user_id = $1", k.ann)
	k.exec(t, "UPDATE members SET delivered_seq = 2 WHERE user_id = $1", k.bob)
	var rush sync.WaitGroup
	for i := range 90 {
		user, want := k.ann, map[uuid.UUID]chat.Place{k.room: {DeliveredSeq: 1}}
		switch i % 3 {
		case 1:
			user, want = k.bob, map[uuid.UUID]chat.Place{k.room: {DeliveredSeq: 2}}
		case 2:
			user, want = k.eve, map[uuid.UUID]chat.Place{}
		}
		rush.Go(func() {
			if places, err := k.PlacesOf(t.Context(), user, []uuid.UUID{k.room, uuid.New()}); err != nil || !maps.Equal(places, want) {
				t.Errorf("got %v, %v; want %v", places, err, want)
			}
		})
	}
	rush.Wait()
}

package history

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// talk is a history of two people and four messages, as it should be.
type talk struct {
	History
	conversation uuid.UUID
	ada, bo      uuid.UUID
}

func newTalk() *talk {
	t := &talk{conversation: uuid.New(), ada: uuid.New(), bo: uuid.New()}
	t.began("ada", t.ada)
	t.began("bo", t.bo)
	var stored Stored
	for i := range 4 {
		sender, name := t.ada, "ada"
		if i%2 == 1 {
			sender, name = t.bo, "bo"
		}
		m := StoredMessage{Seq: int64(i + 1), ID: uuid.New(), Sender: sender, ClientMsgID: uuid.New(), Content: fmt.Sprint("text ", i+1)}
		stored.Messages = append(stored.Messages, m)
		t.Events = append(t.Events,
			Event{Client: name, User: sender, Kind: Sent, Conversation: t.conversation, ClientMsgID: m.ClientMsgID, Sender: sender, Content: m.Content},
			Event{Client: name, User: sender, Kind: Acked, Conversation: t.conversation, ClientMsgID: m.ClientMsgID, Message: m.ID, Seq: m.Seq},
			t.got("ada", t.ada, m), t.got("bo", t.bo, m))
	}
	stored.LastSeq = 4
	stored.Cursors = []StoredCursor{{t.ada, 4, 3}, {t.bo, 4, 4}}
	t.Stored = map[uuid.UUID]Stored{t.conversation: stored}
	t.CursorLog = []CursorSample{{t.conversation, StoredCursor{t.ada, 1, 0}}, {t.conversation, StoredCursor{t.ada, 3, 2}}}
	t.add(Event{Client: "bo", User: t.bo, Kind: Receipt, Conversation: t.conversation, Sender: t.ada, Delivered: 4, Read: 3})
	return t
}

func (t *talk) add(e Event) { t.Events = append(t.Events, e) }

func (t *talk) began(client string, user uuid.UUID) {
	t.add(Event{Client: client, User: user, Kind: Began, Conversation: t.conversation})
}

func (t *talk) got(client string, user uuid.UUID, m StoredMessage) Event {
	return Event{Client: client, User: user, Kind: Applied, Conversation: t.conversation, Seq: m.Seq, Message: m.ID, Sender: m.Sender, ClientMsgID: m.ClientMsgID, Content: m.Content}
}

// stored changes what is stored.
func (t *talk) stored(change func(*Stored)) {
	s := t.Stored[t.conversation]
	s.Messages, s.Cursors = slices.Clone(s.Messages), slices.Clone(s.Cursors)
	change(&s)
	t.Stored[t.conversation] = s
}

// event returns the event of a kind and seq on a client.
func (t *talk) event(client string, kind Kind, seq int64) *Event {
	for i := range t.Events {
		if e := &t.Events[i]; e.Client == client && e.Kind == kind && e.Seq == seq {
			return e
		}
	}
	panic("no such event")
}

// without removes an event.
func (t *talk) without(e *Event) {
	gone := *e
	t.Events = slices.DeleteFunc(t.Events, func(x Event) bool { return x == gone })
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	cases := map[string]struct {
		spoil func(*talk)
		want  Verdict
		text  string
	}{
		"an acknowledged message is not stored": {func(k *talk) {
			k.stored(func(s *Stored) { s.Messages, s.LastSeq = s.Messages[:3], 3 })
		}, Lost, "acknowledged as seq 4"},
		"an acknowledged message is not stored, and another one has its place": {func(k *talk) {
			k.stored(func(s *Stored) { s.Messages[3].Content, s.Messages[3].ID = "other", uuid.New() })
		}, Lost, "was acknowledged as seq 4"},
		"a gap": {func(k *talk) {
			k.stored(func(s *Stored) { s.Messages = slices.Delete(s.Messages, 1, 2) })
		}, Lost, "seq 2 to 2 are missing"},
		"a last_seq that is too great": {func(k *talk) {
			k.stored(func(s *Stored) { s.LastSeq = 9 })
		}, Lost, "its last_seq is 9"},
		"a message that one device never got": {func(k *talk) { k.without(k.event("bo", Applied, 4)) }, Lost, "bo never got seq 4 to 4"},
		"a message shown that is not stored": {func(k *talk) {
			k.add(k.got("bo", k.bo, StoredMessage{Seq: 5, ID: uuid.New(), Sender: k.ada, Content: "ghost"}))
		}, Lost, "which is not stored"},
		"stored twice under one client_msg_id": {func(k *talk) {
			k.stored(func(s *Stored) {
				again := s.Messages[0]
				again.Seq, again.ID = 5, uuid.New()
				s.Messages, s.LastSeq = append(s.Messages, again), 5
			})
		}, Doubled, "is stored as seq 1 and as seq 5"},
		"stored twice under two client_msg_ids": {func(k *talk) {
			k.stored(func(s *Stored) {
				again := s.Messages[0]
				again.Seq, again.ID, again.ClientMsgID = 5, uuid.New(), uuid.New()
				s.Messages, s.LastSeq = append(s.Messages, again), 5
			})
		}, Doubled, `"text 1" is stored as seq 1 and as seq 5`},
		"a seq twice": {func(k *talk) {
			k.stored(func(s *Stored) { s.Messages = append(s.Messages, s.Messages[3]) })
		}, Doubled, "seq 4 is stored twice"},
		"shown twice": {func(k *talk) { k.add(*k.event("bo", Applied, 4)) }, Doubled, "bo showed seq 4"},
		"shown in another order": {func(k *talk) {
			a, b := k.event("bo", Applied, 2), k.event("bo", Applied, 3)
			*a, *b = *b, *a
		}, Reordered, "bo showed seq 3"},
		"acknowledged as another seq": {func(k *talk) { k.event("ada", Acked, 3).Seq = 1 }, Reordered, "was acknowledged as seq 1"},
		"places swapped for one device": {func(k *talk) {
			a, b := k.event("bo", Applied, 1), k.event("bo", Applied, 3)
			a.Seq, b.Seq = 3, 1
			*a, *b = *b, *a
		}, Reordered, "bo got"},
		"a later message got an earlier place": {func(k *talk) {
			first := *k.event("ada", Acked, 3)
			k.add(Event{Client: "bo", User: k.bo, Kind: Sent, Conversation: k.conversation, ClientMsgID: uuid.New(), Content: "late"})
			late := k.Events[len(k.Events)-1]
			first.Seq, first.ClientMsgID, first.User = 2, late.ClientMsgID, k.bo
			k.add(first)
		}, Reordered, "was sent when seq 4 had been acknowledged"},
		"a content changed in the store": {func(k *talk) {
			k.stored(func(s *Stored) { s.Messages[1].Content = "forged" })
		}, Altered, "never sent"},
		"a content changed on the way": {func(k *talk) { k.event("ada", Applied, 2).Content = "forged" }, Altered, "ada got"},
		"another sender":               {func(k *talk) { k.event("ada", Applied, 2).Sender = k.ada }, Altered, "of sender"},
		"another message came again": {func(k *talk) {
			again := *k.event("ada", Applied, 2)
			again.Kind, again.Message, again.Content = Dropped, uuid.New(), "other"
			k.add(again)
		}, Altered, "ada got"},
		"acknowledged under another id": {func(k *talk) { k.event("ada", Acked, 1).Message = uuid.New() }, Altered, "was acknowledged as message"},
		"an acknowledgement of nothing": {func(k *talk) { k.event("ada", Acked, 1).ClientMsgID = uuid.New() }, Altered, "never sent"},
		"a cursor past the end":         {func(k *talk) { k.stored(func(s *Stored) { s.Cursors[0].Delivered = 5 }) }, Cursor, "which ends at 4"},
		"read but not delivered":        {func(k *talk) { k.stored(func(s *Stored) { s.Cursors[1].Delivered = 3 }) }, Cursor, "has delivered 3 and read 4"},
		"a cursor that went back":       {func(k *talk) { k.CursorLog[0].Read = 3 }, Cursor, "went back from 1/3 to 3/2"},
		"a cursor that went back in the end": {func(k *talk) {
			k.stored(func(s *Stored) { s.Cursors[0] = StoredCursor{k.ada, 2, 2} })
		}, Cursor, "went back from 3/2 to 2/2"},
		"a receipt of what is not stored": {func(k *talk) { k.Events[len(k.Events)-1].Read = 4 }, Cursor, "bo was told"},
		"something after the removal": {func(k *talk) {
			k.stored(func(s *Stored) { s.Messages[1].Moved.Went = []uuid.UUID{k.bo} })
		}, Leaked, "bo got seq 3"},
		"something from before the return": {func(k *talk) {
			k.stored(func(s *Stored) {
				s.Messages[1].Moved.Went, s.Messages[2].Moved.Came = []uuid.UUID{k.bo}, []uuid.UUID{k.bo}
				s.Messages[0].Moved.Went = []uuid.UUID{k.bo}
			})
		}, Leaked, "bo got seq 2"},
		"a removal that nobody told": {func(k *talk) {
			k.without(k.event("bo", Applied, 4))
			k.stored(func(s *Stored) { s.Messages[2].Moved.Went = []uuid.UUID{k.bo} })
		}, Lost, "bo was never told that"},
		"a removal that was none": {func(k *talk) {
			k.add(Event{Client: "bo", User: k.bo, Kind: Removed, Conversation: k.conversation, Seq: 4})
		}, Lost, "bo was told that"},
		"a return that begins too late": {func(k *talk) {
			k.stored(func(s *Stored) {
				s.Messages[0].Moved.Went, s.Messages[2].Moved.Came = []uuid.UUID{k.bo}, []uuid.UUID{k.bo}
			})
			k.without(k.event("bo", Applied, 2))
			k.without(k.event("bo", Applied, 3))
			at := slices.Index(k.Events, *k.event("bo", Applied, 4))
			k.Events = slices.Insert(k.Events, at, Event{Client: "bo", User: k.bo, Kind: Began, Conversation: k.conversation, Seq: 3})
		}, Lost, "bo never got seq 2 to 3"},
		"turned away without cause": {func(k *talk) {
			k.add(Event{Client: "bo", User: k.bo, Kind: TurnedAway, Conversation: k.conversation})
		}, Lost, "nobody had taken it out"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			k := newTalk()
			require.Empty(t, k.Check(), "the unspoilt history")
			c.spoil(k)
			found := k.Check()
			require.Condition(t, func() bool {
				return slices.ContainsFunc(found, func(f Finding) bool { return f.Verdict == c.want && strings.Contains(f.Text, c.text) })
			}, "want %s with %q among %v", c.want, c.text, found)
		})
	}
}

func TestARemovedMemberMissesNothing(t *testing.T) {
	k := newTalk()
	k.without(k.event("bo", Applied, 4))
	k.stored(func(s *Stored) { s.Messages[2].Moved.Went = []uuid.UUID{k.bo} })
	k.add(Event{Client: "bo", User: k.bo, Kind: Removed, Conversation: k.conversation, Seq: 3})
	require.Empty(t, k.Check())
}

func TestWhoReturnsGoesOnFromThere(t *testing.T) {
	k := newTalk()
	k.stored(func(s *Stored) {
		s.Messages[0].Moved.Went, s.Messages[2].Moved.Came = []uuid.UUID{k.bo}, []uuid.UUID{k.bo}
	})
	k.without(k.event("bo", Applied, 2))
	at := slices.Index(k.Events, *k.event("bo", Applied, 3))
	k.Events = slices.Insert(k.Events, at,
		Event{Client: "bo", User: k.bo, Kind: Removed, Conversation: k.conversation, Seq: 1},
		Event{Client: "bo", User: k.bo, Kind: TurnedAway, Conversation: k.conversation},
		Event{Client: "bo", User: k.bo, Kind: Began, Conversation: k.conversation, Seq: 2})
	require.Empty(t, k.Check())
}

func TestThoseWithWhomAGroupWasMadeSeeItsBeginning(t *testing.T) {
	k := newTalk()
	k.stored(func(s *Stored) { s.Messages[1].Moved.Came = []uuid.UUID{k.bo} })
	require.Empty(t, k.Check())
}

func TestMovementsAreReadFromSystemEvents(t *testing.T) {
	ada, bo := uuid.New(), uuid.New()
	event := func(kind string) []byte {
		return fmt.Appendf(nil, `{"kind":%q,"actor_id":%q,"user_ids":[%q]}`, kind, ada, bo)
	}
	for kind, want := range map[string]Movement{
		"member.added":   {Came: []uuid.UUID{bo}},
		"member.joined":  {Came: []uuid.UUID{ada}},
		"member.removed": {Went: []uuid.UUID{bo}},
		"member.left":    {Went: []uuid.UUID{ada}},
		"owner.changed":  {},
	} {
		require.Equal(t, want, MovementOf(event(kind)), kind)
	}
	require.Empty(t, MovementOf(nil), "a person's message")
}

func TestOrderOfWriting(t *testing.T) {
	k := newTalk()
	require.Empty(t, k.OrderOfWriting())
	k.stored(func(s *Stored) {
		s.Messages[0].ClientMsgID, s.Messages[2].ClientMsgID = s.Messages[2].ClientMsgID, s.Messages[0].ClientMsgID
	})
	require.NotEmpty(t, k.OrderOfWriting())
}

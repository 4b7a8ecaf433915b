package redis_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/redis"
	"uim.dev/uim/chatserver/testenv"
)

// shelf is an offline store on a Redis of its own.
type shelf struct {
	*redis.Offline
	addr string
}

func newShelf(t testing.TB, config redis.OfflineConfig) *shelf {
	t.Helper()
	addr, _, _ := testenv.PrivateRedis(t)
	client := open(t, addr)
	return &shelf{redis.NewOffline(client, guarded(t, client), config), addr}
}

var small = redis.OfflineConfig{TTL: time.Hour, Messages: 5, Bytes: 4000}

func text(conversation uuid.UUID, seq int64, content string) chat.Message {
	return chat.Message{
		ID: uuid.New(), ConversationID: conversation, Seq: seq, SenderID: uuid.New(), ClientMsgID: uuid.New(),
		Type: chat.MessageText, Content: content, CreatedAt: time.UnixMilli(1_767_323_045_678).UTC(),
	}
}

// miss puts messages by for a person.
func (s *shelf) miss(t testing.TB, user uuid.UUID, messages ...chat.Message) {
	t.Helper()
	if err := s.Add(t.Context(), []chat.Missed{{UserID: user, Messages: messages}}); err != nil {
		t.Fatal(err)
	}
}

func (s *shelf) receive(t testing.TB, user, conversation uuid.UUID, seq int64) {
	t.Helper()
	if err := s.Remove(t.Context(), []chat.Received{{UserID: user, Through: map[uuid.UUID]int64{conversation: seq}}}); err != nil {
		t.Fatal(err)
	}
}

func (s *shelf) waiting(t testing.TB, user uuid.UUID) chat.Waiting {
	t.Helper()
	w, err := s.Waiting(t.Context(), user)
	return must(t, w, err)
}

func seqsOf(w chat.Waiting, conversation uuid.UUID) (seqs []int64) {
	for _, m := range w.Messages {
		if m.ConversationID == conversation {
			seqs = append(seqs, m.Seq)
		}
	}
	return seqs
}

func TestWhatIsPutByComesBackAsItWas(t *testing.T) {
	t.Parallel()
	s, user, room := newShelf(t, small), uuid.New(), uuid.New()
	plain, reply, system := text(room, 1, "a\x00b\n\"张\" {}"), text(room, 2, "yes"), text(room, 3, "")
	reply.ReplyTo = plain.ID
	system.Type, system.SenderID, system.ClientMsgID, system.Event = chat.MessageSystem, uuid.Nil, uuid.Nil, []byte(`{"kind":"member.added"}`)
	want := []chat.Message{plain, reply, system}
	s.miss(t, user, want...)
	got := s.waiting(t, user)
	if len(got.Messages) != 3 || got.Newest[room] != 3 || len(got.Newest) != 1 {
		t.Fatalf("got %+v", got)
	}
	for i, m := range got.Messages {
		if !m.CreatedAt.Equal(want[i].CreatedAt) || string(m.Event) != string(want[i].Event) {
			t.Errorf("got %+v, want %+v", m, want[i])
		}
		m.CreatedAt, m.Event = want[i].CreatedAt, nil
		plainWant := want[i]
		plainWant.Event = nil
		if m.ID != plainWant.ID || m.Content != plainWant.Content || m.SenderID != plainWant.SenderID || m.ClientMsgID != plainWant.ClientMsgID ||
			m.ReplyTo != plainWant.ReplyTo || m.Type != plainWant.Type || m.Seq != plainWant.Seq || m.ConversationID != room {
			t.Errorf("got %+v, want %+v", m, plainWant)
		}
	}
	if w := s.waiting(t, uuid.New()); len(w.Newest) != 0 || len(w.Messages) != 0 {
		t.Errorf("another has %+v", w)
	}
}

// Who missed much is left a note only: catching up on it is what sync is for.
func TestOfMuchOnlyANoteIsKept(t *testing.T) {
	t.Parallel()
	s, room, other := newShelf(t, small), uuid.New(), uuid.New()
	for name, messages := range map[string][]chat.Message{
		"too many":  {text(room, 1, ""), text(room, 2, ""), text(room, 3, ""), text(room, 4, ""), text(room, 5, ""), text(room, 6, "")},
		"too large": {text(room, 5, strings.Repeat("x", 3000)), text(room, 6, strings.Repeat("x", 3000))},
	} {
		user := uuid.New()
		s.miss(t, user, messages...)
		s.miss(t, user, text(other, 9, "one more"))
		if w := s.waiting(t, user); len(w.Messages) != 0 || w.Newest[room] != 6 || w.Newest[other] != 9 {
			t.Errorf("%s: %+v", name, w)
		}
		s.receive(t, user, room, 6)
		s.receive(t, user, other, 9)
		s.miss(t, user, text(room, 7, "anew"))
		if w := s.waiting(t, user); len(w.Messages) != 1 {
			t.Errorf("%s, then all received, then one missed: %+v", name, w)
		}
	}
}

func TestWhatIsReceivedIsRemoved(t *testing.T) {
	t.Parallel()
	s, user, room, other := newShelf(t, small), uuid.New(), uuid.New(), uuid.New()
	s.miss(t, user, text(room, 7, "a"), text(other, 1, "b"), text(room, 8, "c"), text(room, 8, "c again"))
	s.receive(t, user, room, 6)
	if w := s.waiting(t, user); len(w.Messages) != 4 {
		t.Errorf("removed too early: %+v", w)
	}
	s.receive(t, user, room, 7)
	if w := s.waiting(t, user); !slices.Equal(seqsOf(w, room), []int64{8, 8}) || !slices.Equal(seqsOf(w, other), []int64{1}) || w.Newest[room] != 8 {
		t.Errorf("got %+v", w)
	}
	client := open(t, s.addr)
	for _, key := range client.Keys(t.Context(), "uim:offline:{"+user.String()+"}:*").Val() {
		if ttl := client.PTTL(t.Context(), key).Val(); ttl <= 0 || ttl > small.TTL {
			t.Errorf("%s is kept for %v", key, ttl)
		}
	}
	s.receive(t, user, room, 99)
	s.receive(t, user, other, 1)
	if keys := client.Keys(t.Context(), "uim:offline:{"+user.String()+"}:*").Val(); len(keys) != 0 {
		t.Errorf("left: %q", keys)
	}
	s.receive(t, user, other, 1) // once more
}

// In whatever order people miss and receive, the sizes are those of what is there.
func TestTheSizesAreTrue(t *testing.T) {
	t.Parallel()
	s := newShelf(t, small)
	client := open(t, s.addr)
	everybody, rooms := people(3), people(2)
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 6).Draw(rt, "steps") {
			user := rapid.SampledFrom(everybody).Draw(rt, "user")
			room := rapid.SampledFrom(rooms).Draw(rt, "room")
			seq := rapid.Int64Range(1, 9).Draw(rt, "seq")
			if rapid.Bool().Draw(rt, "misses") {
				s.miss(t, user, text(room, seq, "text"))
			} else {
				s.receive(t, user, room, seq)
			}
		}
		var want redis.OfflineSizes
		for _, user := range everybody {
			w := s.waiting(t, user)
			if len(w.Newest) > 0 {
				want.People++
			}
			frames := client.LRange(t.Context(), "uim:offline:{"+user.String()+"}:frames", 0, -1).Val()
			want.Messages += int64(len(frames))
			for _, f := range frames {
				want.Bytes += int64(len(f))
			}
		}
		if got := s.Sizes(); got != want {
			rt.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

func TestWhatIsPutByExpiresWithItsSize(t *testing.T) {
	t.Parallel()
	s, user := newShelf(t, redis.OfflineConfig{TTL: 100 * time.Millisecond, Messages: 5, Bytes: 4000}), uuid.New()
	s.miss(t, user, text(uuid.New(), 1, "text"))
	if s.Sizes().Messages != 1 {
		t.Errorf("the sizes are %+v", s.Sizes())
	}
	eventually(t, "it has expired", func() bool {
		if err := s.Measure(t.Context()); err != nil {
			t.Fatal(err)
		}
		return len(s.waiting(t, user).Messages) == 0 && s.Sizes() == redis.OfflineSizes{}
	})
}

// Anybody who can write to Redis can write anything: it must not get further.
func TestRubbishIsPassedOver(t *testing.T) {
	t.Parallel()
	s, user, room := newShelf(t, small), uuid.New(), uuid.New()
	client := open(t, s.addr)
	prefix := "uim:offline:{" + user.String() + "}:"
	client.HSet(t.Context(), prefix+"heads", "nonsense", "1", room.String(), "many", "#bytes", "x")
	client.RPush(t.Context(), prefix+"frames", "", "x", room.String()+" 0000000000000001 {", room.String()+" 000000000000000x {}", room.String()+" 0000000000000000 {}")
	if w := s.waiting(t, user); len(w.Newest) != 0 || len(w.Messages) != 0 {
		t.Errorf("got %+v", w)
	}
}

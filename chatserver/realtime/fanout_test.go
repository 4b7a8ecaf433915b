package realtime

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"

	"uim.dev/uim/chatserver/chat"
)

func anyID(t *rapid.T, name string) uuid.UUID {
	return uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, name))
}

func TestAnEventSurvivesItsWay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := event{
			kind: eventKind(rapid.Byte().Draw(t, "kind")), subject: anyID(t, "subject"), from: anyID(t, "from"),
			seq: rapid.Int64().Draw(t, "seq"), body: rapid.SliceOf(rapid.Byte()).Draw(t, "body"),
		}
		node := anyID(t, "node")
		got, from, ok := unmarshalEvent(e.marshal(node))
		if !ok || from != node || got.kind != e.kind || got.subject != e.subject || got.from != e.from || got.seq != e.seq ||
			!bytes.Equal(got.body, e.body) {
			t.Fatalf("got %+v from %s, want %+v from %s", got, from, e, node)
		}
	})
}

// The header is what nodes of different versions agree on.
func TestTheHeaderOfAnEventStaysAsItIs(t *testing.T) {
	t.Parallel()
	e := event{kind: eventMessage, subject: id(1), from: id(2), seq: 258, body: []byte("{}")}
	want := slices.Concat([]byte{1, 1}, bytes16(id(9)), bytes16(id(1)), bytes16(id(2)), []byte{0, 0, 0, 0, 0, 0, 1, 2}, []byte("{}"))
	if got := e.marshal(id(9)); !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

func bytes16(id uuid.UUID) []byte { return id[:] }

func TestPartitionsStayWhereTheyAre(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]int{
		"00000000-0000-0000-0000-000000000000": 5,
		"0190a6b0-0000-7000-8000-000000000001": 85,
		"ffffffff-ffff-ffff-ffff-ffffffffffff": 117,
	} {
		if got := partition(uuid.MustParse(id)); got != want {
			t.Errorf("%s is in partition %d, was in %d", id, got, want)
		}
	}
	counts := make([]int, Partitions)
	for range 100 * Partitions {
		counts[partition(uuid.Must(uuid.NewV7()))]++
	}
	if most := slices.Max(counts); most > 200 {
		t.Errorf("a partition has %d of %d conversations", most, 100*Partitions)
	}
}

// Whatever comes over the bus, nothing breaks, and what is an event is so again.
func FuzzUnmarshalEvent(f *testing.F) {
	f.Add(event{kind: eventMessage, subject: place, seq: 1, body: []byte(`{"type":"message.new"}`)}.marshal(id(9)))
	f.Add(event{kind: eventReceipt, subject: place, body: []byte(`{}`)}.marshal(id(9)))
	f.Add(event{kind: eventChanged, subject: place, body: ann[:]}.marshal(id(9)))
	f.Add(event{kind: eventEnded, subject: ann, body: marshalEnded(chat.SessionsEnded{Reason: chat.SessionRevoked})}.marshal(id(9)))
	f.Add(event{kind: eventPrivacy, subject: ann, body: []byte{1}}.marshal(id(9)))
	f.Add(event{kind: eventHiddenReceipt, subject: place, seq: 1, body: []byte(`{}`)}.marshal(id(9)))
	f.Add([]byte{})
	f.Add([]byte{2, 1})
	f.Fuzz(func(t *testing.T, payload []byte) {
		n := newNode(t, nil)
		s := listener(ann)
		join(t, n.hub, s)
		n.Receive(t.Context(), payload)
		e, node, ok := unmarshalEvent(payload)
		if ok && !bytes.Equal(e.marshal(node), payload) {
			t.Errorf("%x became %x", payload, e.marshal(node))
		}
		if !ok && len(s.queued()) > 0 {
			t.Errorf("%x was shown", payload)
		}
	})
}

// wires is a Bus that brings everything to all nodes on it, the sender too.
type wires struct {
	nodes []*node
	sent  []BusMessage
	err   error
}

func (w *wires) Publish(ctx context.Context, messages []BusMessage) error {
	if w.err != nil {
		return w.err
	}
	w.sent = append(w.sent, messages...)
	for _, n := range w.nodes {
		for _, m := range messages {
			n.Receive(ctx, m.Payload)
		}
	}
	return nil
}

// node is one server's fan-out.
type node struct {
	*Fanout
	ledger    *ledger
	views     *members
	forgotten []chat.SessionsEnded
}

func (n *node) Forget(e chat.SessionsEnded) { n.forgotten = append(n.forgotten, e) }

// members is a Views: who belongs to which conversation.
type members struct {
	of  map[uuid.UUID][]uuid.UUID
	err error
}

func (m *members) ViewsOf(_ context.Context, conversation uuid.UUID, viewers []uuid.UUID) (map[uuid.UUID]chat.Conversation, error) {
	views := map[uuid.UUID]chat.Conversation{}
	for _, user := range viewers {
		if slices.Contains(m.of[conversation], user) {
			views[user] = chat.Conversation{ID: conversation, MyRole: chat.RoleMember}
		}
	}
	return views, m.err
}

func newNode(t testing.TB, w *wires) *node {
	t.Helper()
	if w == nil {
		w = &wires{}
	}
	l := newLedger()
	l.members[ann] = []uuid.UUID{place}
	metrics := newMetrics()
	n := &node{ledger: l, views: &members{of: map[uuid.UUID][]uuid.UUID{place: {ann, bob}}}}
	n.Fanout = NewFanout(FanoutServices{Hub: NewHub(l, metrics), Bus: w, Views: n.views, SignIns: n, Presence: newWatched().feed}, metrics, silent())
	w.nodes = append(w.nodes, n)
	return n
}

func TestEveryNodeShowsAMessageOnce(t *testing.T) {
	t.Parallel()
	w := &wires{}
	here, there := newNode(t, w), newNode(t, w)
	sender, beside, away := listener(ann), listener(ann), listener(ann)
	join(t, here.hub, sender)
	join(t, here.hub, beside)
	join(t, there.hub, away)
	sent := chat.MessageSent{Message: message(place, 1), ConnectionID: sender.id}
	here.Publish(t.Context(), []chat.Event{sent})
	here.Publish(t.Context(), []chat.Event{sent}) // a repeated send

	for name, c := range map[string]struct {
		s    *Session
		want []int64
	}{"the sending connection": {sender, nil}, "its neighbour": {beside, span(1, 1)}, "another node": {away, span(1, 1)}} {
		if heard := c.s.heard(); !slices.Equal(heard, c.want) {
			t.Errorf("%s heard %v, want %v", name, heard, c.want)
		}
	}
	if a, b := beside.queued()[0].payload, away.queued()[0].payload; !bytes.Equal(a, b) || typeOf(t, a) != "message.new" {
		t.Errorf("shown was %s here, %s there", a, b)
	}
}

func TestEventsOfAConversationShareAPartition(t *testing.T) {
	t.Parallel()
	w := &wires{}
	n := newNode(t, w)
	for _, e := range []chat.Event{
		chat.MessageSent{Message: message(place, 1)},
		chat.CursorsMoved{ConversationID: place, UserID: bob, DeliveredSeq: 1},
		chat.ConversationChanged{ConversationID: place, UserIDs: []uuid.UUID{bob}},
	} {
		n.Publish(t.Context(), []chat.Event{e})
	}
	for _, m := range w.sent {
		if m.Partition != partition(place) {
			t.Errorf("partition %d, want %d", m.Partition, partition(place))
		}
	}
	if len(w.sent) != 3 {
		t.Errorf("%d messages were sent", len(w.sent))
	}
}

func TestAReceiptIsShownToAll(t *testing.T) {
	t.Parallel()
	w := &wires{}
	here, there := newNode(t, w), newNode(t, w)
	s := listener(ann)
	join(t, there.hub, s)
	here.Publish(t.Context(), []chat.Event{chat.CursorsMoved{ConversationID: place, UserID: bob, DeliveredSeq: 3, ReadSeq: 2}})
	if len(s.queued()) != 1 {
		t.Fatalf("%d frames", len(s.queued()))
	}
	var f struct {
		Type string
		Data map[string]any
	}
	if err := json.Unmarshal(s.queued()[0].payload, &f); err != nil {
		t.Fatal(err)
	}
	if f.Type != "receipt" || f.Data["user_id"] != bob.String() || f.Data["delivered_seq"] != 3.0 || f.Data["read_seq"] != 2.0 {
		t.Errorf("got %+v", f)
	}
}

func TestANewConversationBringsItsPeopleIn(t *testing.T) {
	t.Parallel()
	w := &wires{}
	here, there := newNode(t, w), newNode(t, w)
	newcomer, stranger := listener(bob), listener(id(3))
	join(t, there.hub, newcomer)
	join(t, there.hub, stranger)
	here.Publish(t.Context(), []chat.Event{
		chat.ConversationChanged{ConversationID: place, UserIDs: []uuid.UUID{ann, bob, id(3)}},
		chat.MessageSent{Message: message(place, 1)},
	})
	frames := newcomer.queued()
	if len(frames) != 2 || typeOf(t, frames[0].payload) != "conversation.updated" || typeOf(t, frames[1].payload) != "message.new" {
		t.Errorf("the newcomer got %d frames", len(frames))
	}
	if n := len(stranger.queued()); n != 0 {
		t.Errorf("someone who is no member got %d frames", n)
	}
}

func TestWhoCanNotBeShownAChangeSyncsAgain(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	s := listener(bob)
	join(t, n.hub, s)
	n.views.err = errors.New("away")
	n.Publish(t.Context(), []chat.Event{chat.ConversationChanged{ConversationID: place, UserIDs: []uuid.UUID{bob}}})
	last := s.queued()[len(s.queued())-1]
	if closeCode(last.kind, last.payload) != closeResync {
		t.Errorf("the last frame is %q", last.payload)
	}
}

func TestWithoutABusThisNodeIsStillTold(t *testing.T) {
	t.Parallel()
	n := newNode(t, &wires{err: errors.New("away")})
	s := listener(ann)
	join(t, n.hub, s)
	n.Publish(t.Context(), []chat.Event{chat.MessageSent{Message: message(place, 1)}, chat.MessageSent{Message: message(place, 2)}})
	if !slices.Equal(s.heard(), span(1, 2)) {
		t.Errorf("heard %v", s.heard())
	}
	if failures := testutil.ToFloat64(n.metrics.publishFailures); failures != 2 {
		t.Errorf("%v failures are counted, want 2", failures)
	}
}

func TestEventsOfTheFutureAreIgnored(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	s := listener(ann)
	join(t, n.hub, s)
	known := event{kind: eventMessage, subject: place, seq: 1, body: []byte(`{}`)}
	other := known
	other.kind = 77
	newer := known.marshal(id(9))
	newer[0] = 2
	for name, payload := range map[string][]byte{"another version": newer, "another kind": other.marshal(id(9)), "half of one": newer[:20]} {
		if n.Receive(t.Context(), payload); len(s.queued()) != 0 {
			t.Errorf("%s was shown", name)
		}
	}
	if n.Receive(t.Context(), known.marshal(id(9))); len(s.queued()) != 1 {
		t.Error("one we know was not shown")
	}
}

package realtime

import (
	"encoding/json"
	"testing"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

// receipts returns delivered and read of the receipts queued for a session.
func (s *Session) receipts(t *testing.T) (seen [][2]int64) {
	t.Helper()
	for _, f := range s.queued() {
		var frame struct{ Data wire.FrameReceipt }
		if err := json.Unmarshal(f.payload, &frame); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, [2]int64{frame.Data.DeliveredSeq, frame.Data.ReadSeq})
	}
	return seen
}

func TestWhatWasReadIsShownWhereBothShareIt(t *testing.T) {
	t.Parallel()
	both := chat.CursorsMoved{ConversationID: place, UserID: bob, DeliveredSeq: 3, ReadSeq: 2, DeliveredMoved: true}
	onlyRead := both
	onlyRead.DeliveredMoved = false
	hidden, onlyReadHidden := both, onlyRead
	hidden.ReadHidden, onlyReadHidden.ReadHidden = true, true
	whole, masked := [][2]int64{{3, 2}}, [][2]int64{{3, 0}}
	for name, c := range map[string]struct {
		move                   chat.CursorsMoved
		sharer, hider, himself [][2]int64
	}{
		"all is open":                {both, whole, masked, whole},
		"only reading":               {onlyRead, whole, nil, whole},
		"a hidden one":               {hidden, masked, masked, whole},
		"a hidden one, only reading": {onlyReadHidden, nil, nil, whole},
	} {
		w := &wires{}
		here, there := newNode(t, w), newNode(t, w)
		there.ledger.hidesReads[eve] = true
		there.ledger.members[bob] = append(there.ledger.members[bob], place)
		there.ledger.members[eve] = append(there.ledger.members[eve], place)
		sharer, hider, himself := listener(ann), listener(eve), listener(bob)
		for _, s := range []*Session{sharer, hider, himself} {
			join(t, there.hub, s)
		}
		here.Publish(t.Context(), []chat.Event{c.move})
		for who, x := range map[string]struct {
			s    *Session
			want [][2]int64
		}{"who shares": {sharer, c.sharer}, "who hides": {hider, c.hider}, "the reader's other device": {himself, c.himself}} {
			got := x.s.receipts(t)
			if len(got) != len(x.want) || len(got) == 1 && got[0] != x.want[0] {
				t.Errorf("%s: %s sees %v, want %v", name, who, got, x.want)
			}
		}
	}
}

func TestAChangeOfPrivacyCountsAtOnce(t *testing.T) {
	t.Parallel()
	w := &wires{}
	here, there := newNode(t, w), newNode(t, w)
	s := listener(ann)
	join(t, there.hub, s)
	read := chat.CursorsMoved{ConversationID: place, UserID: bob, DeliveredSeq: 3, ReadSeq: 3}
	closed := chat.PrivacyChanged{UserID: ann, Privacy: chat.Privacy{Typing: true, LastSeen: true}}
	here.Publish(t.Context(), []chat.Event{closed, read})
	if got := s.receipts(t); len(got) != 0 {
		t.Errorf("who hides sees %v", got)
	}
	here.Publish(t.Context(), []chat.Event{chat.PrivacyChanged{UserID: ann, Privacy: chat.DefaultPrivacy}, read})
	if got := s.receipts(t); len(got) != 1 {
		t.Errorf("who shares again sees %v", got)
	}
}

// What the store says is older than what an event has said meanwhile.
func TestAnEventOutdoesTheStore(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	s := listener(ann)
	n.ledger.ask = func(what string) {
		if what == "privacy" {
			n.Publish(t.Context(), []chat.Event{chat.PrivacyChanged{UserID: ann}})
		}
	}
	join(t, n.hub, s)
	if s.shares(privacyReadReceipts) {
		t.Error("the store's older word counts")
	}
}

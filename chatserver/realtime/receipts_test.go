package realtime

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// circle is a hub with a conversation of n people who are all there.
func circle(t *testing.T, n int) (*Hub, []*Session) {
	t.Helper()
	l := newLedger()
	h := NewHub(l, newMetrics())
	sessions := make([]*Session, n)
	for i := range sessions {
		user := uuid.UUID{14: byte(i / 200), 15: byte(i%200 + 1)}
		l.members[user] = []uuid.UUID{place}
		sessions[i] = listener(user)
		join(t, h, sessions[i])
	}
	return h, sessions
}

func read(h *Hub, s *Session, seq int64) {
	move := chat.CursorsMoved{ConversationID: place, UserID: s.user, DeliveredSeq: seq, ReadSeq: seq}
	h.deliverReceipt(nil, receipt{conversation: place, member: s.user, delivered: seq, payload: receiptFrame(move)})
}

// However many messages all of a group read within a moment, each hears of each once.
func TestReceiptsOfAGroupGather(t *testing.T) {
	t.Parallel()
	const people, messages = 20, 10
	h, sessions := circle(t, people)
	for seq := range int64(messages) {
		for _, s := range sessions {
			read(h, s, seq+1)
		}
	}
	for _, s := range sessions {
		if n := len(s.queued()); n != messages { // their own devices are told at once
			t.Fatalf("%d frames came before the time", n)
		}
	}
	h.showReceipts(time.Now().Add(receiptsGather))
	for _, s := range sessions {
		if n := len(s.queued()); n != messages+people-1 {
			t.Fatalf("%d frames came, want %d", n, messages+people-1)
		}
	}
	if h.showReceipts(time.Now().Add(time.Hour)); len(sessions[0].queued()) != messages+people-1 {
		t.Error("they were shown twice")
	}
}

func TestReceiptsOfALargeGroupAreNotShown(t *testing.T) {
	t.Parallel()
	h, sessions := circle(t, maxReceiptSessions+1)
	read(h, sessions[0], 1)
	h.showReceipts(time.Now().Add(time.Hour))
	if n := len(sessions[0].queued()); n != 1 {
		t.Errorf("the reader's own device got %d frames", n)
	}
	if n := len(sessions[1].queued()); n != 0 {
		t.Errorf("another got %d frames", n)
	}
}

func TestReceiptsOfTwoPeopleAreShownAtOnce(t *testing.T) {
	t.Parallel()
	h, sessions := circle(t, 2)
	read(h, sessions[0], 1)
	if n := len(sessions[1].queued()); n != 1 {
		t.Errorf("%d frames came", n)
	}
}

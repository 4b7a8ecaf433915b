package realtime

import (
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// Everybody's receipts are shown to everybody, so they grow with the square of a
// conversation's people. In a room of more than receiptsAtOnce sessions (two
// people with two devices each) they therefore gather, and of each member only
// the latest is shown; in one of more than maxReceiptSessions others are not shown
// them at all: clients ask when somebody wants to know.
const (
	receiptsAtOnce     = 4
	receiptsGather     = time.Second
	maxReceiptSessions = 100
)

// receipt is how far a member has received and read, and who may know it.
type receipt struct {
	conversation uuid.UUID
	member       uuid.UUID
	delivered    int64 // 0: that has not moved
	hidden       bool  // the member does not let others see what they have read
	payload      []byte
}

// deliverReceipt shows a receipt to a conversation's sessions: to the member's own
// devices at once, to others maybe later. The caller uncorks.
func (h *Hub) deliverReceipt(c *corked, r receipt) {
	gathered := false
	h.withCork(c, r.conversation, func(room *room) {
		n := len(room.sessions)
		if n <= receiptsAtOnce {
			room.showReceipt(r, func(*Session) bool { return true })
			return
		}
		room.showReceipt(r, func(s *Session) bool { return s.user == r.member })
		if n <= maxReceiptSessions {
			gathered = room.gather(r)
		}
	})
	if gathered {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.receipts[r.conversation] = time.Now().Add(receiptsGather)
	}
}

// showReceipts shows what has gathered for long enough.
func (h *Hub) showReceipts(now time.Time) {
	h.mu.Lock()
	var due []uuid.UUID
	for id, at := range h.receipts {
		if !now.Before(at) {
			due = append(due, id)
			delete(h.receipts, id)
		}
	}
	h.mu.Unlock()
	var c corked
	for _, id := range due {
		h.withCork(&c, id, func(room *room) {
			for _, r := range room.receipts {
				room.showReceipt(r, func(s *Session) bool { return s.user != r.member })
			}
			room.receipts = nil
		})
		c.uncork()
	}
}

// gather keeps a receipt in place of the member's earlier one; true when it is the
// first one that is kept.
func (r *room) gather(rc receipt) (first bool) {
	if r.receipts == nil {
		r.receipts, first = map[uuid.UUID]receipt{}, true
	}
	rc.delivered = max(rc.delivered, r.receipts[rc.member].delivered)
	r.receipts[rc.member] = rc
	return first
}

// showReceipt shows a receipt to some sessions. What was read is shown to the
// member's own devices, and to others if both sides share it; for the rest only a
// move of the other cursor is news, and told without it.
func (r *room) showReceipt(rc receipt, to func(*Session) bool) {
	full := shared(rc.payload, messageRef{})
	var masked *outgoing
	for _, s := range r.sessions {
		switch {
		case !to(s):
		case s.user == rc.member || !rc.hidden && s.shares(privacyReadReceipts):
			s.deliverCorked(full, r.cork)
		case rc.delivered > 0:
			if masked == nil {
				move := chat.CursorsMoved{ConversationID: rc.conversation, UserID: rc.member, DeliveredSeq: rc.delivered}
				masked = shared(receiptFrame(move), messageRef{})
			}
			s.deliverCorked(masked, r.cork)
		}
	}
}

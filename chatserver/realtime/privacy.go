package realtime

import (
	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// privacyBits is a person's privacy as one number: nodes tell it each other, and
// each of their sessions knows it. Zero is not known, and lets nothing be seen.
type privacyBits uint32

const (
	privacyKnown privacyBits = 1 << iota
	privacyReadReceipts
	privacyTyping
	privacyLastSeen
)

func toPrivacyBits(p chat.Privacy) privacyBits {
	bits := privacyKnown
	for bit, on := range map[privacyBits]bool{
		privacyReadReceipts: p.ReadReceipts, privacyTyping: p.Typing, privacyLastSeen: p.LastSeen,
	} {
		if on {
			bits |= bit
		}
	}
	return bits
}

// shares reports whether the session's person lets others see something, and
// so may see it of others.
func (s *Session) shares(what privacyBits) bool { return privacyBits(s.privacy.Load())&what != 0 }

// learnPrivacy sets what was read from the store, unless an event has told
// something newer meanwhile.
func (s *Session) learnPrivacy(p chat.Privacy) { s.privacy.CompareAndSwap(0, uint32(toPrivacyBits(p))) }

// changePrivacy sets what an event tells.
func (h *Hub) changePrivacy(user uuid.UUID, bits privacyBits) {
	for _, s := range h.sessionsOf(user) {
		s.privacy.Store(uint32(bits | privacyKnown))
	}
}

// receipt is how far a member has received and read, and who may know it.
type receipt struct {
	conversation uuid.UUID
	member       uuid.UUID
	delivered    int64 // 0: that has not moved
	hidden       bool  // the member does not let others see what they have read
	payload      []byte
}

// deliverReceipt shows a receipt to a conversation's sessions. What was read is
// shown to the member's own devices, and to others if both sides share it; for
// the rest only a move of the other cursor is news, and told without it.
func (h *Hub) deliverReceipt(r receipt) {
	h.withRoom(r.conversation, func(room *room) {
		full := shared(r.payload, messageRef{})
		var masked *outgoing
		for _, s := range room.sessions {
			switch {
			case s.user == r.member || !r.hidden && s.shares(privacyReadReceipts):
				s.deliver(full)
			case r.delivered > 0:
				if masked == nil {
					move := chat.CursorsMoved{ConversationID: r.conversation, UserID: r.member, DeliveredSeq: r.delivered}
					masked = shared(receiptFrame(move), messageRef{})
				}
				s.deliver(masked)
			}
		}
	})
}

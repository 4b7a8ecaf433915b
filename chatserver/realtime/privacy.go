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

package realtime

import (
	"context"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
)

// SignInCache remembers which sign-ins are good; see auth.ActiveSessions.
type SignInCache interface {
	// Forget makes the sign-ins that an event tells of be looked up anew.
	Forget(e chat.SessionsEnded)
}

// SignIns tells which sign-ins are over.
type SignIns interface {
	// StillActive returns session_revoked for a sign-in that is over. It is
	// cheap for one that was looked up a moment ago.
	StillActive(ctx context.Context, id auth.Identity) error

	// NameDevice gives a sign-in the name that its device says it has, if it says one.
	NameDevice(ctx context.Context, id auth.Identity, name string) error

	// Ended returns those of the sign-ins, of any people, that are over, by the
	// store's word.
	Ended(ctx context.Context, signIns []auth.Identity) ([]chat.SessionsEnded, error)
}

// marshalEnded writes an event's body: the reason, the exception, the sign-ins.
func marshalEnded(e chat.SessionsEnded) []byte {
	b := make([]byte, 0, 1+16+16*len(e.SessionIDs))
	b = append(b, byte(e.Reason))
	b = append(b, e.Except[:]...)
	for _, id := range e.SessionIDs {
		b = append(b, id[:]...)
	}
	return b
}

// unmarshalEnded reads what marshalEnded wrote; false for anything else. Half
// an id must not make it an event about all sign-ins.
func unmarshalEnded(user uuid.UUID, b []byte) (chat.SessionsEnded, bool) {
	if len(b) < 17 || (len(b)-1)%16 != 0 {
		return chat.SessionsEnded{}, false
	}
	e := chat.SessionsEnded{UserID: user, Reason: chat.SessionEnd(b[0]), Except: uuid.UUID(b[1:17])}
	for b = b[17:]; len(b) > 0; b = b[16:] {
		e.SessionIDs = append(e.SessionIDs, uuid.UUID(b[:16]))
	}
	return e, true
}

// endSignIns closes the connections of sign-ins that are over.
func (h *Hub) endSignIns(e chat.SessionsEnded) {
	for _, s := range h.sessionsOf(e.UserID) {
		if e.Covers(s.signIn) {
			s.closeEnded(e.Reason)
		}
	}
}

func (s *Session) closeEnded(reason chat.SessionEnd) {
	if reason == chat.AccountDeleted {
		s.close(closeAccountDeleted, "account deleted")
		return
	}
	s.close(closeSessionRevoked, "session revoked")
}

// nameDevice is SignIns.NameDevice with a bound on the time it takes, for a name
// that is new. A sign-in that keeps its old name is as good.
func (s *Session) nameDevice(ctx context.Context, id auth.Identity, name string) {
	if name == "" || name == s.device {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := s.gateway.signIns.NameDevice(ctx, id, name); err != nil {
		s.gateway.log.Debug("Naming a device failed", "error", err)
		return
	}
	s.device = name
}

// signInInterval is how often the sign-ins of all connections are compared with
// the store. It makes good an event that the bus lost, and notices sign-ins
// that ended with time.
const signInInterval = 30 * time.Second

// checkSignIns compares until ctx ends.
func (g *Gateway) checkSignIns(ctx context.Context) {
	ticker := time.NewTicker(signInInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := g.endOldSignIns(ctx); err != nil && ctx.Err() == nil {
				g.log.Warn("Comparing sign-ins with the store failed", "error", err)
			}
		}
	}
}

// endOldSignIns asks once about all sign-ins and closes what is left of those
// that are over.
func (g *Gateway) endOldSignIns(ctx context.Context) error {
	signIns := g.hub.signIns()
	if len(signIns) == 0 {
		return nil
	}
	ended, err := g.signIns.Ended(ctx, signIns)
	for _, e := range ended {
		g.hub.endSignIns(e)
	}
	return err
}

// signIns returns the sign-ins of all sessions, each once.
func (h *Hub) signIns() []auth.Identity {
	h.mu.RLock()
	defer h.mu.RUnlock()
	seen := make(map[uuid.UUID]struct{}, len(h.users))
	all := make([]auth.Identity, 0, len(h.users))
	for user, sessions := range h.users {
		for _, s := range sessions {
			if _, twice := seen[s.signIn]; !twice {
				seen[s.signIn] = struct{}{}
				all = append(all, auth.Identity{UserID: user, SessionID: s.signIn})
			}
		}
	}
	return all
}

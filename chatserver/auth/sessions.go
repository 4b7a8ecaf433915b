package auth

import (
	"context"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// Sessions returns a page of a person's sessions, the latest sign-in first.
func (s *Service) Sessions(ctx context.Context, user, before uuid.UUID, limit int) ([]SessionInfo, error) {
	return s.store.Sessions(ctx, user, before, limit)
}

// Revoke ends one of a person's sessions; ErrNotFound when it is not theirs or
// over.
func (s *Service) Revoke(ctx context.Context, by chat.Actor, session uuid.UUID) error {
	ended, err := s.end(ctx, by, session, chat.AuditSessionRevoked)
	if err == nil && !ended {
		return chat.ErrNotFound
	}
	return err
}

// Logout ends the session that asks.
func (s *Service) Logout(ctx context.Context, by chat.Actor, session uuid.UUID) error {
	_, err := s.end(ctx, by, session, chat.AuditLogout)
	return err
}

// end revokes a session and tells all nodes. It tells them even when the session
// was over before: the first telling may be what failed.
func (s *Service) end(ctx context.Context, by chat.Actor, session uuid.UUID, action chat.AuditAction) (bool, error) {
	ended, err := s.store.RevokeSession(ctx, by.ID, session, chat.AuditEntry{Actor: by, Action: action, Target: session})
	if err != nil {
		return false, err
	}
	s.publish(ctx, chat.SessionsEnded{UserID: by.ID, SessionIDs: []uuid.UUID{session}, Reason: chat.SessionRevoked})
	return ended, nil
}

// NameDevice gives a session the name that its device says it has, cleaned by
// DeviceName; none says nothing.
func (s *Service) NameDevice(ctx context.Context, session Identity, name string) error {
	if name = DeviceName(name); name == "" {
		return nil
	}
	return s.store.NameSession(ctx, session, name)
}

// maxDeviceName is in code points.
const maxDeviceName = 100

// DeviceName is a device's name as it is stored: without control characters, of
// which NUL could not even be stored, and cut to 100 code points.
func DeviceName(name string) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, name))
	return string(runes[:min(len(runes), maxDeviceName)])
}

// publish tells all nodes of sessions that ended. What was committed is told
// even if the one who asked has gone.
func (s *Service) publish(ctx context.Context, e chat.SessionsEnded) {
	s.publisher.Publish(context.WithoutCancel(ctx), []chat.Event{e})
}

// StillActive returns session_revoked when an identity's session is over.
func (s *Service) StillActive(ctx context.Context, id Identity) error { return s.active.check(ctx, id) }

// Ended returns those of some sessions that are over, by the store's word.
func (s *Service) Ended(ctx context.Context, sessions []Identity) ([]chat.SessionsEnded, error) {
	ended, err := s.store.EndedSessions(ctx, sessions)
	for _, e := range ended {
		s.active.Forget(e)
	}
	return ended, err
}

package auth

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// answers is a SessionChecker that says yes, and may do something before.
type answers struct {
	asked  int
	before func()
}

func (a *answers) SessionActive(context.Context, uuid.UUID) (bool, error) {
	a.asked++
	if a.before != nil {
		a.before()
	}
	return true, nil
}

func TestOnlyTheSessionsThatEndedAreForgotten(t *testing.T) {
	t.Parallel()
	ann, bob := uuid.New(), uuid.New()
	phone, laptop, other := Identity{UserID: ann, SessionID: uuid.New()}, Identity{UserID: ann, SessionID: uuid.New()}, Identity{UserID: bob, SessionID: uuid.New()}
	for name, c := range map[string]struct {
		event chat.SessionsEnded
		asked int // afterwards, about three that were believed
	}{
		"one":         {chat.SessionsEnded{UserID: ann, SessionIDs: []uuid.UUID{phone.SessionID}}, 1},
		"all but one": {chat.SessionsEnded{UserID: ann, Except: phone.SessionID}, 1},
		"all":         {chat.SessionsEnded{UserID: ann}, 2},
		"nobody's":    {chat.SessionsEnded{UserID: uuid.New()}, 0},
	} {
		store := &answers{}
		a := NewActiveSessions(store)
		check := func() {
			for _, id := range []Identity{phone, laptop, other} {
				if err := a.check(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			}
		}
		check()
		store.asked = 0
		a.Forget(c.event)
		check()
		if store.asked != c.asked {
			t.Errorf("%s: the store was asked %d times, want %d", name, store.asked, c.asked)
		}
	}
}

// An answer that was on its way when the session ended is not remembered.
func TestAnAnswerOlderThanTheEndIsNotBelieved(t *testing.T) {
	t.Parallel()
	store := &answers{}
	a := NewActiveSessions(store)
	id := Identity{UserID: uuid.New(), SessionID: uuid.New()}
	store.before = func() { a.Forget(chat.SessionsEnded{UserID: id.UserID, SessionIDs: []uuid.UUID{id.SessionID}}) }
	_ = a.check(t.Context(), id)
	store.before = nil
	_ = a.check(t.Context(), id)
	if store.asked != 2 {
		t.Errorf("the store was asked %d times", store.asked)
	}
	if a.good[id.SessionID].until.Before(time.Now()) {
		t.Error("a good answer was not remembered")
	}
}

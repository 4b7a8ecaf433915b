package auth

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// who returns the actor and the session of a grant.
func who(t *testing.T, s *Service, g Grant) (chat.Actor, uuid.UUID) {
	t.Helper()
	id, err := s.tokens.verify(g.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	return chat.Actor{ID: id.UserID}, id.SessionID
}

func login(t *testing.T, s *Service, password string) Grant {
	t.Helper()
	g, err := s.Login(t.Context(), "ann", password, Client{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// ended returns the sessions-ended events told since the last call.
func (m *memory) ended() (ended []chat.SessionsEnded) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.told {
		if e, ok := e.(chat.SessionsEnded); ok {
			ended = append(ended, e)
		}
	}
	m.told = nil
	return ended
}

func TestAPasswordIsChanged(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	g := register(t, s)
	other := login(t, s, "correct horse")
	by, session := who(t, s, g)
	if err := s.ChangePassword(t.Context(), by, session, "correct horse", "another horse"); err != nil {
		t.Fatal(err)
	}
	if told := store.ended(); len(told) != 1 || told[0].UserID != by.ID || told[0].Except != session || len(told[0].SessionIDs) != 0 || told[0].Reason != chat.SessionRevoked {
		t.Errorf("told was %+v", told)
	}
	if !alive(t, s, g) || alive(t, s, other) {
		t.Error("the wrong sessions ended")
	}
	_, err := s.Login(t.Context(), "ann", "correct horse", Client{})
	expectCode(t, "the old password", err, chat.CodeInvalidCredentials)
	login(t, s, "another horse")
}

func TestAPasswordIsNotChanged(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	by, session := who(t, s, register(t, s))
	for name, c := range map[string]struct {
		current, next string
		code          chat.Code
		field, what   string
	}{
		"a wrong password":   {"wrong horse", "another horse", chat.CodeInvalidCredentials, "current_password", "wrong"},
		"the same":           {"correct horse", "correct horse", chat.CodeValidationFailed, "new_password", "unchanged"},
		"a short one":        {"correct horse", "short", chat.CodeValidationFailed, "new_password", "too_short"},
		"a common one":       {"correct horse", "Password", chat.CodeValidationFailed, "new_password", "too_common"},
		"wrong and a common": {"wrong horse", "Password", chat.CodeInvalidCredentials, "current_password", "wrong"},
	} {
		err := s.ChangePassword(t.Context(), by, session, c.current, c.next)
		e, _ := chat.AsError(err)
		if e.Code != c.code || len(e.Fields) != 1 || e.Fields[0].Field != c.field || e.Fields[0].Code != c.what {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if told := store.ended(); len(told) != 0 {
		t.Errorf("told was %+v", told)
	}
	err := s.ChangePassword(t.Context(), chat.Actor{ID: uuid.New()}, session, "correct horse", "another horse")
	expectCode(t, "of an account that is gone", err, chat.CodeSessionRevoked)
}

func TestADeletedAccountIsAsOneThatNeverWas(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	room, peer := uuid.New(), uuid.New()
	store.peers = []chat.DirectPeer{{ConversationID: room, UserID: peer}}
	g := register(t, s)
	by, _ := who(t, s, g)
	if _, err := s.Authenticate(t.Context(), g.AccessToken); err != nil { // it is believed from now on
		t.Fatal(err)
	}
	err := s.DeleteAccount(t.Context(), by, "wrong horse")
	if e, _ := chat.AsError(err); e.Code != chat.CodeInvalidCredentials || e.Fields[0].Field != "password" {
		t.Errorf("with a wrong password: %v", err)
	}
	if err := s.DeleteAccount(t.Context(), by, "correct horse"); err != nil {
		t.Fatal(err)
	}
	if len(store.told) != 2 || store.told[0].(chat.SessionsEnded).Reason != chat.AccountDeleted ||
		!slices.Equal(store.told[1].(chat.ConversationChanged).UserIDs, []uuid.UUID{peer, by.ID}) {
		t.Errorf("told was %+v", store.told)
	}
	_, err = s.Authenticate(t.Context(), g.AccessToken)
	expectCode(t, "the access token", err, chat.CodeSessionRevoked)
	_, err = s.Refresh(t.Context(), g.RefreshToken, Client{})
	expectCode(t, "the refresh token", err, chat.CodeUnauthenticated)
	_, err = s.Login(t.Context(), "ann", "correct horse", Client{})
	expectCode(t, "a login", err, chat.CodeInvalidCredentials)
	expectCode(t, "a second deletion", s.DeleteAccount(t.Context(), by, "correct horse"), chat.CodeSessionRevoked)
}

// An account that goes between the two looks of a refresh was never there.
func TestARefreshThatMeetsADeletion(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	g := register(t, s)
	delete(store.accounts, "ann")
	_, err := s.Refresh(t.Context(), g.RefreshToken, Client{})
	expectCode(t, "the refresh", err, chat.CodeUnauthenticated)
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	first, second := register(t, s), login(t, s, "correct horse")
	by, session := who(t, s, second)
	_, oldest := who(t, s, first)
	page, err := s.Sessions(t.Context(), by.ID, uuid.Max, 1)
	if err != nil || len(page) != 1 || page[0].ID != session {
		t.Errorf("the first page is %+v, %v", page, err)
	}
	if page, err = s.Sessions(t.Context(), by.ID, session, 5); err != nil || len(page) != 1 || page[0].ID != oldest {
		t.Errorf("the second page is %+v, %v", page, err)
	}
	expectCode(t, "another's session", s.Revoke(t.Context(), chat.Actor{ID: uuid.New()}, session), chat.CodeNotFound)
	store.ended()
	if err := s.Revoke(t.Context(), by, oldest); err != nil {
		t.Error(err)
	}
	if told := store.ended(); len(told) != 1 || !slices.Equal(told[0].SessionIDs, []uuid.UUID{oldest}) {
		t.Errorf("told was %+v", told)
	}
	expectCode(t, "one that is over", s.Revoke(t.Context(), by, oldest), chat.CodeNotFound)
	ended, err := s.Ended(t.Context(), []Identity{{UserID: by.ID, SessionID: oldest}, {UserID: by.ID, SessionID: session}})
	if err != nil || len(ended) != 1 || ended[0].SessionIDs[0] != oldest {
		t.Errorf("ended are %+v, %v", ended, err)
	}
}

func TestAReusedTokenIsToldToAllNodes(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	g := register(t, s)
	_, session := who(t, s, g)
	store.pass(refreshGrace)
	refresh(t, s, refresh(t, s, g.RefreshToken).RefreshToken)
	_, err := s.Refresh(t.Context(), g.RefreshToken, Client{})
	expectCode(t, "the thief", err, chat.CodeRefreshReused)
	if told := store.ended(); len(told) != 1 || !slices.Equal(told[0].SessionIDs, []uuid.UUID{session}) {
		t.Errorf("told was %+v", told)
	}
	if store.noted[len(store.noted)-1] != chat.AuditRefreshReused {
		t.Errorf("noted are %q", store.noted)
	}
}

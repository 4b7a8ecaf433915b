package auth

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

func TestRegisteringSignsIn(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	g := register(t, s)
	if g.User.DisplayName != "ann" || g.User.ID.Version() != 7 || g.ExpiresIn != config.AccessTTL || g.User.Privacy != chat.DefaultPrivacy {
		t.Errorf("got %+v", g)
	}
	id, err := s.Authenticate(t.Context(), g.AccessToken)
	if err != nil || id.UserID != g.User.ID || store.sessions[id.SessionID].DeviceName != "a test" {
		t.Errorf("got %+v, %v", id, err)
	}
	if me, err := s.Me(t.Context(), g.User.ID); err != nil || me.Username != "ann" {
		t.Errorf("got %+v, %v", me, err)
	}
	if len(s.PublicKeys()) != 1 {
		t.Errorf("public keys are %v", s.PublicKeys())
	}
}

func TestEveryProblemOfARegistrationIsTold(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	_, err := s.Register(t.Context(), Registration{Username: "a b", Password: "short", Email: "nowhere", DisplayName: "a\nb"}, Client{})
	e, _ := chat.AsError(err)
	var fields []string
	for _, f := range e.Fields {
		fields = append(fields, f.Field)
	}
	if e.Code != chat.CodeValidationFailed || len(fields) != 4 {
		t.Errorf("got %v of %q", err, fields)
	}
	if n := store.questions(); n != 0 {
		t.Errorf("the store was asked %d times", n)
	}
}

func TestANameThatIsTakenStaysItsOwners(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	register(t, s)
	_, err := s.Register(t.Context(), Registration{Username: "Ann", Password: "another horse"}, Client{})
	expectCode(t, "registering", err, chat.CodeUsernameTaken)
	_, err = s.Login(t.Context(), "ann", "another horse", Client{})
	expectCode(t, "signing in", err, chat.CodeInvalidCredentials)
}

func TestDisplayNamesAreTrimmed(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	g, err := s.Register(t.Context(), Registration{Username: "ann", Password: "correct horse", DisplayName: "  Ann  Adams \n"}, Client{})
	if err != nil || g.User.DisplayName != "Ann  Adams" {
		t.Errorf("got %q, %v", g.User.DisplayName, err)
	}
}

func TestEachLoginIsASession(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	first := register(t, s)
	second, err := s.Login(t.Context(), "ann", "correct horse", Client{Device: "a phone"})
	if err != nil || second.User.ID != first.User.ID {
		t.Fatalf("got %+v, %v", second, err)
	}
	id, err := s.Authenticate(t.Context(), second.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Logout(t.Context(), chat.Actor{ID: id.UserID}, id.SessionID); err != nil {
		t.Fatal(err)
	}
	_, err = s.Authenticate(t.Context(), second.AccessToken)
	expectCode(t, "the session that ended", err, chat.CodeSessionRevoked)
	if _, err := s.Authenticate(t.Context(), first.AccessToken); err != nil {
		t.Errorf("the other session: %v", err)
	}
}

func TestWithoutAStoreNobodySignsIn(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	g := register(t, s)
	away := &chat.Error{Code: chat.CodeUnavailable}
	store.fail = away
	_, err := s.Login(t.Context(), "ann", "correct horse", Client{})
	expectCode(t, "signing in", err, chat.CodeUnavailable)
	_, err = s.Login(t.Context(), "nobody", "correct horse", Client{})
	expectCode(t, "signing in as nobody", err, chat.CodeUnavailable)
	_, err = s.Authenticate(t.Context(), g.AccessToken)
	expectCode(t, "a request", err, chat.CodeUnavailable)
}

func TestActiveSessionsAreBelievedForAMoment(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	g := register(t, s)
	now := time.Now()
	s.active.now = func() time.Time { return now }
	id, err := s.tokens.verify(g.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	try := func(wantQuestions int, want chat.Code) {
		t.Helper()
		store.questions()
		_, err := s.Authenticate(t.Context(), g.AccessToken)
		if want == "" && err != nil || want != "" && chat.CodeOf(err) != want {
			t.Errorf("got %v, want %q", err, want)
		}
		if n := store.questions(); n != wantQuestions {
			t.Errorf("the store was asked %d times, want %d", n, wantQuestions)
		}
	}
	try(1, "")
	try(0, "")
	store.sessions[id.SessionID].revoked = true // on another node
	now = now.Add(activeTTL - time.Millisecond)
	try(0, "")
	now = now.Add(time.Millisecond)
	try(1, chat.CodeSessionRevoked)
	try(1, chat.CodeSessionRevoked) // bad answers are not remembered
	store.sessions[id.SessionID].revoked = false
	try(1, "")
	store.fail = errors.New("away")
	try(0, "")
	s.active.Forget(chat.SessionsEnded{UserID: id.UserID, SessionIDs: []uuid.UUID{id.SessionID}})
	try(1, chat.CodeInternal)
}

func TestTheMemoryOfActiveSessionsIsBounded(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	g := register(t, s)
	for range activeMax {
		s.active.good[uuid.New()] = goodSession{until: time.Now().Add(time.Hour)}
	}
	store.questions()
	if _, err := s.Authenticate(t.Context(), g.AccessToken); err != nil {
		t.Fatal(err)
	}
	if n := len(s.active.good); n > activeMax {
		t.Errorf("%d sessions are remembered", n)
	}
}

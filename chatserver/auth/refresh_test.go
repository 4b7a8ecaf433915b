package auth

import (
	"encoding/base64"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

func refresh(t *testing.T, s *Service, token string) Grant {
	t.Helper()
	g, err := s.Refresh(t.Context(), token, Client{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// alive reports whether a grant's access token is honoured, by the store's word.
func alive(t *testing.T, s *Service, g Grant) bool {
	t.Helper()
	id, err := s.tokens.verify(g.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	active, err := s.store.SessionActive(t.Context(), id.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	return active
}

func TestEachRefreshTokenIsTradedForTheNext(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	first := register(t, s)
	seen := map[string]bool{first.RefreshToken: true}
	g := first
	for range 5 {
		store.pass(time.Hour)
		g = refresh(t, s, g.RefreshToken)
		if seen[g.RefreshToken] || g.User.ID != first.User.ID || g.RefreshTTL != config.RefreshTTL {
			t.Fatalf("got %+v", g)
		}
		seen[g.RefreshToken] = true
		id, err := s.Authenticate(t.Context(), g.AccessToken)
		if err != nil || id.UserID != first.User.ID {
			t.Errorf("the access token is of %+v, %v", id, err)
		}
	}
	if len(store.sessions) != 1 {
		t.Errorf("%d sessions, want one", len(store.sessions))
	}
}

func TestAUsedTokenEndsTheSession(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	stolen := register(t, s)
	store.pass(time.Minute)
	honest := refresh(t, s, stolen.RefreshToken)
	store.pass(refreshGrace)
	_, err := s.Refresh(t.Context(), stolen.RefreshToken, Client{})
	expectCode(t, "the thief", err, chat.CodeRefreshReused)
	if alive(t, s, honest) {
		t.Error("the session goes on")
	}
	_, err = s.Refresh(t.Context(), honest.RefreshToken, Client{})
	expectCode(t, "the other one", err, chat.CodeSessionRevoked)
}

func TestAnOlderTokenEndsTheSessionAtOnce(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	first := register(t, s)
	second := refresh(t, s, first.RefreshToken)
	third := refresh(t, s, second.RefreshToken)
	_, err := s.Refresh(t.Context(), first.RefreshToken, Client{}) // within the grace, but not the last trade
	expectCode(t, "the first token", err, chat.CodeRefreshReused)
	if alive(t, s, third) {
		t.Error("the session goes on")
	}
}

func TestATradeWhoseAnswerWasLostMayBeRepeated(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	first := register(t, s)
	lost := refresh(t, s, first.RefreshToken)
	store.pass(refreshGrace - time.Second)
	again := refresh(t, s, first.RefreshToken)
	if again.RefreshToken != lost.RefreshToken {
		t.Error("the repeated trade gave another token")
	}
	refresh(t, s, again.RefreshToken)
}

func TestTwoTradesAtOnceGiveTheSameToken(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	first := register(t, s)
	var mu sync.Mutex
	var race sync.WaitGroup
	tokens := map[string]bool{}
	for range 10 {
		race.Go(func() {
			g, err := s.Refresh(t.Context(), first.RefreshToken, Client{})
			mu.Lock()
			defer mu.Unlock()
			if tokens[g.RefreshToken] = true; err != nil {
				t.Error(err)
			}
		})
	}
	race.Wait()
	if len(tokens) != 1 {
		t.Errorf("%d different tokens", len(tokens))
	}
}

func TestAForgedTokenNeverReachesTheStore(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	good := register(t, s).RefreshToken
	store.questions()
	raw, err := base64.RawURLEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := newService(t)
	madeUp, err := other.refresh.first(uuid.UUID(raw[:16]))
	if err != nil {
		t.Fatal(err)
	}
	bad := []string{"", "x", "%%%", good + "AAAA", good[:len(good)-4], other.refresh.format(madeUp)}
	for i := range raw {
		raw[i] ^= 1
		bad = append(bad, base64.RawURLEncoding.EncodeToString(raw))
		raw[i] ^= 1
	}
	for _, token := range bad {
		_, err := s.Refresh(t.Context(), token, Client{})
		expectCode(t, token, err, chat.CodeUnauthenticated)
	}
	if n := store.questions(); n != 0 {
		t.Errorf("the store was asked %d times", n)
	}
	refresh(t, s, good)
}

func TestTheStoreKnowsNoToken(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	g := register(t, s)
	token, ok := s.refresh.parse(g.RefreshToken)
	if !ok {
		t.Fatal("it is no token")
	}
	for _, kept := range store.sessions {
		if string(kept.RefreshHash) == string(token.secret) || len(kept.RefreshHash) != 32 {
			t.Error("the store has the secret itself")
		}
	}
}

func TestASessionThatIsOverCanNotBeRefreshed(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	signedOut := register(t, s)
	id, err := s.Authenticate(t.Context(), signedOut.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Logout(t.Context(), chat.Actor{ID: id.UserID}, id.SessionID); err != nil {
		t.Fatal(err)
	}
	_, err = s.Refresh(t.Context(), signedOut.RefreshToken, Client{})
	expectCode(t, "after signing out", err, chat.CodeSessionRevoked)

	idle, err := s.Login(t.Context(), "ann", "correct horse", Client{})
	if err != nil {
		t.Fatal(err)
	}
	store.pass(config.RefreshTTL)
	_, err = s.Refresh(t.Context(), idle.RefreshToken, Client{})
	expectCode(t, "after a week", err, chat.CodeSessionRevoked)

	token, err := s.refresh.first(uuid.New())
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Refresh(t.Context(), s.refresh.format(token), Client{})
	expectCode(t, "of a session that was removed", err, chat.CodeUnauthenticated)
}

func TestARefreshedSessionSlides(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	g := register(t, s)
	for range 4 {
		store.pass(config.RefreshTTL - time.Hour)
		g = refresh(t, s, g.RefreshToken)
	}
	if !alive(t, s, g) {
		t.Error("a session in use ended")
	}
}

func TestARefreshWithoutAStoreFailsAndEndsNothing(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	g := register(t, s)
	away := errors.New("the store is away")
	store.fail = away
	if _, err := s.Refresh(t.Context(), g.RefreshToken, Client{}); !errors.Is(err, away) {
		t.Errorf("got %v", err)
	}
	store.fail = nil
	refresh(t, s, g.RefreshToken)
}

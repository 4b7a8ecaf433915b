package realtime

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
)

func TestTheEndOfSignInsSurvivesItsWay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := chat.SessionsEnded{UserID: anyID(t, "user"), Except: anyID(t, "except"), Reason: chat.SessionEnd(rapid.Byte().Draw(t, "reason"))}
		for range rapid.IntRange(0, 3).Draw(t, "sign-ins") {
			e.SessionIDs = append(e.SessionIDs, anyID(t, "sign-in"))
		}
		body := marshalEnded(e)
		got, ok := unmarshalEnded(e.UserID, body)
		if !ok || got.UserID != e.UserID || got.Except != e.Except || got.Reason != e.Reason || !slices.Equal(got.SessionIDs, e.SessionIDs) {
			t.Fatalf("got %+v, want %+v", got, e)
		}
		if _, ok := unmarshalEnded(e.UserID, body[:len(body)-1]); ok {
			t.Fatal("half an event is one")
		}
	})
}

// device is a session of a sign-in.
func device(user, signIn uuid.UUID) *Session {
	s := listener(user)
	s.signIn = signIn
	return s
}

// endedWith returns the close code that waits for a session's socket, or 0.
func (s *Session) endedWith() int {
	list := s.queued()
	if len(list) == 0 {
		return 0
	}
	return closeCode(list[len(list)-1].kind, list[len(list)-1].payload)
}

func TestSignInsThatEndAreClosedOnEveryNode(t *testing.T) {
	t.Parallel()
	phone, laptop := id(51), id(52)
	for name, c := range map[string]struct {
		event             chat.SessionsEnded
		onPhone, onLaptop int
	}{
		"one":          {chat.SessionsEnded{SessionIDs: []uuid.UUID{phone}, Reason: chat.SessionRevoked}, closeSessionRevoked, 0},
		"all but one":  {chat.SessionsEnded{Except: phone, Reason: chat.SessionRevoked}, 0, closeSessionRevoked},
		"all":          {chat.SessionsEnded{Reason: chat.AccountDeleted}, closeAccountDeleted, closeAccountDeleted},
		"another's":    {chat.SessionsEnded{SessionIDs: []uuid.UUID{id(53)}, Reason: chat.SessionRevoked}, 0, 0},
		"a new reason": {chat.SessionsEnded{Reason: 77}, closeSessionRevoked, closeSessionRevoked},
	} {
		w := &wires{}
		here, there := newNode(t, w), newNode(t, w)
		want := map[*Session]int{}
		for _, n := range []*node{here, there} {
			for s, code := range map[*Session]int{device(ann, phone): c.onPhone, device(ann, laptop): c.onLaptop, device(bob, phone): 0} {
				join(t, n.hub, s)
				want[s] = code
			}
		}
		c.event.UserID = ann
		here.Publish(t.Context(), []chat.Event{c.event})
		for s, code := range want {
			if got := s.endedWith(); got != code {
				t.Errorf("%s: %s on sign-in %s closed with %d, want %d", name, s.user, s.signIn, got, code)
			}
		}
		if len(here.forgotten) != 1 || len(there.forgotten) != 1 || there.forgotten[0].UserID != ann {
			t.Errorf("%s: forgotten were %v and %v", name, here.forgotten, there.forgotten)
		}
	}
}

// attachAs adds a connection of a sign-in that the hub knows.
func attachAs(t *testing.T, g *Gateway, user, signIn uuid.UUID) (*Session, *sink) {
	t.Helper()
	s, end := attach(t, g, time.Hour)
	s.user, s.signIn = user, signIn
	join(t, g.hub, s)
	return s, end
}

// The event may be lost; the store is asked about all sign-ins, once, every now
// and then.
func TestSignInsAreComparedWithTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		g := pulseOf(t, o)
		kept, _ := attachAs(t, g, ann, id(51))
		over, end := attachAs(t, g, ann, id(52))
		gone, _ := attachAs(t, g, bob, id(53))
		pass(signInInterval)
		if kept.out.isClosed() || over.out.isClosed() {
			t.Error("a good sign-in was closed")
		}
		o.mu.Lock()
		o.ended = []chat.SessionsEnded{
			{UserID: ann, SessionIDs: []uuid.UUID{id(52)}, Reason: chat.SessionRevoked}, {UserID: bob, Reason: chat.AccountDeleted},
		}
		o.mu.Unlock()
		pass(signInInterval)
		if _, code := end.pings(t); code != closeSessionRevoked {
			t.Errorf("the one that is over was closed with %d", code)
		}
		if kept.out.isClosed() || !gone.out.isClosed() {
			t.Error("the wrong ones were closed")
		}
	})
}

// A sign-in that ends between the look at its token and its place in the hub is
// not overlooked.
func TestASignInThatEndsWhileItConnects(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		code int
	}{
		"it ended":          {&chat.Error{Code: chat.CodeSessionRevoked}, closeSessionRevoked},
		"the store is away": {&chat.Error{Code: chat.CodeUnavailable}, closeGoingAway},
		"something else":    {errors.New("something"), closeGoingAway},
	} {
		o := newOffice()
		g := newGateway(t, o)
		o.recheck = func(who auth.Identity) error {
			if len(g.hub.sessionsOf(who.UserID)) != 1 {
				t.Errorf("%s: the hub does not know the connection yet", name)
			}
			return c.err
		}
		conn := dial(t, g, "ann's")
		conn.expectError("", chat.CodeOf(c.err))
		conn.expectClose(c.code)
		eventually(t, func() bool { return len(g.hub.sessionsOf(ann)) == 0 })
	}
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("in vain waited")
		}
	}
}

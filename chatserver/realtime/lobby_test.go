package realtime

import (
	"net/http/httptest"
	"testing"
	"time"

	"uim.dev/uim/chatserver/chat"
)

// waiting counts the connections that have still to sign in.
func (g *Gateway) waiting() int {
	g.lobby.mu.Lock()
	defer g.lobby.mu.Unlock()
	return g.lobby.all
}

func TestAClientsConnectionsThatHaveStillToSignInAreBounded(t *testing.T) {
	t.Parallel()
	g := newGateway(t, newOffice())
	g.lobby = newLobby(2, 100)
	first := dial(t, g, "")
	dial(t, g, "")
	err := g.Upgrade(httptest.NewRecorder(), upgrade(), "client")
	if e, _ := chat.AsError(err); e.Code != chat.CodeRateLimited || e.RetryAfter <= 0 {
		t.Fatalf("a third got in: %v", err)
	}
	signIn(t, g) // with a token it is no stranger
	if leave, err := g.lobby.enter("another"); err != nil {
		t.Error(err)
	} else {
		leave()
	}

	first.write(`{"type":"auth","id":"1","data":{"token":"ann's"}}`)
	first.expect("hello", "1")
	last := dial(t, g, "")
	if n := g.waiting(); n != 2 {
		t.Errorf("%d are counted, want 2", n)
	}
	_ = last.Close()
	await(t, g, 1)
}

func TestAllConnectionsThatHaveStillToSignInAreBounded(t *testing.T) {
	t.Parallel()
	l := newLobby(2, 3)
	var leaves []func()
	for _, client := range []string{"a", "a", "b"} {
		leave, err := l.enter(client)
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, leave)
	}
	if _, err := l.enter("c"); chat.CodeOf(err) != chat.CodeOverloaded {
		t.Errorf("got %v", err)
	}
	for _, leave := range leaves {
		leave()
		leave() // counts once
	}
	if l.all != 0 || len(l.clients) != 0 {
		t.Errorf("%d of %v are left", l.all, l.clients)
	}
}

// What fails on the way to a connection leaves no trace.
func TestAFailedHandshakeIsCountedOut(t *testing.T) {
	t.Parallel()
	g := newGateway(t, newOffice())
	for range 2 * g.config.AnonymousPerClient {
		if err := g.Upgrade(httptest.NewRecorder(), upgrade(), "client"); err != nil { // a recorder gives no socket
			t.Fatal(err)
		}
	}
	if n := g.waiting(); n != 0 {
		t.Errorf("%d are counted", n)
	}
}

func await(t *testing.T, g *Gateway, n int) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for g.waiting() != n {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("%d are counted, want %d", g.waiting(), n)
		}
	}
}

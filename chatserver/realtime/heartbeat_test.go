package realtime

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
)

// pulse is a gateway whose heartbeat runs, with sessions on sinks.
func pulse(t *testing.T) *Gateway {
	t.Helper()
	return pulseOf(t, newOffice())
}

func pulseOf(t *testing.T, o *office) *Gateway {
	t.Helper()
	g := newGateway(t, o)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); g.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return g
}

// attach adds a session that was heard of just now and whose token lasts a while.
func attach(t *testing.T, g *Gateway, validity time.Duration) (*Session, *sink) {
	t.Helper()
	end := &sink{}
	ws, raw := connect(t, end)
	s := &Session{gateway: g, id: uuid.New(), user: ann, ws: ws, out: outbox{ws: ws, raw: raw, metrics: g.metrics}}
	s.touch()
	if validity > 0 {
		s.expiresAt.Store(time.Now().Add(validity).Unix())
	}
	g.admit(s)
	return s, end
}

// pings returns how many pings were written, and the last frame's close code.
func (s *sink) pings(t *testing.T) (n, code int) {
	t.Helper()
	for _, f := range s.frames(t) {
		if f.kind == websocket.PingMessage {
			n++
		}
		code = closeCode(f.kind, []byte(f.payload))
	}
	return n, code
}

func TestEachSessionIsPingedOnceAnInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := pulse(t)
		var ends []*sink
		for range 50 {
			_, end := attach(t, g, time.Hour)
			ends = append(ends, end)
		}
		pass(2 * heartbeatInterval)
		for _, end := range ends {
			if n, code := end.pings(t); n != 2 || code != 0 {
				t.Errorf("%d pings, close %d", n, code)
			}
		}
	})
}

func TestASilentSessionIsTakenForDead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := pulse(t)
		silent, end := attach(t, g, time.Hour)
		speaks, other := attach(t, g, time.Hour)
		for range 8 {
			pass(heartbeatInterval / 2)
			speaks.touch()
		}
		pass(heartbeatInterval / 2)
		end.look(func() {
			if !end.closed || !silent.out.isClosed() {
				t.Error("the silent one is still there")
			}
		})
		other.look(func() {
			if other.closed {
				t.Error("one who speaks was cut off")
			}
		})
	})
}

func TestASessionEndsWithItsToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := pulse(t)
		s, end := attach(t, g, 45*time.Second)
		pass(44 * time.Second)
		if s.out.isClosed() {
			t.Error("it ended before its token")
		}
		pass(heartbeatInterval + time.Second)
		if _, code := end.pings(t); code != closeTokenExpired {
			t.Errorf("the last frame closes with %d", code)
		}
	})
}

func TestWhoHasNotSignedInIsNotPinged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := pulse(t)
		_, end := attach(t, g, 0)
		pass(4 * heartbeatInterval)
		if n, code := end.pings(t); n != 0 || code != 0 {
			t.Errorf("%d pings, close %d", n, code)
		}
	})
}

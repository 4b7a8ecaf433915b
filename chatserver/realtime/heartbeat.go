package realtime

import (
	"context"
	"time"

	"github.com/gorilla/websocket"
)

const (
	heartbeatInterval = 30 * time.Second
	heartbeatDead     = 90 * time.Second // without a sign of life
)

// heartbeat pings every session once an interval, spread evenly over it, ends
// those that are dead then, and within a second those whose token has run out.
// One goroutine serves all connections, so that an idle one costs no timer.
func (g *Gateway) heartbeat(ctx context.Context) {
	const slots = int(heartbeatInterval / time.Second)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	ping := &outgoing{kind: websocket.PingMessage}
	var sessions []*Session // its memory is used again each second
	for slot := 0; ; slot = (slot + 1) % slots {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			sessions = g.appendAll(sessions)
			for _, s := range sessions {
				switch expires := s.expiresAt.Load(); {
				case expires == 0: // not signed in; see awaitAuth
				case now.Unix() >= expires:
					s.close(closeTokenExpired, "token expired")
				case int(s.id[15])%slots == slot:
					s.checkAlive(now, ping)
				}
			}
			clear(sessions)
			sessions = sessions[:0]
		}
	}
}

func (s *Session) checkAlive(now time.Time, ping *outgoing) {
	if now.Sub(time.Unix(s.lastRead.Load(), 0)) > heartbeatDead {
		s.out.abort()
		return
	}
	s.out.push(ping)
}

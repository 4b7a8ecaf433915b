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

// heartbeat pings every session once an interval, spread evenly over it, and
// ends those that are dead or whose token has run out. One goroutine serves all
// connections, so that an idle one costs no timer.
func (g *Gateway) heartbeat(ctx context.Context) {
	const slots = int(heartbeatInterval / time.Second)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	ping := &outgoing{kind: websocket.PingMessage}
	for slot := 0; ; slot = (slot + 1) % slots {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			for _, s := range g.all() {
				if int(s.id[15])%slots == slot && s.expiresAt.Load() > 0 { // signed in
					s.checkAlive(now, ping)
				}
			}
		}
	}
}

func (s *Session) checkAlive(now time.Time, ping *outgoing) {
	switch {
	case now.Sub(time.Unix(s.lastRead.Load(), 0)) > heartbeatDead:
		s.out.abort()
	case now.Unix() >= s.expiresAt.Load():
		s.close(closeTokenExpired, "token expired")
	default:
		s.out.push(ping)
	}
}

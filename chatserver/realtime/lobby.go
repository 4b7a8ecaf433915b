package realtime

import (
	"sync"
	"time"

	"uim.dev/uim/chatserver/chat"
)

// lobby counts the connections that have still to sign in, so that nobody can
// take up room by just connecting.
type lobby struct {
	perClient, total int

	mu      sync.Mutex
	clients map[string]int
	all     int
}

func newLobby(perClient, total int) lobby {
	return lobby{perClient: perClient, total: total, clients: map[string]int{}}
}

// enter counts a connection of a client's in; leave, which may be called more
// than once, counts it out. The error is rate_limited when the client has too
// many, and overloaded when all together are too many.
func (l *lobby) enter(client string) (leave func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.clients[client] >= l.perClient:
		return nil, &chat.Error{Code: chat.CodeRateLimited, RetryAfter: time.Second,
			Detail: "Too many connections of this address wait to sign in."}
	case l.all >= l.total:
		return nil, &chat.Error{Code: chat.CodeOverloaded, RetryAfter: time.Second}
	}
	l.clients[client]++
	l.all++
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.all--
		if l.clients[client]--; l.clients[client] == 0 {
			delete(l.clients, client)
		}
	}), nil
}

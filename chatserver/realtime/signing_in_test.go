package realtime

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
)

// slowJudge is an Authenticator that takes its time over each token.
type slowJudge struct {
	*office
	takes time.Duration
}

func (j slowJudge) Authenticate(ctx context.Context, token string) (auth.Identity, error) {
	<-time.After(j.takes)
	return j.office.Authenticate(ctx, token)
}

// dialPipe connects to a gateway without a network, for a synctest bubble.
func dialPipe(t *testing.T, g *Gateway) *client {
	t.Helper()
	near, far := net.Pipe()
	go func() {
		r, err := http.ReadRequest(bufio.NewReader(far))
		if err == nil {
			err = g.Upgrade(hijackable{httptest.NewRecorder(), far}, r, "client")
		}
		if err != nil {
			t.Error(err)
		}
	}()
	d := websocket.Dialer{
		Subprotocols:   []string{Subprotocol},
		NetDialContext: func(context.Context, string, string) (net.Conn, error) { return near, nil },
	}
	conn, _, err := d.DialContext(t.Context(), "ws://uim.test/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &client{conn, t}
}

// A store that is slow or away is no fault of the client's: it must not be told
// that it did not sign in, after which clients do not come back by themselves.
func TestTheTimeToSignInIsTheClients(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		takes time.Duration
		auth  []string // tokens, one after the other
		close int      // 0: it stays open
	}{
		"who says nothing":              {0, nil, closeUnauthenticated},
		"who is judged slowly":          {DefaultConfig.AuthTimeout + time.Second, []string{"ann's"}, 0},
		"who is not judged":             {0, []string{"later"}, closeGoingAway},
		"who is not judged, slowly":     {DefaultConfig.AuthTimeout + time.Second, []string{"later", "later"}, closeGoingAway},
		"who is judged in the end":      {time.Second, []string{"later", "later", "ann's"}, 0},
		"who fails in a way of its own": {0, []string{"broken"}, closeGoingAway},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				o := newOffice()
				o.refusals["later"], o.refusals["broken"] = &chat.Error{Code: chat.CodeUnavailable}, context.DeadlineExceeded
				g := newGateway(t, o)
				g.auth = slowJudge{o, c.takes}
				conn := dialPipe(t, g)
				for _, token := range c.auth {
					conn.write(`{"type":"auth","id":"1","data":{"token":"` + token + `"}}`)
					if token == "ann's" {
						conn.expect("hello", "1")
					} else {
						conn.expect("error", "1")
					}
				}
				if c.close != 0 {
					conn.expectClose(c.close)
					return
				}
				pass(time.Minute)
				conn.write(`{"type":"ping","id":"2"}`)
				conn.expect("pong", "2")
			})
		})
	}
}

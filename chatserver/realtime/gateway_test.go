package realtime

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
)

func TestOrigins(t *testing.T) {
	t.Parallel()
	g := &Gateway{config: Config{AllowedOrigins: []string{"https://app.example.com", "http://localhost:5173"}}}
	for origin, want := range map[string]bool{
		"":                                  true, // programs send none
		"https://chat.example.com":          true,
		"http://chat.example.com":           true, // a proxy in front may speak TLS
		"https://CHAT.example.com":          true,
		"https://app.example.com":           true,
		"http://localhost:5173":             true,
		"http://app.example.com":            false,
		"https://app.example.com:8443":      false,
		"https://app.example.com.evil.net":  false,
		"https://chat.example.com:8443":     false,
		"https://evil.net":                  false,
		"https://chat.example.com@evil.net": false,
		"null":                              false,
		"file://":                           false,
		"chat.example.com":                  false,
		"%":                                 false,
	} {
		r := httptest.NewRequest(http.MethodGet, "https://chat.example.com/ws", nil)
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		if got := g.originAllowed(r); got != want {
			t.Errorf("origin %q: %t, want %t", origin, got, want)
		}
	}
}

// upgrade returns a request for a WebSocket that would be granted.
func upgrade() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/ws", nil)
	for k, v := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol": Subprotocol,
	} {
		r.Header.Set(k, v)
	}
	return r
}

func TestHandshakesThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*http.Request, *Gateway)
		want  chat.Code
	}{
		"no subprotocol":      {func(r *http.Request, _ *Gateway) { r.Header.Del("Sec-WebSocket-Protocol") }, chat.CodeInvalidRequest},
		"another subprotocol": {func(r *http.Request, _ *Gateway) { r.Header.Set("Sec-WebSocket-Protocol", "chat") }, chat.CodeInvalidRequest},
		"no upgrade":          {func(r *http.Request, _ *Gateway) { r.Header.Del("Upgrade") }, chat.CodeInvalidRequest},
		"a foreign page":      {func(r *http.Request, _ *Gateway) { r.Header.Set("Origin", "https://evil.net") }, chat.CodeForbidden},
		"a bad token":         {func(r *http.Request, _ *Gateway) { r.Header.Set("Authorization", "Bearer bad") }, chat.CodeUnauthenticated},
		"a server that ends":  {func(_ *http.Request, g *Gateway) { g.draining = true }, chat.CodeUnavailable},
	} {
		g := newGateway(t, newOffice())
		r := upgrade()
		c.spoil(r, g)
		err := g.Upgrade(httptest.NewRecorder(), r, "client")
		if err == nil || chat.CodeOf(err) != c.want {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
		if len(g.all()) != 0 {
			t.Errorf("%s: a session began", name)
		}
	}
}

func TestAHandshakeThatCanNotBeFinishedBeginsNothing(t *testing.T) {
	t.Parallel()
	g := newGateway(t, newOffice())
	if err := g.Upgrade(httptest.NewRecorder(), upgrade(), "client"); err != nil { // a recorder gives no socket
		t.Errorf("got %v", err)
	}
	if len(g.all()) != 0 {
		t.Error("a session began")
	}
}

func (o *office) StillActive(_ context.Context, id auth.Identity) error {
	o.mu.Lock()
	recheck := o.recheck
	o.mu.Unlock()
	if recheck != nil {
		return recheck(id)
	}
	return nil
}

func (o *office) NameDevice(_ context.Context, id auth.Identity, name string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.devices[id.SessionID] = name
	return o.unnamed
}

func (o *office) Ended(_ context.Context, signIns []auth.Identity) (ended []chat.SessionsEnded, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.ended {
		for _, id := range signIns {
			if id.UserID == e.UserID && e.Covers(id.SessionID) {
				ended = append(ended, e)
			}
		}
	}
	return ended, nil
}

func (o *office) Authenticate(_ context.Context, token string) (auth.Identity, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.refusals[token]; err != nil {
		return auth.Identity{}, err
	}
	id, ok := o.tokens[token]
	if !ok {
		return auth.Identity{}, &chat.Error{Code: chat.CodeUnauthenticated}
	}
	return id, nil
}

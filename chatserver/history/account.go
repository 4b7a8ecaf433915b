package history

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/wire"
)

// requestTimeout bounds a request, so that a server that hangs is left.
const requestTimeout = 10 * time.Second

// Server is where UIM is reached.
type Server struct {
	URLs    []string       // of the nodes, or one of what stands before them
	Connect string         // host that stands in for the one of the URL; empty for none
	Roots   *x509.CertPool // authorities to trust; nil for the system's
	OneShot bool           // a new connection for each request
}

func (s Server) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.Connect != "" {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		address = net.JoinHostPort(s.Connect, port)
	}
	return (&net.Dialer{Timeout: requestTimeout}).DialContext(ctx, network, address)
}

func (s Server) tls() *tls.Config { return &tls.Config{RootCAs: s.Roots, MinVersion: tls.VersionTLS12} }

// Account is somebody signed in. Any goroutine may use it.
type Account struct {
	User   wire.Self
	server Server
	http   *http.Client

	mu     sync.Mutex // held over a refresh: a refresh token works once
	tokens wire.TokenResponse
	ends   time.Time // of the access token
}

// SignIn signs in with a password.
func SignIn(ctx context.Context, s Server, username, password string) (*Account, error) {
	return enter(ctx, s, "/api/auth/login", wire.LoginRequest{Username: username, Password: password})
}

// Register makes an account.
func Register(ctx context.Context, s Server, username, password string) (*Account, error) {
	return enter(ctx, s, "/api/auth/register", wire.RegisterRequest{Username: username, Password: password})
}

func enter(ctx context.Context, s Server, path string, body any) (*Account, error) {
	a := &Account{server: s, http: &http.Client{
		Timeout:   requestTimeout,
		Transport: &http.Transport{DialContext: s.dial, TLSClientConfig: s.tls(), DisableKeepAlives: s.OneShot, MaxIdleConnsPerHost: 4},
	}}
	tokens, err := request[wire.TokenResponse](ctx, a, http.MethodPost, s.URLs[0]+path, "", body)
	if err != nil {
		return nil, err
	}
	a.keep(tokens)
	a.User = tokens.User
	return a, nil
}

func (a *Account) keep(tokens wire.TokenResponse) {
	a.tokens, a.ends = tokens, time.Now().Add(time.Duration(tokens.ExpiresIn)*time.Second)
}

// Close lets go of idle connections.
func (a *Account) Close() { a.http.CloseIdleConnections() }

// renewBefore is how long before its end an access token is replaced.
const renewBefore = 30 * time.Second

// token returns an access token that is good for a while.
func (a *Account) token(ctx context.Context, node string) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.tokens.ExpiresIn == 0 || time.Until(a.ends) > renewBefore {
		return a.tokens.AccessToken, nil
	}
	fresh, err := request[wire.TokenResponse](ctx, a, http.MethodPost, node+"/api/auth/refresh", "", wire.RefreshRequest{RefreshToken: a.tokens.RefreshToken})
	if err != nil {
		return "", fmt.Errorf("renewing the session: %w", err)
	}
	a.keep(fresh)
	return fresh.AccessToken, nil
}

// tokenRefused makes the next token a fresh one.
func (a *Account) tokenRefused() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ends = time.Now()
}

// tokenEnds is when the access token has to be replaced; zero for never.
func (a *Account) tokenEnds() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.tokens.ExpiresIn == 0 {
		return time.Time{}
	}
	return a.ends.Add(-renewBefore)
}

// OpenDirect opens the 1:1 conversation with a person.
func (a *Account) OpenDirect(ctx context.Context, peer uuid.UUID) (wire.Conversation, error) {
	return Call[wire.Conversation](ctx, a, http.MethodPost, "/api/conversations", wire.OpenDirectRequest{UserID: peer})
}

// MessagesAfter returns the whole history after a seq.
func (a *Account) MessagesAfter(ctx context.Context, conversation uuid.UUID, seq int64) ([]wire.Message, error) {
	return a.messagesAfter(ctx, a.server.URLs[0], conversation, seq)
}

func (a *Account) messagesAfter(ctx context.Context, node string, conversation uuid.UUID, seq int64) ([]wire.Message, error) {
	var all []wire.Message
	for {
		path := fmt.Sprintf("/api/conversations/%s/messages?limit=100&after_seq=%d", conversation, seq)
		page, err := callNode[wire.MessageList](ctx, a, http.MethodGet, node, path, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if len(page.Items) < 100 {
			return all, nil
		}
		seq = page.Items[len(page.Items)-1].Seq
	}
}

// members returns everyone in a conversation.
func (a *Account) members(ctx context.Context, conversation uuid.UUID) ([]wire.Member, error) {
	var all []wire.Member
	for cursor := ""; ; {
		page, err := Call[wire.MemberList](ctx, a, http.MethodGet, "/api/conversations/"+conversation.String()+"/members?limit=100&cursor="+cursor, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.NextCursor == nil {
			return all, nil
		}
		cursor = *page.NextCursor
	}
}

// socket opens a WebSocket; signing in on it is the first frame's job.
func (a *Account) socket(ctx context.Context, node string) (*websocket.Conn, error) {
	address, err := url.Parse(node)
	if err != nil {
		return nil, err
	}
	address.Scheme = strings.Replace(address.Scheme, "http", "ws", 1)
	address.Path = "/ws"
	dialer := websocket.Dialer{
		NetDialContext: a.server.dial, TLSClientConfig: a.server.tls(), Subprotocols: []string{"uim.v1"}, HandshakeTimeout: requestTimeout,
	}
	ws, response, err := dialer.DialContext(ctx, address.String(), nil)
	if response != nil {
		_ = response.Body.Close()
	}
	return ws, err
}

// RefusalError is an answer other than 2xx.
type RefusalError struct{ Request, Status, Code, Detail string }

func (r *RefusalError) Error() string { return r.Request + ": " + r.Status + " " + r.Detail }

// Call sends a request and reads the answer; any status but 2xx is a *RefusalError.
func Call[T any](ctx context.Context, a *Account, method, path string, body any) (T, error) {
	return CallAt[T](ctx, a, 0, method, path, body)
}

// CallAt is Call to one of the nodes, counted on and on.
func CallAt[T any](ctx context.Context, a *Account, node int, method, path string, body any) (T, error) {
	return callNode[T](ctx, a, method, a.server.URLs[node%len(a.server.URLs)], path, body)
}

func callNode[T any](ctx context.Context, a *Account, method, node, path string, body any) (T, error) {
	token, err := a.token(ctx, node)
	if err != nil {
		var none T
		return none, err
	}
	return request[T](ctx, a, method, node+path, token, body)
}

func request[T any](ctx context.Context, a *Account, method, address, token string, body any) (T, error) {
	var answer T
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			return answer, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, address, &content)
	if err != nil {
		return answer, err
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := a.http.Do(r)
	if err != nil {
		return answer, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode/100 != 2 {
		var problem wire.Problem
		_ = json.NewDecoder(response.Body).Decode(&problem)
		return answer, &RefusalError{Request: method + " " + r.URL.Path, Status: response.Status, Code: problem.Code, Detail: problem.Detail}
	}
	if response.StatusCode == http.StatusNoContent {
		return answer, nil
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return answer, fmt.Errorf("%s %s: reading the answer: %w", method, r.URL.Path, err)
	}
	return answer, nil
}

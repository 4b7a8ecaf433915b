package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/wire"
)

// server is where UIM is reached.
type server struct {
	url     string
	connect string // host that stands in for the one of url; empty for none
	roots   *x509.CertPool
}

func (s *server) trust(file string) error {
	if file == "" {
		return nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	s.roots = x509.NewCertPool()
	if !s.roots.AppendCertsFromPEM(content) {
		return fmt.Errorf("%s holds no certificate", file)
	}
	return nil
}

func (s server) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.connect != "" {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		address = net.JoinHostPort(s.connect, port)
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

func (s server) tls() *tls.Config { return &tls.Config{RootCAs: s.roots, MinVersion: tls.VersionTLS12} }

// account is somebody signed in.
type account struct {
	server server
	http   *http.Client
	token  string
	user   wire.Self
}

// signIn signs in with a password.
func signIn(ctx context.Context, s server, username, password string) (*account, error) {
	a := &account{server: s, http: &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{DialContext: s.dial, TLSClientConfig: s.tls()},
	}}
	tokens, err := call[wire.TokenResponse](ctx, a, http.MethodPost, "/api/auth/login", wire.LoginRequest{Username: username, Password: password})
	if err != nil {
		return nil, fmt.Errorf("signing in as %s: %w", username, err)
	}
	a.token, a.user = tokens.AccessToken, tokens.User
	return a, nil
}

// conversationWith opens the 1:1 conversation.
func (a *account) conversationWith(ctx context.Context, peer uuid.UUID) (wire.Conversation, error) {
	return call[wire.Conversation](ctx, a, http.MethodPost, "/api/conversations", wire.OpenDirectRequest{UserID: peer})
}

// messagesAfter returns the whole history after a seq.
func (a *account) messagesAfter(ctx context.Context, conversation uuid.UUID, seq int64) ([]wire.Message, error) {
	var all []wire.Message
	for {
		path := fmt.Sprintf("/api/conversations/%s/messages?limit=100&after_seq=%d", conversation, seq)
		page, err := call[wire.MessageList](ctx, a, http.MethodGet, path, nil)
		if err != nil {
			return nil, err
		}
		if len(page.Items) == 0 {
			return all, nil
		}
		all = append(all, page.Items...)
		seq = page.Items[len(page.Items)-1].Seq
	}
}

// socket opens a WebSocket; signing in on it is the first frame's job.
func (a *account) socket(ctx context.Context) (*websocket.Conn, error) {
	address, err := url.Parse(a.server.url)
	if err != nil {
		return nil, err
	}
	address.Scheme = strings.Replace(address.Scheme, "http", "ws", 1)
	address.Path = "/ws"
	dialer := websocket.Dialer{
		NetDialContext:   a.server.dial,
		TLSClientConfig:  a.server.tls(),
		Subprotocols:     []string{"uim.v1"},
		HandshakeTimeout: 10 * time.Second,
	}
	ws, response, err := dialer.DialContext(ctx, address.String(), nil)
	if response != nil {
		_ = response.Body.Close()
	}
	return ws, err
}

// call sends a request and reads the answer, whose status must be 2xx.
func call[T any](ctx context.Context, a *account, method, path string, body any) (T, error) {
	var answer T
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			return answer, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, a.server.url+path, &content) //nolint:gosec // the caller's own choice
	if err != nil {
		return answer, err
	}
	request.Header.Set("Content-Type", "application/json")
	if a.token != "" {
		request.Header.Set("Authorization", "Bearer "+a.token)
	}
	response, err := a.http.Do(request) //nolint:gosec // as above
	if err != nil {
		return answer, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode/100 != 2 {
		var problem wire.Problem
		_ = json.NewDecoder(response.Body).Decode(&problem)
		return answer, fmt.Errorf("%s %s: %s %s", method, path, response.Status, problem.Detail)
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return answer, errors.Join(fmt.Errorf("%s %s", method, path), err)
	}
	return answer, nil
}

package dev

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// demoAccounts are the people a new installation begins with. The password is
// known to everyone, which is why `uim dev` listens on this machine alone.
var demoAccounts = []struct{ username, displayName string }{{"alice", "Alice Adams"}, {"bob", "Bob Brown"}}

const demoPassword = "demo-password"

// introduce waits for the node, makes the demo accounts if they are not there,
// and prints how to begin.
func introduce(ctx context.Context, url string, out io.Writer) error {
	if err := awaitReady(ctx, url); err != nil {
		return err
	}
	for _, a := range demoAccounts {
		body, err := json.Marshal(map[string]string{"username": a.username, "password": demoPassword, "display_name": a.displayName})
		if err != nil {
			return err
		}
		status, err := post(ctx, url+"/api/auth/register", body)
		if err != nil {
			return err
		}
		if status != http.StatusCreated && status != http.StatusConflict { // conflict: made by an earlier run
			return fmt.Errorf("registering %s: status %d", a.username, status)
		}
	}
	_, err := fmt.Fprintf(out, "\n  UIM is at  %s\n\n  Sign in as %s or %s, password %s, in two browsers.\n  Ctrl-C stops everything.\n\n",
		url, demoAccounts[0].username, demoAccounts[1].username, demoPassword)
	return err
}

func awaitReady(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", nil)
		if err != nil {
			return err
		}
		if answer, err := http.DefaultClient.Do(request); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the server: %w", ctx.Err())
		case <-ticker.C:
		}
	}
}

func post(ctx context.Context, url string, body []byte) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

// publicURL is how a browser on this machine reaches a listening address.
func publicURL(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil || host == "" || net.ParseIP(host).IsUnspecified() || net.ParseIP(host).IsLoopback() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

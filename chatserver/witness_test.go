package chatserver_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"uim.dev/uim/chatserver/conformance"
)

// witness is a test whose conversation with the server is held against the
// contract, and whose secrets are remembered.
type witness struct {
	*testing.T
	contract *contract
	secrets  *secrets
}

var _ conformance.Witness = witness{}

// SawExchange implements conformance.Witness.
func (w witness) SawExchange(request *http.Request, sent []byte, response *http.Response, got []byte) {
	w.Helper()
	if err := w.contract.exchange(request, sent, response, got); err != nil {
		w.Error(err)
	}
	w.secrets.learn(sent)
	w.secrets.learn(got)
	w.secrets.add(strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer "))
	for _, c := range append(request.Cookies(), response.Cookies()...) {
		w.secrets.add(c.Value)
	}
}

// SawFrame implements conformance.Witness.
func (w witness) SawFrame(text []byte) {
	w.Helper()
	if err := w.contract.frame(text); err != nil {
		w.Error(err)
	}
	w.secrets.learn(text)
}

// secrets is everything that must not be in a log: tokens, passwords, and what
// people write to each other.
type secrets struct {
	mu    sync.Mutex
	known map[string]bool
}

// secretMembers are the members of JSON objects that hold secrets.
var secretMembers = map[string]bool{
	"password": true, "current_password": true, "new_password": true, "access_token": true, "refresh_token": true, "token": true,
	"content": true, "email": true,
}

// add remembers a secret; short ones are left out, since they may be in a log by chance.
func (s *secrets) add(secret string) {
	if len(secret) < 9 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]bool{}
	}
	s.known[secret] = true
}

// learn remembers the secrets in JSON.
func (s *secrets) learn(text []byte) {
	var value any
	if json.Unmarshal(text, &value) == nil {
		s.look(value)
	}
}

func (s *secrets) look(value any) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			s.look(item)
		}
	case map[string]any:
		for name, member := range v {
			if text, ok := member.(string); ok && secretMembers[name] {
				s.add(text)
			} else {
				s.look(member)
			}
		}
	}
}

// missingFrom fails the test for each secret in a log.
func (s *secrets) missingFrom(t *testing.T, log string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for secret := range s.known {
		escaped, err := json.Marshal(secret) // as a JSON log holds it
		if err != nil {
			t.Fatal(err)
		}
		if i := strings.Index(log, string(escaped[1:len(escaped)-1])); i >= 0 {
			t.Errorf("the log holds %.40q: …%s…", secret, log[max(0, i-200):min(len(log), i+100)])
		}
	}
}

// journal is a log that a test can read.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

// logger returns a logger that writes everything to the journal.
func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

package chatserver_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"uim.dev/uim/chatserver"
	"uim.dev/uim/chatserver/conformance"
	"uim.dev/uim/chatserver/telemetry"
)

// sentinel stands for whatever must not be in a log.
const sentinel = "Hunter2-Geheim-秘密"

// People put secrets into the oddest places, and faults quote what they fail at.
func TestNoLogHoldsWhatIsSecret(t *testing.T) {
	c := newCluster(t)
	var log journal
	c.log = log.logger()
	node, stop := c.start(t)
	env := conformance.NewEnv(node)
	defer env.Close()
	alice, bob := env.NewPerson(t, 0), env.NewPerson(t, 0)
	conversation := alice.Open(t, bob)
	alice.Connect(t)
	bob.Connect(t)
	alice.Submit(t, conversation, sentinel+" by WebSocket")
	bob.Receive(t)
	alice.Send(t, conversation, sentinel+" by HTTP")

	for _, r := range []struct{ method, path, body, header string }{
		{"POST", "/api/auth/register", `{"username":"leaky","password":"` + sentinel + `"}`, ""},
		{"POST", "/api/auth/register", `{"username":"leaky","password":"` + sentinel + `"}`, ""}, // taken
		{"POST", "/api/auth/login", `{"username":"` + sentinel + `","password":"` + sentinel + `"}`, ""},
		{"POST", "/api/auth/login", `{"username":"leaky","password":"` + sentinel, ""},
		{"POST", "/api/auth/login", `{"username":"leaky","password":["` + sentinel + `"]}`, ""},
		{"POST", "/api/auth/login", `{"username":"leaky","` + sentinel + `":1}`, ""},
		{"POST", "/api/auth/refresh", `{"refresh_token":"` + sentinel + `"}`, ""},
		{"POST", "/api/auth/refresh", ``, "Cookie: uim_refresh=" + sentinel},
		{"GET", "/api/me", ``, "Authorization: Bearer " + sentinel},
		{"GET", "/api/me?access_token=" + url.QueryEscape(sentinel), ``, ""},
		{"GET", "/api/users/" + url.PathEscape(sentinel), ``, ""},
		{"GET", "/" + url.PathEscape(sentinel), ``, "X-Request-Id: " + sentinel},
		{"GET", "/ws?token=" + url.QueryEscape(sentinel), ``, "Authorization: Bearer " + sentinel},
	} {
		request, err := http.NewRequestWithContext(t.Context(), r.method, node+r.path, strings.NewReader(r.body))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("User-Agent", sentinel)
		if name, value, ok := strings.Cut(r.header, ": "); ok {
			request.Header.Set(name, value)
		}
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
	}
	for _, text := range []string{
		`{"type":"auth","data":{"token":"` + sentinel + `"}}`, `{"type":"` + sentinel + `"}`, `{"type":"message.send","data":"` + sentinel + `"}`, sentinel,
	} {
		spoil(t, node, text)
	}
	stop()
	require.Contains(t, log.String(), "Answered a request")
	for _, form := range []string{sentinel, url.QueryEscape(sentinel), url.PathEscape(sentinel), "Hunter2"} {
		require.NotContains(t, log.String(), form)
	}
}

// spoil sends a frame on a connection of its own and reads until it is over.
func spoil(t *testing.T, node, text string) {
	t.Helper()
	d := websocket.Dialer{Subprotocols: []string{"uim.v1"}}
	ws, _, err := d.DialContext(t.Context(), "ws"+strings.TrimPrefix(node, "http")+"/ws", nil)
	require.NoError(t, err)
	defer func() { _ = ws.Close() }()
	require.NoError(t, ws.WriteMessage(websocket.TextMessage, []byte(text)))
	require.NoError(t, ws.WriteMessage(websocket.BinaryMessage, nil)) // a violation that ends it
	for err == nil {
		_, _, err = ws.ReadMessage()
	}
}

func TestTheLogGoesWhereItIsTold(t *testing.T) {
	config, err := chatserver.DefaultConfig()
	require.NoError(t, err)
	config.LogFile = filepath.Join(t.TempDir(), uuid.NewString()+".log")
	out, err := config.LogOutput()
	require.NoError(t, err)
	log, err := telemetry.NewLogger(out, config.LogLevel, config.LogFormat)
	require.NoError(t, err)
	log.Info("It began")
	require.NoError(t, out.Close())
	require.FileExists(t, config.LogFile)

	config.LogFile = ""
	out, err = config.LogOutput()
	require.NoError(t, err)
	require.NoError(t, out.Close(), "standard output stays open")
}

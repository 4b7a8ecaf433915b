package chatserver_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/uuid"
	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"uim.dev/uim/chatserver"
	"uim.dev/uim/chatserver/wire"
)

// prey is a node under fuzzing, and a person on it. Texts may hold
// {conversation_id}, {user_id} and so on where the fuzzer can't guess.
type prey struct {
	contract *contract
	url      string
	token    string
	ids      map[string]string
}

func newPrey(f *testing.F) *prey {
	f.Helper()
	c := newCluster(f)
	node, _ := c.start(f, func(config *chatserver.Config) {
		config.PasswordCost, config.MessagesPerMinute, config.MessagesPerHour = bcrypt.MinCost, 1<<30, 1<<30
	})
	p := &prey{contract: newContract(f), url: node, ids: map[string]string{}}
	p.signUp(f)
	return p
}

const fuzzPassword = "correct horse battery"

// signUp makes a new person with a conversation.
func (p *prey) signUp(t testing.TB) {
	t.Helper()
	var peer, self wire.TokenResponse
	for _, into := range []*wire.TokenResponse{&peer, &self} {
		_, text := p.ask(t, "POST", "/api/auth/register", "", `{"username":"f`+strings.ReplaceAll(uuid.NewString(), "-", "")+`","password":"`+fuzzPassword+`"}`)
		require.NoError(t, json.Unmarshal(text, into))
		p.token = into.AccessToken
	}
	_, text := p.ask(t, "POST", "/api/conversations", "", `{"user_id":"`+peer.User.ID.String()+`"}`)
	var conversation wire.Conversation
	require.NoError(t, json.Unmarshal(text, &conversation))
	_, text = p.ask(t, "POST", "/api/conversations/"+conversation.ID.String()+"/messages", "", `{"client_msg_id":"`+uuid.NewString()+`","content":"hello"}`)
	var ack wire.MessageAck
	require.NoError(t, json.Unmarshal(text, &ack))
	p.ids = map[string]string{
		"{user_id}": peer.User.ID.String(), "{conversation_id}": conversation.ID.String(), "{message_id}": ack.MessageID.String(),
		"{refresh_token}": self.RefreshToken, "{username}": peer.User.Username, "{password}": fuzzPassword, "{id}": uuid.NewString(),
	}
}

func (p *prey) fill(text string) string {
	for placeholder, id := range p.ids {
		text = strings.ReplaceAll(text, placeholder, id)
	}
	return text
}

// ask makes a request, and fails the test when the answer is not one the contract has.
func (p *prey) ask(t testing.TB, method, path, query, body string) (int, []byte) {
	t.Helper()
	target, err := url.Parse(p.url)
	require.NoError(t, err)
	target.Path = path
	target.RawQuery = strings.ReplaceAll(query, " ", "+") // a space would end the address
	request, err := http.NewRequestWithContext(t.Context(), method, target.String(), strings.NewReader(body))
	if err != nil {
		t.Skip("no client can send this")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+p.token)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err, "%s %q?%q %q", method, path, query, body)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	if response.StatusCode >= 500 {
		t.Errorf("%s %q?%q %q: %d %s", method, path, query, body, response.StatusCode, text)
	}
	if o, ok := p.contract.find(method, path); ok {
		if err := p.contract.answer(o, response, text); err != nil {
			t.Errorf("%s %q?%q %q: %v", method, path, query, body, err)
		}
	}
	if response.StatusCode == http.StatusUnprocessableEntity {
		var problem wire.Problem
		if json.Unmarshal(text, &problem) != nil || len(problem.Errors) == 0 || problem.Errors[0].Field == "" {
			t.Errorf("%s %q?%q %q names no field: %s", method, path, query, body, text)
		}
	}
	return response.StatusCode, text
}

// Whatever is asked, no route breaks: every answer is one of the contract, none
// is a server's error, and every refused value is named.
func FuzzRoutes(f *testing.F) {
	p := newPrey(f)
	for path, operations := range p.contract.Paths {
		for method, o := range operations {
			f.Add(strings.ToUpper(method)+" "+path, "", p.contract.example(f, o))
			f.Add(strings.ToUpper(method)+" "+path, "q=a&filter=unread,group&limit=2&cursor=YQ&before_seq=3&from=2026-01-01T00:00:00Z&sender={user_id}", "{}")
		}
	}
	f.Add("GET /api/users", "q=%00", "")
	f.Add("GET /api/users", "q=%ff%25_%5C", "")
	f.Fuzz(func(t *testing.T, route, query, body string) {
		method, path, _ := strings.Cut(route, " ")
		status, _ := p.ask(t, method, p.fill(path), p.fill(query), p.fill(body))
		if status == http.StatusUnauthorized { // perhaps the session was ended
			if status, _ = p.ask(t, "GET", "/api/me", "", ""); status != http.StatusOK {
				p.signUp(t)
			}
		}
	})
}

// Whatever a client says over WebSocket, it is answered or the connection is
// closed, nothing is a server's error, and all frames are of the contract.
func FuzzFrames(f *testing.F) {
	p := newPrey(f)
	for kind, schema := range p.contract.Frames.Client {
		data := "{}"
		if schema != "" {
			data = p.contract.exampleOf(f, map[string]any{"$ref": "#/components/schemas/" + schema}, "")
		}
		f.Add(`{"type":"` + kind + `","id":"1","data":` + data + `}`)
		f.Add(`{"type":"` + kind + `","id":"1"}`)
	}
	const unsendable = `{"type":"message.send","id":"1","data":{"conversation_id":"{conversation_id}","client_msg_id":"{id}","content":"a\u0000b"}}`
	for _, text := range []string{unsendable, ``, `[]`, `{"type":7}`, `{"type":"ping","id":[]}`, "\xff", `{"type":"\ud800"}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ws := p.connect(t)
		defer func() { _ = ws.Close() }()
		require.NoError(t, ws.WriteMessage(websocket.TextMessage, []byte(p.fill(text))))
		// The answer to a message comes after those to all before it.
		end := p.fill(`{"type":"message.send","id":"the end","data":{"conversation_id":"{conversation_id}","content":"bye","client_msg_id":"`) + uuid.NewString() + `"}}`
		require.NoError(t, ws.WriteMessage(websocket.TextMessage, []byte(end)))
		for {
			_, got, err := ws.ReadMessage()
			if err != nil {
				require.True(t, websocket.IsCloseError(err, 4503), "%q: %v", text, err)
				return
			}
			require.NoError(t, p.contract.frame(got))
			require.NotContains(t, string(got), `"internal"`, "%q", text)
			if strings.HasPrefix(string(got), `{"type":"message.ack","re":"the end"`) {
				return
			}
		}
	})
}

func (p *prey) connect(t testing.TB) *websocket.Conn {
	t.Helper()
	d := websocket.Dialer{Subprotocols: []string{"uim.v1"}}
	ws, _, err := d.DialContext(t.Context(), "ws"+strings.TrimPrefix(p.url, "http")+"/ws", http.Header{"Authorization": {"Bearer " + p.token}})
	require.NoError(t, err)
	return ws
}

// example returns a body of an operation, or nothing for one without.
func (c *contract) example(t testing.TB, o operation) string {
	t.Helper()
	if o.RequestBody == nil {
		return ""
	}
	return c.exampleOf(t, map[string]any{"$ref": "#" + o.pointer + "/requestBody/content/application~1json/schema"}, "")
}

// exampleOf returns JSON that fits a schema, as the value of a member by a name.
func (c *contract) exampleOf(t testing.TB, schema map[string]any, name string) string {
	t.Helper()
	if ref, ok := schema["$ref"].(string); ok {
		schema = lookUp(t, strings.TrimPrefix(ref, "#"))
		if ref == "#/components/schemas/ID" && !strings.HasPrefix(name, "conversation") && !strings.HasPrefix(name, "user") {
			name = "id"
		}
	}
	if choices, ok := schema["enum"].([]any); ok {
		text, err := json.Marshal(choices[0])
		require.NoError(t, err)
		return string(text)
	}
	switch schema["type"] {
	case "object":
		properties, _ := schema["properties"].(map[string]any)
		members := []string{}
		for member, inner := range properties {
			members = append(members, `"`+member+`":`+c.exampleOf(t, inner.(map[string]any), member))
		}
		slices.Sort(members)
		return "{" + strings.Join(members, ",") + "}"
	case "array":
		return "[" + c.exampleOf(t, schema["items"].(map[string]any), strings.TrimSuffix(name, "s")) + "]"
	case "integer", "number":
		return "1"
	case "boolean":
		return "true"
	}
	if schema["format"] == "date-time" {
		return `"2026-11-24T00:00:00.000Z"`
	}
	return `"{` + name + `}"`
}

// lookUp returns the part of the contract at a JSON pointer.
func lookUp(t testing.TB, pointer string) map[string]any {
	t.Helper()
	var at any
	text, err := yaml.YAMLToJSON(wire.OpenAPI)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &at))
	for _, name := range strings.Split(pointer, "/")[1:] {
		at = at.(map[string]any)[strings.NewReplacer("~1", "/", "~0", "~").Replace(name)]
	}
	return at.(map[string]any)
}

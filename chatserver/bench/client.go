package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/wire"
)

// person is an account made for a run.
type person struct {
	url    string
	tokens wire.TokenResponse
}

func register(ctx context.Context, url string) (*person, error) {
	p := &person{url: strings.TrimSuffix(url, "/")}
	name := "bench-" + uuid.NewString()
	return p, p.post(ctx, "/api/auth/register", wire.RegisterRequest{Username: name, Password: uuid.NewString()}, &p.tokens)
}

func (p *person) open(ctx context.Context, peer *person) (string, error) {
	var c wire.Conversation
	err := p.post(ctx, "/api/conversations", wire.OpenDirectRequest{UserID: peer.tokens.User.ID}, &c)
	return c.ID.String(), err
}

func (p *person) post(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if p.tokens.AccessToken != "" {
		request.Header.Set("Authorization", "Bearer "+p.tokens.AccessToken)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s answered %s: %s", path, response.Status, text)
	}
	return json.Unmarshal(text, out)
}

// connection is a person's signed-in WebSocket.
type connection struct{ ws *websocket.Conn }

func (p *person) connect(ctx context.Context) (*connection, error) {
	d := websocket.Dialer{Subprotocols: []string{"uim.v1"}}
	ws, response, err := d.DialContext(ctx, "ws"+strings.TrimPrefix(p.url, "http")+"/ws",
		http.Header{"Authorization": {"Bearer " + p.tokens.AccessToken}})
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	_ = response.Body.Close()
	c := &connection{ws}
	f, err := c.next()
	if err == nil && f.Type != "hello" {
		err = errors.New("the first frame is " + f.Type)
	}
	return c, err
}

func (c *connection) close() { _ = c.ws.Close() }

type frame struct {
	Type string          `json:"type"`
	Re   string          `json:"re"`
	Data json.RawMessage `json:"data"`
}

func (c *connection) next() (frame, error) {
	var f frame
	_, text, err := c.ws.ReadMessage()
	if err != nil {
		return f, fmt.Errorf("reading: %w", err)
	}
	return f, json.Unmarshal(text, &f)
}

// send sends each message when it is due. Its number is its content's beginning
// and the frame's id.
func (c *connection) send(ctx context.Context, conversation string, o Options, due func(int) time.Time) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for i := range o.Messages {
		timer.Reset(time.Until(due(i)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		number := strconv.Itoa(i)
		content := number + " " + strings.Repeat("x", max(1, o.Bytes-len(number)-1))
		err := c.ws.WriteJSON(map[string]any{"type": "message.send", "id": number, "data": map[string]any{
			"conversation_id": conversation, "client_msg_id": uuid.NewString(), "content": content}})
		if err != nil {
			return fmt.Errorf("sending: %w", err)
		}
	}
	return nil
}

// count reads frames of a type until n have come, and records how long after
// their due time each came.
func (c *connection) count(frameType string, n int, h *hdrhistogram.Histogram, due func(int) time.Time, got *int) error {
	for *got < n {
		f, err := c.next()
		if err != nil {
			return err
		}
		if f.Type == "error" {
			return fmt.Errorf("the server answered an error: %s", f.Data)
		}
		if f.Type != frameType {
			continue
		}
		now := time.Now()
		i, err := number(f)
		if err != nil {
			return err
		}
		*got++
		if err := h.RecordValue(max(1, now.Sub(due(i)).Microseconds())); err != nil {
			return err
		}
	}
	return nil
}

// number returns which message a frame is about.
func number(f frame) (int, error) {
	if f.Type == "message.ack" {
		return strconv.Atoi(f.Re)
	}
	var m wire.Message
	if err := json.Unmarshal(f.Data, &m); err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(m.Content, " ")
	return strconv.Atoi(first)
}

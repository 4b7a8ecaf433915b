package realtime

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
)

func TestHelloTellsTheRules(t *testing.T) {
	t.Parallel()
	c := dial(t, newGateway(t, newOffice()), "")
	c.write(`{"type":"auth","id":"1","data":{"token":"ann's"}}`)
	hello := c.expect("hello", "1").Data
	if hello["user_id"] != ann.String() || hello["session_id"] != id(50).String() || hello["heartbeat_seconds"] != 30.0 {
		t.Errorf("got %v", hello)
	}
	if limits := hello["limits"].(map[string]any); limits["frame_bytes"] != 65536.0 || limits["sends_in_flight"] != 2.0 || limits["content_code_points"] != 10000.0 {
		t.Errorf("limits are %v", limits)
	}
	c.write(`{"type":"ping","id":"2"}`)
	c.expect("pong", "2")
}

func TestTheFirstFrameIsAuth(t *testing.T) {
	t.Parallel()
	o := newOffice()
	o.refusals["later"] = &chat.Error{Code: chat.CodeUnavailable}
	c := dial(t, newGateway(t, o), "")
	c.write(`{"type":"ping","id":"1"}`)
	c.expectError("1", chat.CodeUnauthenticated)
	c.write(`{"type":"auth","id":"2","data":{"token":"later"}}`)
	c.expectError("2", chat.CodeUnavailable) // not the token's fault: the connection stays
	c.write(`{"type":"auth","id":"3","data":{"token":"ann's"}}`)
	c.expect("hello", "3")
}

func TestTokensThatAreRefusedEndTheConnection(t *testing.T) {
	t.Parallel()
	for token, c := range map[string]struct {
		code  chat.Code
		close int
	}{
		"old": {chat.CodeTokenExpired, closeTokenExpired}, "ended": {chat.CodeSessionRevoked, closeSessionRevoked},
		"made up": {chat.CodeUnauthenticated, closeUnauthenticated}, "": {chat.CodeValidationFailed, closeUnauthenticated},
	} {
		conn := dial(t, newGateway(t, newOffice()), "")
		conn.write(`{"type":"auth","id":"1","data":{"token":"` + token + `"}}`)
		conn.expectError("1", c.code)
		conn.expectClose(c.close)
	}
}

func TestWhoDoesNotSignInIsSentAway(t *testing.T) {
	t.Parallel()
	g := newGateway(t, newOffice())
	g.config.AuthTimeout = time.Millisecond
	dial(t, g, "").expectClose(closeUnauthenticated)
}

func TestAHubThatCanNotTakeASessionSaysSo(t *testing.T) {
	t.Parallel()
	o := newOffice()
	o.fail = &chat.Error{Code: chat.CodeUnavailable}
	c := dial(t, newGateway(t, o), "ann's")
	c.expectError("", chat.CodeUnavailable)
	c.expectClose(closeGoingAway)
}

func TestViolationsEndTheConnection(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind int
		text string
		code chat.Code
	}{
		"no JSON":           {websocket.TextMessage, `{`, chat.CodeInvalidRequest},
		"no object":         {websocket.TextMessage, `[]`, chat.CodeInvalidRequest},
		"no type":           {websocket.TextMessage, `{"id":"1"}`, chat.CodeInvalidRequest},
		"a type of no text": {websocket.TextMessage, `{"type":1}`, chat.CodeInvalidRequest},
		"binary":            {websocket.BinaryMessage, `{"type":"ping"}`, chat.CodeInvalidRequest},
		"too large":         {websocket.TextMessage, `{"type":"ping","data":"` + strings.Repeat("x", 64<<10) + `"}`, chat.CodePayloadTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := signIn(t, newGateway(t, newOffice()))
			if err := conn.WriteMessage(c.kind, []byte(c.text)); err != nil {
				t.Fatal(err)
			}
			conn.expectError("", c.code)
			conn.expectClose(closeProtocolViolation)
		})
	}
}

func TestMistakesAreAnsweredAndForgiven(t *testing.T) {
	t.Parallel()
	c := signIn(t, newGateway(t, newOffice()))
	for _, m := range []struct {
		frame string
		code  chat.Code
	}{
		{`{"type":"dance","id":"x"}`, chat.CodeInvalidRequest},
		{`{"type":"message.send","id":"x"}`, chat.CodeInvalidRequest},
		{`{"type":"message.send","id":"x","data":{"conversation_id":"no id"}}`, chat.CodeInvalidRequest},
		{`{"type":"read","id":"x","data":[]}`, chat.CodeInvalidRequest},
		{`{"type":"read","id":"x","data":{"conversation_id":"` + place.String() + `","seq":0}}`, chat.CodeValidationFailed},
		{`{"type":"delivered","id":"x","data":{"seq":1}}`, chat.CodeValidationFailed},
		{`{"type":"sync","id":"x","data":{"cursor":"made up"}}`, chat.CodeValidationFailed},
		{`{"type":"auth","id":"x","data":{}}`, chat.CodeValidationFailed},
		{`{"type":"auth","id":"x","data":{"token":"old"}}`, chat.CodeTokenExpired},
	} {
		c.write(m.frame)
		c.expectError("x", m.code)
	}
	c.write(`{"type":"ping","id":"y"}`)
	c.expect("pong", "y")
}

func sendFrame(n string) string {
	return `{"type":"message.send","id":"` + n + `","data":{"conversation_id":"` + place.String() + `","client_msg_id":"` +
		id(60).String() + `","content":"hello","reply_to":"` + id(61).String() + `"}}`
}

func TestASendIsAcknowledged(t *testing.T) {
	t.Parallel()
	o := newOffice()
	c := signIn(t, newGateway(t, o))
	c.write(sendFrame("1"))
	ack := c.expect("message.ack", "1").Data
	if ack["conversation_id"] != place.String() || ack["client_msg_id"] != id(60).String() || ack["message_id"] != id(77).String() ||
		ack["seq"] != 1.0 || ack["duplicate"] != false {
		t.Errorf("got %v", ack)
	}
	cmd := o.sends[0]
	if cmd.SenderID != ann || cmd.ConnectionID == uuid.Nil || cmd.ReplyTo != id(61) || cmd.Content != "hello" {
		t.Errorf("submitted was %+v", cmd)
	}
}

func TestARefusedSendIsAnError(t *testing.T) {
	t.Parallel()
	o := newOffice()
	o.submit = func(chat.SendCommand, func(chat.Stored, error)) error {
		return &chat.Error{Code: chat.CodeOverloaded, RetryAfter: 500 * time.Millisecond}
	}
	c := signIn(t, newGateway(t, o))
	for range 5 { // more than may be in flight: a refused one holds no slot
		c.write(sendFrame("1"))
		if e := c.expectError("1", chat.CodeOverloaded); e.Data["retryable"] != true || e.Data["retry_after_ms"] != 500.0 {
			t.Errorf("got %+v", e)
		}
	}
	o.mu.Lock()
	o.submit = func(_ chat.SendCommand, done func(chat.Stored, error)) error {
		done(chat.Stored{}, errors.New("password=hunter2"))
		return nil
	}
	o.mu.Unlock()
	c.write(sendFrame("2"))
	if e := c.expectError("2", chat.CodeInternal); strings.Contains(e.Data["detail"].(string), "hunter2") {
		t.Errorf("told was %+v", e)
	}
}

func TestSendsInFlightAreBounded(t *testing.T) {
	t.Parallel()
	o := newOffice()
	dones := make(chan func(chat.Stored, error), 10)
	o.submit = func(_ chat.SendCommand, done func(chat.Stored, error)) error { dones <- done; return nil }
	c := signIn(t, newGateway(t, o))
	for range 3 {
		c.write(sendFrame("1"))
	}
	c.write(`{"type":"ping","id":"behind"}`)
	first := <-dones
	<-dones
	select {
	case <-dones:
		t.Error("a third send was taken")
	default:
	}
	first(chat.Stored{Seq: 1}, nil)
	c.expect("message.ack", "1")
	<-dones // the third
	c.expect("pong", "behind")
}

func TestReceiptsGoToTheCursors(t *testing.T) {
	t.Parallel()
	o := newOffice()
	c := signIn(t, newGateway(t, o))
	c.write(`{"type":"delivered","data":{"conversation_id":"` + place.String() + `","seq":3}}`)
	c.write(`{"type":"read","data":{"conversation_id":"` + place.String() + `","seq":2}}`)
	c.write(`{"type":"ping"}`)
	c.expect("pong", "")
	want := []chat.CursorsMoved{
		{ConversationID: place, UserID: ann, DeliveredSeq: 3}, {ConversationID: place, UserID: ann, DeliveredSeq: 2, ReadSeq: 2}}
	if !slices.Equal(o.cursors, want) {
		t.Errorf("got %v", o.cursors)
	}
}

// Messages that come while a sync is answered follow it, without those that it
// has shown.
func TestMessagesWaitForTheSync(t *testing.T) {
	t.Parallel()
	o := newOffice()
	g := newGateway(t, o)
	c := signIn(t, g)
	o.answerSyncs(func() (chat.SyncPage, error) {
		for range 3 {
			tell(g.hub, place, o.add(place))
		}
		g.hub.deliverReceipt(nil, receipt{conversation: place, payload: []byte(`{"type":"receipt"}`)}) // not a message: it need not wait
		return chat.SyncPage{
			Conversations: []chat.Conversation{{ID: place, LastSeq: 2}},
			Messages:      []chat.Message{message(place, 1), message(place, 2)},
		}, nil
	})
	c.write(`{"type":"sync","id":"1","data":{}}`)
	c.expect("receipt", "")
	page := c.expect("sync.page", "1").Data
	if len(page["messages"].([]any)) != 2 || page["has_more"] != false {
		t.Errorf("got %v", page)
	}
	if m := c.expect("message.new", "").Data; m["seq"] != 3.0 {
		t.Errorf("then came %v", m)
	}
	c.write(`{"type":"ping"}`)
	c.expect("pong", "")
}

// Somebody is removed and added again while their sync is answered, maybe by what
// was so between. What they hear last is that they are in it.
func TestWhoReturnsWhileTheySyncHearsOfItLast(t *testing.T) {
	t.Parallel()
	o := newOffice()
	n := newNode(t, &wires{})
	n.ledger.members[ann] = []uuid.UUID{place}
	s := listener(ann)
	s.gateway = newGateway(t, o)
	join(t, n.hub, s)
	o.answerSyncs(func() (chat.SyncPage, error) {
		n.deliverAll(t.Context(), []event{n.encode(chat.MessageSent{Message: removal(1, ann)})})
		n.ledger.look(func() { n.ledger.heads[place] = 2 })
		n.deliverAll(t.Context(), []event{n.encode(chat.ConversationChanged{ConversationID: place, UserIDs: []uuid.UUID{ann}})})
		return chat.SyncPage{Removed: []uuid.UUID{place}}, nil
	})
	if err := s.answerSync(t.Context(), clientFrame{Type: "sync"}); err != nil {
		t.Fatal(err)
	}
	if got := s.types(t); !slices.Equal(got, []string{"sync.page", "message.new", "conversation.removed", "conversation.updated"}) {
		t.Errorf("got %v", got)
	}
}

// Somebody archives a conversation, which no message tells of, while another of
// their devices syncs. Whichever of event and page was read first, what that device
// sees last is how it is now.
func TestWhatChangesWhileTheySyncIsShownAsItIs(t *testing.T) {
	t.Parallel()
	o := newOffice()
	o.heads[place] = 2
	g := newGateway(t, o)
	c := signIn(t, g)
	for n, archived := range []bool{true, false} {
		o.answerSyncs(func() (chat.SyncPage, error) {
			page := chat.SyncPage{Conversations: []chat.Conversation{{ID: place, LastSeq: 2, Settings: chat.Settings{Archived: !archived}}}}
			g.fanout.Publish(t.Context(), []chat.Event{chat.ConversationChanged{ConversationID: place, UserIDs: []uuid.UUID{ann}}})
			o.look(func() { o.archives[ann] = archived })
			return page, nil
		})
		c.write(`{"type":"sync","id":"1","data":{}}`)
		c.expect("sync.page", "1")
		if shown := c.expect("conversation.updated", "").Data; shown["settings"].(map[string]any)["archived"] != archived {
			t.Errorf("sync %d shows %v", n, shown)
		}
	}
}

func TestAFailedSyncLetsTheMessagesGo(t *testing.T) {
	t.Parallel()
	o := newOffice()
	g := newGateway(t, o)
	c := signIn(t, g)
	o.answerSyncs(func() (chat.SyncPage, error) {
		tell(g.hub, place, o.add(place))
		return chat.SyncPage{}, &chat.Error{Code: chat.CodeUnavailable}
	})
	c.write(`{"type":"sync","id":"1"}`)
	c.expect("message.new", "")
	c.expectError("1", chat.CodeUnavailable)
}

func TestWhatWaitsForASyncIsBounded(t *testing.T) {
	t.Parallel()
	s := listener(ann)
	s.sync = true
	for seq := range int64(outboxFrames + 1) {
		s.deliver(shared([]byte(`{}`), messageRef{place, seq + 1}))
	}
	frames := s.queued()
	if len(frames) != 1 || closeCode(frames[0].kind, frames[0].payload) != closeTooSlow {
		t.Errorf("%d frames", len(frames))
	}
}

func TestATokenIsRenewedOnALiveConnection(t *testing.T) {
	t.Parallel()
	o := newOffice()
	later := time.Now().Add(2 * time.Hour).Truncate(time.Second)
	o.tokens["fresh"] = auth.Identity{UserID: ann, SessionID: id(50), ExpiresAt: later}
	o.tokens["bob's"] = auth.Identity{UserID: bob, SessionID: id(51), ExpiresAt: later}
	o.tokens["ann's other"] = auth.Identity{UserID: ann, SessionID: id(52), ExpiresAt: later}
	g := newGateway(t, o)
	c := signIn(t, g)
	for _, token := range []string{"bob's", "ann's other"} {
		c.write(`{"type":"auth","id":"1","data":{"token":"` + token + `"}}`)
		c.expectError("1", chat.CodeUnauthenticated)
	}
	c.write(`{"type":"auth","id":"2","data":{"token":"fresh"}}`)
	c.expect("hello", "2")
	if got := g.all()[0].expiresAt.Load(); got != later.Unix() {
		t.Errorf("it ends at %d, want %d", got, later.Unix())
	}
}

func TestADeviceTellsItsName(t *testing.T) {
	t.Parallel()
	o := newOffice()
	o.unnamed = errors.New("the store is away") // which is no reason to end anything
	c := signIn(t, newGateway(t, o))
	c.write(`{"type":"auth","id":"2","data":{"token":"ann's","device_name":"phone"}}`)
	c.expect("hello", "2")
	c.write(`{"type":"ping","id":"3"}`)
	c.expect("pong", "3")
	o.mu.Lock()
	defer o.mu.Unlock()
	if got := o.devices[id(50)]; got != "phone" {
		t.Errorf("got %q", got)
	}
}

func TestWhoGoesLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	o := newOffice()
	g := newGateway(t, o)
	c := signIn(t, g)
	c.write(`{"type":"presence.sub","id":"1","data":{"user_ids":["` + bob.String() + `"]}}`)
	c.expect("presence", "1")
	if n := len(g.presence.watched); n != 1 || o.present[ann] != 1 {
		t.Errorf("%d people are watched, ann is connected %d times", n, o.present[ann])
	}
	if err := c.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")); err != nil {
		t.Fatal(err)
	}
	c.expectClose(websocket.CloseNormalClosure)
	_ = c.Close()
	g.running.Wait()
	if len(g.all()) != 0 {
		t.Error("a session is left")
	}
	quiet(t, g.hub)
	if n := len(g.presence.watched); n != 0 || o.present[ann] != 0 {
		t.Errorf("%d people are watched, ann is connected %d times", n, o.present[ann])
	}
}

// Between its token's end and the heartbeat that closes it, a connection can do
// nothing but renew itself.
func TestNothingIsDoneAfterTheTokensEnd(t *testing.T) {
	t.Parallel()
	o := newOffice()
	g := newGateway(t, o)
	c := signIn(t, g)
	g.all()[0].expiresAt.Store(time.Now().Unix())
	for _, frame := range []string{
		`{"type":"message.send","id":"x","data":{"conversation_id":"` + place.String() + `","client_msg_id":"` + id(9).String() + `","content":"late"}}`,
		`{"type":"read","id":"x","data":{"conversation_id":"` + place.String() + `","seq":1}}`,
		`{"type":"sync","id":"x"}`,
	} {
		c.write(frame)
		c.expectError("x", chat.CodeTokenExpired)
	}
	if len(o.sends) != 0 || len(o.cursors) != 0 {
		t.Errorf("done were %v, %v", o.sends, o.cursors)
	}
	c.write(`{"type":"auth","id":"y","data":{"token":"ann's"}}`)
	c.expect("hello", "y")
	c.write(`{"type":"ping","id":"z"}`)
	c.expect("pong", "z")
}

package realtime

import (
	"net/http/httptest"
	"testing"

	"uim.dev/uim/chatserver/chat"
)

// Who is sent away has answers to all sends that were taken.
func TestDrainingAnswersWhatWasTaken(t *testing.T) {
	t.Parallel()
	o := newOffice()
	dones := make(chan func(chat.Stored, error), 1)
	o.submit = func(_ chat.SendCommand, done func(chat.Stored, error)) error { dones <- done; return nil }
	g := newGateway(t, o)
	c := signIn(t, g)
	c.write(sendFrame("1"))
	done := <-dones
	drained := make(chan struct{})
	go func() { defer close(drained); g.Drain(0) }()
	if a := c.expect("session.closing", ""); a.Data["reason"] != "shutdown" {
		t.Errorf("got %+v", a)
	}
	done(chat.Stored{Seq: 1}, nil)
	c.expect("message.ack", "1")
	c.expectClose(closeGoingAway)
	_ = c.Close()
	<-drained
	if err := g.Upgrade(httptest.NewRecorder(), upgrade(), "client"); chat.CodeOf(err) != chat.CodeUnavailable {
		t.Errorf("someone new is let in: %v", err)
	}
	quiet(t, g.hub)
}

// Whoever goes on sending while sent away is closed all the same: a send that
// waits for its turn must not keep the connection, and with it the node.
func TestDrainingEndsWhoGoesOnSending(t *testing.T) {
	t.Parallel()
	o := newOffice()
	dones := make(chan func(chat.Stored, error), 100)
	o.submit = func(_ chat.SendCommand, done func(chat.Stored, error)) error { dones <- done; return nil }
	g := newGateway(t, o)
	c := signIn(t, g)
	c.write(sendFrame("1"))
	first := <-dones
	drained := make(chan struct{})
	go func() { defer close(drained); g.Drain(0) }()
	c.expect("session.closing", "")
	for range 10 {
		c.write(sendFrame("more"))
	}
	first(chat.Stored{Seq: 1}, nil)
	for {
		select {
		case done := <-dones:
			done(chat.Stored{Seq: 2}, nil)
		case <-drained:
			quiet(t, g.hub)
			return
		}
	}
}

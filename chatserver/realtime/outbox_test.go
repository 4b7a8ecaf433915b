package realtime

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// socket is an outbox on a sink; call it in a bubble. A held one takes each
// write only when released.
func socket(t *testing.T, held bool) (*outbox, *sink) {
	t.Helper()
	s := &sink{}
	if held {
		s.taken = make(chan struct{})
	}
	ws, raw := connect(t, s)
	return &outbox{ws: ws, raw: raw, metrics: newMetrics()}, s
}

func text(payload string) *outgoing {
	return &outgoing{kind: websocket.TextMessage, payload: []byte(payload)}
}

// payloads returns the payloads of frames.
func payloads(frames []frame) []string {
	var list []string
	for _, f := range frames {
		list = append(list, f.payload)
	}
	return list
}

func TestFramesLeaveInTheOrderOfThePushes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o, s := socket(t, false)
		var want []string
		for i := range 300 {
			want = append(want, fmt.Sprint("frame ", i))
			if i%3 == 0 {
				o.push(shared([]byte(want[i]), messageRef{}))
			} else {
				o.push(text(want[i]))
			}
		}
		synctest.Wait()
		if got := payloads(s.frames(t)); !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
		if o.writing {
			t.Error("a goroutine is still there with nothing to write")
		}
	})
}

func TestWhatGathersLeavesInOneWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o, s := socket(t, true)
		o.push(text("first"))
		synctest.Wait()
		for range 100 {
			o.push(text("more"))
		}
		s.taken <- struct{}{}
		s.taken <- struct{}{}
		synctest.Wait()
		if len(s.writes) != 2 || len(s.frames(t)) != 101 {
			t.Errorf("%d frames in %d writes, want 101 in 2", len(s.frames(t)), len(s.writes))
		}
	})
}

// What is put in under a cork leaves in one write, and that of others with it; of
// a long burst the first part leaves before, so that the bounds are not met by it.
func TestWhatIsCorkedLeavesTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o, s := socket(t, false)
		var c corked
		c.push(o, text("a"))
		c.push(o, text("b"))
		o.push(text("from elsewhere"))
		synctest.Wait()
		if len(s.frames(t)) != 0 {
			t.Errorf("written under the cork: %q", payloads(s.frames(t)))
		}
		c.uncork()
		synctest.Wait()
		if got := payloads(s.frames(t)); !slices.Equal(got, []string{"a", "b", "from elsewhere"}) || len(s.writes) != 1 {
			t.Errorf("written are %q in %d writes", got, len(s.writes))
		}
		for range 2 * outboxBytes / flushAt {
			c.push(o, text(string(make([]byte, flushAt))))
			synctest.Wait()
		}
		c.uncork()
		synctest.Wait()
		if n := len(s.frames(t)); n != 3+2*outboxBytes/flushAt || o.isClosed() {
			t.Errorf("%d frames are written, closed: %t", n, o.isClosed())
		}
	})
}

func TestASlowReaderIsSentAway(t *testing.T) {
	t.Parallel()
	for name, flood := range map[string]func(*outbox){
		"by the number of frames": func(o *outbox) {
			for range outboxFrames + 1 {
				o.push(text("x"))
			}
		},
		"by their size": func(o *outbox) {
			big := string(make([]byte, outboxBytes/4))
			for range 5 {
				o.push(text(big))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				o, s := socket(t, true)
				o.push(text("under way"))
				synctest.Wait()
				flood(o)
				o.push(text("after the end"))
				if !o.isClosed() {
					t.Fatal("it is not closed")
				}
				close(s.taken)
				synctest.Wait()
				frames := s.frames(t)
				if len(frames) != 2 || frames[0].payload != "under way" || closeCode(frames[1].kind, []byte(frames[1].payload)) != closeTooSlow {
					t.Errorf("written are %d frames: %.100q", len(frames), payloads(frames))
				}
				if n := testutil.ToFloat64(o.metrics.closed.WithLabelValues("4008")); n != 1 {
					t.Errorf("%v closes are counted", n)
				}
			})
		})
	}
}

func TestABurstThatFitsIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o, s := socket(t, true)
		o.push(text("under way"))
		synctest.Wait()
		for range outboxFrames {
			o.push(text("x"))
		}
		close(s.taken)
		synctest.Wait()
		if n := len(s.frames(t)); n != outboxFrames+1 || o.isClosed() {
			t.Errorf("%d frames are written, closed: %t", n, o.isClosed())
		}
	})
}

// A client that is far behind in conversations with long messages gets such a
// page with each sync; to be closed for it would repeat for ever.
func TestAFrameLargerThanTheBoundIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o, s := socket(t, true)
		o.push(text("under way"))
		synctest.Wait()
		o.push(text("waiting"))
		o.push(text(string(make([]byte, 2*outboxBytes))))
		close(s.taken)
		synctest.Wait()
		if n := len(s.frames(t)); n != 3 || o.isClosed() {
			t.Errorf("%d frames are written, closed: %t", n, o.isClosed())
		}
	})
}

func TestNothingFollowsACloseFrame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o, s := socket(t, false)
		o.push(text("last words"))
		o.push(closeFrame(closeGoingAway, "bye"))
		o.push(text("too late"))
		o.push(closeFrame(closeTooSlow, "too late"))
		synctest.Wait()
		frames := s.frames(t)
		if len(frames) != 2 || frames[0].payload != "last words" || closeCode(frames[1].kind, []byte(frames[1].payload)) != closeGoingAway {
			t.Errorf("written are %q", payloads(frames))
		}
		s.look(func() {
			if !s.halfway || s.closed {
				t.Errorf("sending ended: %t, closed at once: %t", s.halfway, s.closed)
			}
		})
	})
}

func TestABrokenSocketIsClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o, s := socket(t, false)
		s.look(func() { s.err = errors.New("the peer has gone") })
		o.push(text("x"))
		synctest.Wait()
		o.push(text("y"))
		s.look(func() {
			if !s.closed || !o.isClosed() || len(o.queue) != 0 {
				t.Error("it is still open")
			}
		})
	})
}

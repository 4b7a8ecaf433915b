package realtime

import (
	"bytes"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// sink is a socket that keeps what is written to it.
type sink struct {
	net.Conn
	mu      sync.Mutex
	writes  [][]byte
	taken   chan struct{} // when set, each write waits for one
	err     error
	closed  bool
	halfway bool // the sending half is shut
}

func (s *sink) Write(p []byte) (int, error) {
	if s.taken != nil {
		<-s.taken
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	s.writes = append(s.writes, bytes.Clone(p))
	return len(p), nil
}

func (s *sink) SetWriteDeadline(time.Time) error { return nil }
func (s *sink) SetDeadline(time.Time) error      { return nil }
func (s *sink) SetReadDeadline(time.Time) error  { return nil }

func (s *sink) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

func (s *sink) CloseWrite() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.halfway = true
	return nil
}

func (s *sink) look(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// all returns everything written so far.
func (s *sink) all() (b []byte) {
	s.look(func() { b = bytes.Join(s.writes, nil) })
	return b
}

func write(t *testing.T, c *coalescer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if n, err := c.Write([]byte(text)); n != len(text) || err != nil {
			t.Fatalf("writing %q: %d, %v", text, n, err)
		}
	}
}

func flush(t *testing.T, c *coalescer) {
	t.Helper()
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
}

func TestWritesLeaveTogether(t *testing.T) {
	t.Parallel()
	s := &sink{}
	c := &coalescer{Conn: s}
	flush(t, c) // nothing
	write(t, c, "one ", "two ", "three")
	if len(s.writes) != 0 {
		t.Errorf("written before the flush: %q", s.writes)
	}
	flush(t, c)
	flush(t, c)
	if len(s.writes) != 1 || string(s.writes[0]) != "one two three" {
		t.Errorf("written are %q", s.writes)
	}
}

func TestALongQueueLeavesInPieces(t *testing.T) {
	t.Parallel()
	s := &sink{}
	c := &coalescer{Conn: s}
	piece := string(bytes.Repeat([]byte("x"), flushAt/4))
	for range 9 {
		write(t, c, piece)
	}
	if len(s.writes) != 2 || len(s.writes[0]) != flushAt {
		t.Errorf("%d writes", len(s.writes))
	}
	flush(t, c)
	if n := len(s.all()); n != 9*len(piece) {
		t.Errorf("%d bytes are written", n)
	}
}

func TestALongFrameFollowsWhatWasBeforeIt(t *testing.T) {
	t.Parallel()
	s := &sink{}
	c := &coalescer{Conn: s}
	long := bytes.Repeat([]byte("x"), flushAt)
	var want []byte
	for _, payload := range [][]byte{[]byte("before"), long, []byte("after")} {
		want = append(append(want, header(len(payload))...), payload...)
		if err := c.writeFrame(websocket.TextMessage, payload); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, c)
	if !bytes.Equal(s.all(), want) {
		t.Error("other bytes are written")
	}
	s.err = errors.New("gone")
	if err := c.writeFrame(websocket.TextMessage, long); err == nil {
		t.Error("a failure is not told")
	}
}

// header is that of a text frame of the server's.
func header(length int) []byte {
	if length < 126 {
		return []byte{0x81, byte(length)}
	}
	return []byte{0x81, 126, byte(length >> 8), byte(length)}
}

func TestAWriteKeepsNothingOfItsArgument(t *testing.T) {
	t.Parallel()
	s := &sink{}
	c := &coalescer{Conn: s}
	text := []byte("before")
	if _, err := c.Write(text); err != nil {
		t.Fatal(err)
	}
	copy(text, "after!")
	flush(t, c)
	if string(s.all()) != "before" {
		t.Errorf("written is %q", s.all())
	}
}

// Buffers are pooled, and what one person is sent must never be another's.
func TestConnectionsNeverShareABuffer(t *testing.T) {
	t.Parallel()
	const many = 8
	sinks, conns := make([]*sink, many), make([]*coalescer, many)
	for i := range conns {
		sinks[i] = &sink{}
		conns[i] = &coalescer{Conn: sinks[i]}
	}
	for range 50 {
		for i, c := range conns {
			write(t, c, string(rune('a'+i)))
		}
		for i, c := range conns {
			write(t, c, string(rune('A'+i)))
		}
		for _, c := range conns {
			flush(t, c)
		}
	}
	for i, s := range sinks {
		if want := bytes.Repeat([]byte{byte('a' + i), byte('A' + i)}, 50); !bytes.Equal(s.all(), want) {
			t.Errorf("connection %d was sent %q", i, s.all())
		}
	}
}

func TestAFailedFlushIsAnError(t *testing.T) {
	t.Parallel()
	gone := errors.New("the peer has gone")
	c := &coalescer{Conn: &sink{err: gone}}
	write(t, c, "text")
	if err := c.Flush(); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
	if _, err := c.Write(make([]byte, flushAt)); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
}

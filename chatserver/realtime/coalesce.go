package realtime

import (
	"bufio"
	"encoding/binary"
	"math"
	"net"
	"net/http"
	"sync"
	"time"
)

// coalescer is a connection whose writes gather until Flush, so that a burst of
// frames leaves in one system call and with one deadline. Frames are put
// together here rather than by the websocket library, which would copy each
// through a buffer and locks of its own; what that writes beside (the answer to
// the handshake) comes by way of Write.
type coalescer struct {
	net.Conn
	timeout time.Duration // for one flush

	mu  sync.Mutex
	buf *[]byte // from coalesceBuffers while there is something to flush, and ours alone until then
}

// flushAt is the size at which gathered bytes are written without waiting for
// Flush, so that a long queue does not become one huge buffer.
const flushAt = 32 << 10

var coalesceBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// Write implements net.Conn. It keeps nothing of p.
func (c *coalescer) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.buffer()
	*b = append(*b, p...)
	if err := c.flushIfLong(); err != nil {
		return 0, err
	}
	return len(p), nil
}

// writeFrame adds a frame of the server's side: final, of one piece, unmasked
// (RFC 6455, section 5.2).
func (c *coalescer) writeFrame(kind int, payload []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.buffer()
	*b = append(*b, 0x80|byte(kind))
	switch n := len(payload); {
	case n < 126:
		*b = append(*b, byte(n))
	case n <= math.MaxUint16:
		*b = binary.BigEndian.AppendUint16(append(*b, 126), uint16(n))
	default:
		*b = binary.BigEndian.AppendUint64(append(*b, 127), uint64(n))
	}
	if len(payload) >= flushAt { // not copied, for thousands may come back to long pages
		if err := c.flush(); err != nil {
			return err
		}
		return c.write(payload)
	}
	*b = append(*b, payload...)
	return c.flushIfLong()
}

func (c *coalescer) buffer() *[]byte {
	if c.buf == nil {
		c.buf = coalesceBuffers.Get().(*[]byte)
	}
	return c.buf
}

func (c *coalescer) flushIfLong() error {
	if len(*c.buf) < flushAt {
		return nil
	}
	return c.flush()
}

// Flush writes what has gathered.
func (c *coalescer) Flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flush()
}

func (c *coalescer) flush() error {
	if c.buf == nil {
		return nil
	}
	buf := c.buf
	c.buf = nil
	err := c.write(*buf)
	if cap(*buf) <= 2*flushAt {
		*buf = (*buf)[:0]
		coalesceBuffers.Put(buf)
	}
	return err
}

func (c *coalescer) write(p []byte) error {
	if err := c.Conn.SetWriteDeadline(time.Now().Add(c.timeout)); err != nil {
		return err
	}
	_, err := c.Conn.Write(p)
	return err
}

// SetWriteDeadline implements net.Conn; flush sets its own.
func (c *coalescer) SetWriteDeadline(time.Time) error { return nil }

// coalescingHijacker makes the upgrade give the websocket a coalescer.
type coalescingHijacker struct {
	http.ResponseWriter
	timeout time.Duration
	conn    *coalescer // set by Hijack
}

// Hijack implements http.Hijacker.
func (h *coalescingHijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.conn = &coalescer{Conn: conn, timeout: h.timeout}
	return h.conn, rw, nil
}

package realtime

import (
	"bufio"
	"net"
	"net/http"
	"sync"
	"time"
)

// coalescer is a connection whose writes gather until Flush, so that a burst of
// frames leaves in one system call. The websocket library writes each frame on
// its own and sets a deadline each time; here both happen once a flush.
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
	if c.buf == nil {
		c.buf = coalesceBuffers.Get().(*[]byte)
	}
	*c.buf = append(*c.buf, p...)
	if len(*c.buf) >= flushAt {
		if err := c.flush(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
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
	err := c.Conn.SetWriteDeadline(time.Now().Add(c.timeout))
	if err == nil {
		_, err = c.Conn.Write(*buf)
	}
	if cap(*buf) <= 2*flushAt {
		*buf = (*buf)[:0]
		coalesceBuffers.Put(buf)
	}
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

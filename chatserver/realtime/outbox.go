package realtime

import (
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Bounds of what waits for one slow reader. Beyond them the connection is
// closed: the client syncs when it is back, so nothing is lost by it.
const (
	outboxFrames = 1024
	outboxBytes  = 1 << 20
)

// lingerTimeout is how long a peer has to take note of a close frame.
const lingerTimeout = time.Second

// outbox is the queue of frames to one socket. Any goroutine may push; frames
// leave in the order of the pushes. A goroutine writes only while there is
// something to write, so an idle connection has none.
//
// After a close frame is pushed nothing else gets in. When it is written the
// sending half of the socket is shut and the reading half has a moment left, so
// that the peer hears our last words; when writing fails the socket is closed.
type outbox struct {
	ws      *websocket.Conn
	raw     *coalescer
	metrics *Metrics

	mu      sync.Mutex
	queue   []*outgoing
	bytes   int
	writing bool // a goroutine is in write, or is about to be
	corked  bool // it starts when the cork is out
	closed  bool // no more pushes
}

// push queues a frame and has it written. A full queue closes the connection with 4008.
func (o *outbox) push(f *outgoing) {
	if o.add(f, false) {
		go o.write()
	}
}

// add queues a frame; true when nobody writes what is queued: the caller then has
// to start it, or has corked the outbox.
func (o *outbox) add(f *outgoing, cork bool) (idle bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return false
	}
	// What waits counts, not the newcomer: a page of a sync may be larger than the
	// bound by itself, and a client that syncs again could never get it.
	if len(o.queue) >= outboxFrames || o.bytes >= outboxBytes {
		o.queue, o.bytes = nil, 0
		f = closeFrame(closeTooSlow, "reading too slowly")
	}
	o.queue = append(o.queue, f)
	o.bytes += len(f.payload)
	if f.kind == websocket.CloseMessage {
		o.closed = true
		o.metrics.countClose(f.payload)
	}
	switch {
	case !o.writing:
		o.writing, o.corked = true, cork
		return true
	case o.corked && o.bytes >= flushAt: // enough for one system call, and the bounds are for what a reader lets wait
		o.corked = false
		go o.write()
	}
	return false
}

// popped takes the cork out; false when it is out already.
func (o *outbox) popped() (was bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	was, o.corked = o.corked, false
	return was
}

// corked is outboxes in which something waits that nobody writes yet, so that what
// follows to the same sockets leaves with it, in one system call. Between the first
// push and uncork nothing is waited for.
type corked []*outbox

func (c *corked) push(o *outbox, f *outgoing) {
	if o.add(f, true) {
		*c = append(*c, o)
	}
}

// uncork has everything written.
func (c *corked) uncork() {
	for _, o := range *c {
		if o.popped() {
			go o.write()
		}
	}
	*c = (*c)[:0]
}

// pushEphemeral queues a frame that may be lost, unless the reader is slow: half
// of the queue is for what may not. It reports whether it did.
func (o *outbox) pushEphemeral(f *outgoing) bool {
	o.mu.Lock()
	slow := len(o.queue) >= outboxFrames/2 || o.bytes+len(f.payload) > outboxBytes/2
	o.mu.Unlock()
	if !slow {
		o.push(f)
	}
	return !slow
}

// write empties the queue and ends.
func (o *outbox) write() {
	for {
		o.mu.Lock()
		batch := o.queue
		if len(batch) == 0 {
			o.writing = false
			o.mu.Unlock()
			return
		}
		o.queue, o.bytes = nil, 0
		o.mu.Unlock()

		for _, f := range batch {
			if err := o.raw.writeFrame(f.kind, f.payload); err != nil {
				o.abort()
				return
			}
		}
		if err := o.raw.Flush(); err != nil {
			o.abort()
			return
		}
		o.metrics.countWritten(batch)
		if batch[len(batch)-1].kind == websocket.CloseMessage {
			o.shut()
			return
		}
	}
}

// shut ends sending; closing at once would reset a socket with unread input
// and take the last frames along.
func (o *outbox) shut() {
	_ = o.raw.SetReadDeadline(time.Now().Add(lingerTimeout))
	if tcp, ok := o.raw.Conn.(interface{ CloseWrite() error }); !ok || tcp.CloseWrite() != nil {
		_ = o.ws.Close()
	}
}

// isClosed reports whether a close frame was pushed or the socket has ended.
func (o *outbox) isClosed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closed
}

// abort drops what is queued and closes the socket.
func (o *outbox) abort() {
	o.mu.Lock()
	o.closed, o.queue, o.bytes = true, nil, 0
	o.mu.Unlock()
	_ = o.ws.Close()
}

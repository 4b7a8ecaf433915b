package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
)

// socket is the client's end of a WebSocket, with just what a load generator
// needs: whole text frames, one system call a write, one buffer for reading.
type socket struct {
	conn net.Conn
	in   *bufio.Reader
	body []byte // of the last frame read

	mu  sync.Mutex // a ping may be answered while a message is sent
	out []byte
}

// readBuffer takes in one system call what a server sends a busy member in one, as
// browsers do.
const readBuffer = 16 << 10

const (
	opText  = 1
	opClose = 8
	opPing  = 9
	opPong  = 10
)

// dial connects to a server's /ws as the holder of a token and waits for hello.
func dial(ctx context.Context, base, token string) (*socket, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{KeepAlive: -1} // probes of thousands of sockets are load too
	conn, err := d.DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	s := &socket{conn: conn, in: bufio.NewReaderSize(conn, readBuffer)}
	if err := s.open(u, token); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return s, nil
}

func (s *socket) open(u *url.URL, token string) error {
	s.out = fmt.Appendf(s.out, "GET %s/ws HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dWltIGJlbmNobWFyayBrZQ==\r\nSec-WebSocket-Protocol: uim.v1\r\nAuthorization: Bearer %s\r\n\r\n", u.Path, u.Host, token)
	if _, err := s.conn.Write(s.out); err != nil {
		return err
	}
	response, err := http.ReadResponse(s.in, nil)
	if err != nil {
		return fmt.Errorf("reading the answer to the handshake: %w", err)
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		return errors.New("/ws answered " + response.Status)
	}
	hello, err := s.read()
	if err == nil && !isType(hello, "hello") {
		err = fmt.Errorf("the first frame is %s", hello)
	}
	return err
}

func (s *socket) close() { _ = s.conn.Close() }

// write sends a text frame. The mask is zero, which leaves the text as it is
// and is a mask all the same.
func (s *socket) write(text []byte) error { return s.writeFrame(opText, text) }

func (s *socket) writeFrame(op byte, text []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out = append(s.out[:0], 0x80|op)
	switch n := len(text); {
	case n < 126:
		s.out = append(s.out, 0x80|byte(n))
	default:
		s.out = append(s.out, 0x80|126)
		s.out = binary.BigEndian.AppendUint16(s.out, uint16(n))
	}
	s.out = append(s.out, 0, 0, 0, 0)
	s.out = append(s.out, text...)
	_, err := s.conn.Write(s.out)
	return err
}

// read returns the next text frame, which is good until the next read. It
// answers pings.
func (s *socket) read() ([]byte, error) {
	for {
		op, err := s.readFrame()
		switch {
		case err != nil:
			return nil, fmt.Errorf("reading: %w", err)
		case op == opText:
			return s.body, nil
		case op == opPing:
			if err := s.writeFrame(opPong, s.body); err != nil {
				return nil, err
			}
		case op == opClose:
			return nil, fmt.Errorf("the server closed the connection: %s", s.body)
		}
	}
}

// readFrame reads one frame; the servers measured here do not split messages.
func (s *socket) readFrame() (op byte, err error) {
	head, err := s.in.Peek(2)
	if err != nil {
		return 0, err
	}
	op, n := head[0]&0x0f, uint64(head[1]&0x7f)
	_, _ = s.in.Discard(2)
	if wide := map[uint64]int{126: 2, 127: 8}[n]; wide > 0 {
		long, err := s.in.Peek(wide)
		if err != nil {
			return 0, err
		}
		n = 0
		for _, b := range long {
			n = n<<8 | uint64(b)
		}
		_, _ = s.in.Discard(wide)
	}
	if uint64(cap(s.body)) < n {
		s.body = make([]byte, n)
	}
	s.body = s.body[:n]
	_, err = io.ReadFull(s.in, s.body)
	return op, err
}

// isType reports whether a frame begins as ours do.
func isType(frame []byte, name string) bool {
	rest, ok := bytes.CutPrefix(frame, []byte(`{"type":"`))
	return ok && bytes.HasPrefix(rest, []byte(name)) && len(rest) > len(name) && rest[len(name)] == '"'
}

// numberAfter returns the number that follows the first appearance of a key.
func numberAfter(frame []byte, key string) (int64, bool) {
	_, rest, ok := bytes.Cut(frame, []byte(key))
	if !ok {
		return 0, false
	}
	end := bytes.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	n, err := strconv.ParseInt(string(rest[:end]), 10, 64)
	return n, err == nil
}

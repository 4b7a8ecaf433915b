package realtime

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

// Session is one connection of one person. Its run method owns it: it reads
// frames until the socket ends and takes the session out of the hub.
type Session struct {
	gateway *Gateway
	id      uuid.UUID // of this connection; the contract's session_id is the sign-in's
	out     outbox
	ws      *websocket.Conn

	user      uuid.UUID    // set once by the first auth, before the session is in the hub
	signIn    uuid.UUID    // likewise
	device    string       // the name it told last; of the goroutine that reads
	expiresAt atomic.Int64 // Unix seconds; when the access token ends
	lastRead  atomic.Int64 // Unix seconds; when something came from the client

	privacy atomic.Uint32 // privacyBits of the person

	inFlight chan struct{} // a slot for each send that is not answered yet

	leaveLobby func() // to be called when signed in

	mu    sync.Mutex  // taken under a hub shard's lock, never around one
	held  []*outgoing // message frames that wait for a sync to be answered
	sync  bool        // a sync is under way, or the connection's start
	rooms []uuid.UUID // where the hub has put this session
	left  bool        // the hub has taken it out
}

var errUnauthenticated = chat.NewError(chat.CodeUnauthenticated, "The first frame must be auth.")

// run signs the client in and then serves the connection until it ends, in
// goroutines of its own; ended is called then. identity is nil when the client
// has still to send auth. Signing in asks the store, for which a stack grows
// to a multiple of what waiting for frames needs, so that begins on a fresh one.
func (s *Session) run(ctx context.Context, identity *auth.Identity, ended func()) {
	go func() {
		if !s.begin(ctx, identity) {
			s.end()
			ended()
			return
		}
		go func() {
			defer ended()
			defer s.end()
			defer s.leave()
			for s.next(ctx) {
			}
		}()
	}()
}

func (s *Session) end() {
	s.linger()
	s.out.abort()
}

// begin answers until the client is signed in; false when the connection is over.
func (s *Session) begin(ctx context.Context, identity *auth.Identity) bool {
	s.touch()
	s.ws.SetPingHandler(func(data string) error {
		s.touch()
		s.out.push(&outgoing{kind: websocket.PongMessage, payload: []byte(data)})
		return nil
	})
	s.ws.SetPongHandler(func(string) error { s.touch(); return nil })
	s.ws.SetCloseHandler(func(int, string) error { s.close(websocket.CloseNormalClosure, ""); return nil })

	if identity != nil {
		return s.signedIn(ctx, *identity, "")
	}
	return s.awaitAuth(ctx)
}

// frameBuffers hold frames while they are handled, whose parts that last are copied.
var frameBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// largeFrame is the size of a buffer that is not worth keeping.
const largeFrame = 16 << 10

// next handles one frame; false when the connection is over.
func (s *Session) next(ctx context.Context) bool {
	kind, r, err := s.ws.NextReader()
	if err != nil {
		return false
	}
	buffer := frameBuffers.Get().(*bytes.Buffer) // not before there is a frame: idle connections have none
	defer func() {
		if buffer.Cap() <= largeFrame {
			buffer.Reset()
			frameBuffers.Put(buffer)
		}
	}()
	if !s.readInto(buffer, kind, r) || s.out.isClosed() {
		return false
	}
	s.touch()
	if re, data, ok := wire.ReadSend(buffer.Bytes()); ok && !s.expired() {
		if err := s.send(re, data); err != nil {
			s.refuse(re, err)
		}
		return true
	}
	var f clientFrame
	if !s.decode(buffer.Bytes(), &f) {
		return false
	}
	s.dispatch(ctx, f)
	return true
}

// awaitAuth reads until a valid auth frame; it reports false when the
// connection is over. Other frames are refused but do not end it. The time that
// we take to judge a token is not the client's, and a client that asked in time
// and got no judgement is sent away to come back, not as one that never asked.
func (s *Session) awaitAuth(ctx context.Context) bool {
	timeout := s.closeAfter(s.gateway.config.AuthTimeout, closeUnauthenticated, "no auth in time")
	defer func() { timeout.Stop() }()
	for {
		payload, ok := s.read()
		if !ok {
			return false
		}
		var f clientFrame
		if !s.decode(payload, &f) {
			return false
		}
		if f.Type != "auth" {
			s.refuse(f.ID, errUnauthenticated)
			continue
		}
		if !timeout.Stop() {
			return false
		}
		identity, device, err := s.authenticate(ctx, f.Data)
		if err == nil {
			ok := s.signedIn(ctx, identity, f.ID)
			if ok {
				s.nameDevice(ctx, identity, device)
			}
			return ok
		}
		s.refuse(f.ID, err)
		if s.closeFor(err) {
			return false
		}
		timeout = s.closeAfter(s.gateway.config.AuthTimeout, closeGoingAway, "try again")
	}
}

func (s *Session) closeAfter(wait time.Duration, code int, reason string) *time.Timer {
	return time.AfterFunc(wait, func() { s.close(code, reason) })
}

// authenticate judges an auth frame, and returns whose it is and the device's name, if it has one.
func (s *Session) authenticate(ctx context.Context, data json.RawMessage) (id auth.Identity, device string, err error) {
	var a wire.FrameAuth
	if err := json.Unmarshal(data, &a); err != nil || a.Token == "" {
		return id, "", chat.Problems{{Field: "token", Code: "required", Detail: "An access token is missing."}}.Err()
	}
	id, err = s.gateway.authenticate(ctx, a.Token)
	return id, a.DeviceName, err
}

// closeFor ends a connection whose token was refused; false when it was not, and
// the error is about something else.
func (s *Session) closeFor(err error) bool {
	switch chat.CodeOf(err) {
	case chat.CodeTokenExpired:
		s.close(closeTokenExpired, "token expired")
	case chat.CodeSessionRevoked:
		s.close(closeSessionRevoked, "session revoked")
	case chat.CodeUnauthenticated, chat.CodeValidationFailed:
		s.close(closeUnauthenticated, "not authenticated")
	default:
		return false
	}
	return true
}

// signedIn makes the session known to the hub and says hello.
func (s *Session) signedIn(ctx context.Context, identity auth.Identity, re string) bool {
	s.user, s.signIn = identity.UserID, identity.SessionID
	s.expiresAt.Store(identity.ExpiresAt.Unix())
	s.leaveLobby()
	s.hold() // what arrives from now on follows what was put by before
	if err := s.gateway.hub.join(ctx, s); err != nil {
		s.refuse(re, err)
		s.close(closeGoingAway, "try again")
		return false
	}
	// A sign-in that ended after the token was checked and before the hub knew
	// this connection has nobody else to notice it.
	if err := s.gateway.stillActive(ctx, identity); err != nil {
		defer s.gateway.hub.leave(s)
		s.refuse(re, err)
		if chat.CodeOf(err) == chat.CodeSessionRevoked {
			s.close(closeSessionRevoked, "session revoked")
		} else {
			s.close(closeGoingAway, "try again")
		}
		return false
	}
	s.gateway.present.Connected(s.user)
	s.gateway.metrics.connects.Inc()
	s.out.push(s.hello(re))
	s.release(s.showBacklog(ctx))
	return true
}

// leave takes a session that was signed in out of everything.
func (s *Session) leave() {
	s.gateway.hub.leave(s)
	s.gateway.presence.leave(s)
	s.gateway.present.Disconnected(s.user)
}

func (s *Session) hello(re string) *outgoing {
	c := s.gateway.config
	return reply("hello", re, wire.FrameHello{
		SessionID: s.signIn, UserID: s.user, ServerTime: wire.Time(time.Now()),
		HeartbeatSeconds: int(heartbeatInterval.Seconds()),
		Limits: wire.Limits{
			ContentCodePoints: c.Limits.ContentCodePoints, FrameBytes: c.MaxFrame, SendsInFlight: c.SendsInFlight,
			MessagesPerMinute: c.Limits.MessagesPerMinute, MessagesPerHour: c.Limits.MessagesPerHour, GroupMembers: c.Limits.GroupMembers,
		},
	})
}

// read returns the next text frame; false when the connection is over.
func (s *Session) read() ([]byte, bool) {
	kind, r, err := s.ws.NextReader()
	if err != nil {
		return nil, false
	}
	var buffer bytes.Buffer
	ok := s.readInto(&buffer, kind, r)
	return buffer.Bytes(), ok
}

// readInto reads the rest of a frame; false when it ends the connection.
func (s *Session) readInto(buffer *bytes.Buffer, kind int, r io.Reader) bool {
	_, err := buffer.ReadFrom(io.LimitReader(r, int64(s.gateway.config.MaxFrame)+1))
	switch {
	case err != nil:
		return false
	case buffer.Len() > s.gateway.config.MaxFrame:
		s.violation(chat.NewError(chat.CodePayloadTooLarge, "A frame has at most 64 KiB."))
		return false
	case kind != websocket.TextMessage:
		s.violation(chat.NewError(chat.CodeInvalidRequest, "Frames are text."))
		return false
	}
	return true
}

// decode reads the envelope; a frame that is none ends the connection.
func (s *Session) decode(payload []byte, f *clientFrame) bool {
	if err := json.Unmarshal(payload, f); err != nil || f.Type == "" {
		s.violation(chat.NewError(chat.CodeInvalidRequest, "A frame is a JSON object with a type."))
		return false
	}
	return true
}

// violation says what is wrong and closes.
func (s *Session) violation(e *chat.Error) {
	s.refuse("", e)
	s.close(closeProtocolViolation, e.Message())
}

// linger reads on, to no end, until the peer has gone or its time is up, if
// there is a close frame for it to hear.
func (s *Session) linger() {
	if !s.out.isClosed() {
		return
	}
	_ = s.out.raw.SetReadDeadline(time.Now().Add(lingerTimeout))
	buf := make([]byte, 4<<10)
	for {
		if _, err := s.out.raw.Read(buf); err != nil {
			return
		}
	}
}

// refuse answers a frame with an error, and logs what clients are not told.
func (s *Session) refuse(re string, err error) {
	e, known := chat.AsError(err)
	if !known {
		s.gateway.log.Error("Handling a frame failed", "user_id", s.user, "error", err)
	}
	s.out.push(errorFrame(re, e))
}

// close says goodbye; the socket ends when that is written.
func (s *Session) close(code int, reason string) { s.out.push(closeFrame(code, reason)) }

func (s *Session) touch() { s.lastRead.Store(time.Now().Unix()) }

// deliver queues a shared frame. While a sync is under way messages, and what
// begins and ends conversations, wait until it is answered, so that a client meets
// them in order.
func (s *Session) deliver(f *outgoing) { s.deliverCorked(f, nil) }

// deliverCorked is deliver by way of a cork, if there is one.
func (s *Session) deliverCorked(f *outgoing, c *corked) {
	if f.inTurn {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.sync {
			s.held = append(s.held, f)
			if len(s.held) > outboxFrames {
				s.close(closeTooSlow, "syncing too slowly")
			}
			return
		}
	}
	if c != nil {
		c.push(&s.out, f)
	} else {
		s.out.push(f)
	}
}

// noteRoom remembers that the hub puts this session into a room; false when the
// session has left and must not enter another.
func (s *Session) noteRoom(id uuid.UUID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.left {
		s.rooms = append(s.rooms, id)
	}
	return !s.left
}

// forgetRoom is noteRoom undone.
func (s *Session) forgetRoom(id uuid.UUID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.rooms, id); i >= 0 {
		s.rooms = slices.Delete(s.rooms, i, i+1)
	}
}

// leaveRooms returns the rooms this session is in and lets it enter no more.
func (s *Session) leaveRooms() []uuid.UUID {
	s.mu.Lock()
	defer s.mu.Unlock()
	rooms := s.rooms
	s.left, s.rooms = true, nil
	return rooms
}

package realtime

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"

	"uim.dev/uim/chatserver/chat"
)

func id(n byte) uuid.UUID { return uuid.UUID{6: 0x70, 8: 0x80, 15: n} }

var (
	ann, bob, eve = id(1), id(2), id(3)
	place         = id(100) // a conversation
)

func newMetrics() *Metrics { return NewMetrics(prometheus.NewRegistry()) }

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

// listener is a session without a socket: what is delivered to it stays queued.
func listener(user uuid.UUID) *Session {
	return &Session{id: uuid.New(), user: user, out: outbox{metrics: newMetrics(), writing: true}}
}

// queued returns what waits for the socket.
func (s *Session) queued() []*outgoing {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	return slices.Clone(s.out.queue)
}

// heard returns the seqs of the messages queued for a session, in order.
func (s *Session) heard() []int64 {
	seqs := []int64{}
	for _, f := range s.queued() {
		if f.message.seq > 0 && !bytes.HasPrefix(f.payload, []byte(`{"type":"conversation.updated"`)) {
			seqs = append(seqs, f.message.seq)
		}
	}
	return seqs
}

// span returns first, first+1 … last.
func span(first, last int64) []int64 {
	seqs := []int64{}
	for seq := first; seq <= last; seq++ {
		seqs = append(seqs, seq)
	}
	return seqs
}

// ledger is a Log in memory; set fail to make it fail, and ask to watch it.
type ledger struct {
	mu         sync.Mutex
	members    map[uuid.UUID][]uuid.UUID // person → conversations
	heads      map[uuid.UUID]int64
	written    map[uuid.UUID]time.Time         // when a conversation was written to, if not always lately
	joined     map[[2]uuid.UUID]int64          // by person and conversation
	arrived    map[uuid.UUID][]uuid.UUID       // conversation → people
	deleted    []uuid.UUID                     // conversations
	noted      map[messageRef]chat.SystemEvent // messages of the system
	hidesReads map[uuid.UUID]bool

	hidesTyping map[uuid.UUID]bool
	archives    map[uuid.UUID]bool // who has archived everything

	fail error
	ask  func(what string) // runs without the lock before an answer
}

func newLedger() *ledger {
	return &ledger{
		members: map[uuid.UUID][]uuid.UUID{}, heads: map[uuid.UUID]int64{}, hidesReads: map[uuid.UUID]bool{}, hidesTyping: map[uuid.UUID]bool{}, archives: map[uuid.UUID]bool{}, written: map[uuid.UUID]time.Time{},
		joined: map[[2]uuid.UUID]int64{}, arrived: map[uuid.UUID][]uuid.UUID{}, noted: map[messageRef]chat.SystemEvent{},
	}
}

func (l *ledger) question(what string) error {
	l.mu.Lock()
	ask := l.ask
	l.mu.Unlock()
	if ask != nil {
		ask(what)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fail
}

func (l *ledger) look(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

// add stores the next message of a conversation and returns its seq.
func (l *ledger) add(conversation uuid.UUID) (seq int64) {
	return l.addLate(conversation, 0)
}

// addLate stores a message whose statement began a while ago.
func (l *ledger) addLate(conversation uuid.UUID, ago time.Duration) (seq int64) {
	l.look(func() {
		l.heads[conversation]++
		seq, l.written[conversation] = l.heads[conversation], time.Now().Add(-ago)
	})
	return seq
}

func (l *ledger) PlacesIn(_ context.Context, user uuid.UUID) (places map[uuid.UUID]chat.Place, err error) {
	err = l.question("memberships")
	l.look(func() { places = l.places(user, l.members[user]) })
	return places, err
}

// places returns somebody's places in those of the conversations they are in.
func (l *ledger) places(user uuid.UUID, ids []uuid.UUID) map[uuid.UUID]chat.Place {
	places := map[uuid.UUID]chat.Place{}
	for _, id := range ids {
		if slices.Contains(l.members[user], id) {
			places[id] = chat.Place{JoinedSeq: l.joined[[2]uuid.UUID{user, id}], LastSeq: l.heads[id]}
		}
	}
	return places
}

func (l *ledger) Privacy(_ context.Context, user uuid.UUID) (p chat.Privacy, err error) {
	err = l.question("privacy")
	p = chat.DefaultPrivacy
	l.look(func() { p.ReadReceipts, p.Typing = !l.hidesReads[user], !l.hidesTyping[user] })
	return p, err
}

func (l *ledger) PlacesOf(_ context.Context, user uuid.UUID, ids []uuid.UUID) (places map[uuid.UUID]chat.Place, err error) {
	err = l.question("places")
	l.look(func() { places = l.places(user, ids) })
	return places, err
}

// ViewsOf makes the ledger a Views.
func (l *ledger) ViewsOf(_ context.Context, conversation uuid.UUID, viewers []uuid.UUID) (views map[uuid.UUID]chat.Conversation, err error) {
	err = l.question("views")
	views = map[uuid.UUID]chat.Conversation{}
	l.look(func() {
		for _, user := range viewers {
			if p, in := l.places(user, []uuid.UUID{conversation})[conversation]; in {
				views[user] = chat.Conversation{ID: conversation, MyRole: chat.RoleMember, MyJoinedSeq: p.JoinedSeq, LastSeq: p.LastSeq, Settings: chat.Settings{Archived: l.archives[user]}}
			}
		}
	})
	return views, err
}

func (l *ledger) Lately(_ context.Context, while time.Duration) (lately chat.Lately, err error) {
	err = l.question("lately")
	l.look(func() {
		lately = chat.Lately{Heads: maps.Clone(l.heads), Arrived: maps.Clone(l.arrived), Deleted: slices.Clone(l.deleted)}
		maps.DeleteFunc(lately.Heads, func(id uuid.UUID, _ int64) bool {
			at, ok := l.written[id]
			return ok && time.Since(at) >= while
		})
	})
	return lately, err
}

func (l *ledger) History(_ context.Context, conversation uuid.UUID, r chat.HistoryRange) (found []chat.Message, err error) {
	if err := l.question("history"); err != nil {
		return nil, err
	}
	l.look(func() {
		for seq := r.After + 1; seq <= l.heads[conversation] && len(found) < r.Limit; seq++ {
			m := message(conversation, seq)
			if e, ok := l.noted[messageRef{conversation, seq}]; ok {
				m = notice(conversation, seq, e)
			}
			found = append(found, m)
		}
	})
	return found, nil
}

func message(conversation uuid.UUID, seq int64) chat.Message {
	return chat.Message{ID: uuid.New(), ConversationID: conversation, Seq: seq, SenderID: bob, Type: chat.MessageText, Content: "text"}
}

// notice is a message of the system.
func notice(conversation uuid.UUID, seq int64, e chat.SystemEvent) chat.Message {
	return chat.Message{ID: uuid.New(), ConversationID: conversation, Seq: seq, Type: chat.MessageSystem, Content: e.Text(), Event: e.JSON()}
}

// tell brings a message to a hub.
func tell(h *Hub, conversation uuid.UUID, seq int64) {
	h.deliverMessage(nil, conversation, seq, messageFrame(message(conversation, seq)), uuid.Nil)
}

// connect upgrades a request on a sink: the server's side of a WebSocket.
func connect(t *testing.T, s *sink) (*websocket.Conn, *coalescer) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/ws", nil)
	for k, v := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol": Subprotocol,
	} {
		r.Header.Set(k, v)
	}
	h := &coalescingHijacker{ResponseWriter: hijackable{httptest.NewRecorder(), s}}
	ws, err := (&websocket.Upgrader{}).Upgrade(h, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	taken := s.taken
	s.taken = nil
	flush(t, h.conn) // the answer to the handshake
	s.taken, s.writes = taken, nil
	return ws, h.conn
}

type hijackable struct {
	http.ResponseWriter
	conn net.Conn
}

func (h hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(bufio.NewReader(h.conn), bufio.NewWriter(h.conn)), nil
}

// frame is a WebSocket frame as it was written to a sink.
type frame struct {
	kind    int
	payload string
}

// frames reads what was written to a sink.
func (s *sink) frames(t *testing.T) []frame {
	t.Helper()
	var list []frame
	for b := s.all(); len(b) > 0; {
		head, n := 2, int(b[1])
		switch n {
		case 126:
			head, n = 4, int(binary.BigEndian.Uint16(b[2:]))
		case 127:
			head, n = 10, int(binary.BigEndian.Uint64(b[2:]))
		}
		if len(b) < head+n {
			t.Fatalf("half a frame: %x", b)
		}
		list = append(list, frame{int(b[0] & 0xf), string(b[head : head+n])})
		b = b[head+n:]
	}
	return list
}

// closeCode returns the code of a close frame's payload, 0 for another frame.
func closeCode(kind int, payload []byte) int {
	if kind != websocket.CloseMessage || len(payload) < 2 {
		return 0
	}
	return int(binary.BigEndian.Uint16(payload))
}

// typeOf returns the type in a frame's envelope.
func typeOf(t *testing.T, payload []byte) string {
	t.Helper()
	var f struct{ Type string }
	if err := json.Unmarshal(payload, &f); err != nil {
		t.Fatalf("%s: %v", payload, err)
	}
	return f.Type
}

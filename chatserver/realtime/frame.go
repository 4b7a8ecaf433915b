package realtime

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

// Subprotocol is the name of the protocol that this package speaks.
const Subprotocol = "uim.v1"

// Close codes of the contract. After 4000 to 4499 a client reconnects by itself;
// after 4500 and more it needs the person first.
const (
	closeGoingAway         = 4000
	closeTooSlow           = 4008
	closeResync            = 4009
	closeTokenExpired      = 4401
	closeSessionRevoked    = 4501
	closeAccountDeleted    = 4502
	closeProtocolViolation = 4503
	closeUnauthenticated   = 4504
)

var closeCodes = []int{
	closeGoingAway, closeTooSlow, closeResync, closeTokenExpired,
	closeSessionRevoked, closeAccountDeleted, closeProtocolViolation, closeUnauthenticated,
}

// clientFrame is the envelope of what a client sends.
type clientFrame struct {
	Type string          `json:"type"`
	ID   string          `json:"id"`
	Data json.RawMessage `json:"data"`
}

// serverFrame is the envelope of what a client gets.
type serverFrame struct {
	Type string `json:"type"`
	Re   string `json:"re,omitempty"`
	Data any    `json:"data,omitempty"`
}

// outgoing is a frame on its way to sockets. One made for many sessions is
// encoded once and shared; it is never changed after it is made.
type outgoing struct {
	kind    int // websocket.TextMessage or a control type
	payload []byte
	message messageRef // which message it shows, or after which it comes; zero for other frames
	inTurn  bool       // it waits for a sync that is under way, as those that have a message do
	view    bool       // it shows a conversation, as it is with that message
	learned time.Time  // when this node learned of that message
}

// messageRef names a place in a conversation.
type messageRef struct {
	conversation uuid.UUID
	seq          int64
}

// encode makes the payload of a frame. The data are types of package wire,
// which always have a JSON form.
func encode(frameType, re string, data any) []byte {
	payload, err := json.Marshal(serverFrame{Type: frameType, Re: re, Data: data})
	if err != nil {
		panic("realtime: encoding " + frameType + ": " + err.Error())
	}
	return payload
}

// removedFrame ends a conversation for whom it has ended with a message. It keeps
// its place after that message, also while a sync holds it.
func removedFrame(ref messageRef) *outgoing {
	f := reply("conversation.removed", "", wire.FrameConversationRemoved{ConversationID: ref.conversation})
	f.message, f.inTurn = ref, true
	return f
}

// updatedFrame shows a conversation. It keeps its place among what lets somebody
// go and in again, also while a sync holds that: a page that is older must not
// come after it.
func updatedFrame(c chat.Conversation) *outgoing {
	f := reply("conversation.updated", "", wire.FromConversation(c))
	f.message, f.inTurn, f.view = messageRef{c.ID, c.LastSeq}, true, true
	return f
}

// reply makes a frame for one session.
func reply(frameType, re string, data any) *outgoing {
	return &outgoing{kind: websocket.TextMessage, payload: encode(frameType, re, data)}
}

// shared makes a frame for many sessions of an encoded payload.
func shared(payload []byte, ref messageRef) *outgoing {
	return &outgoing{kind: websocket.TextMessage, payload: payload, message: ref, inTurn: ref.seq > 0}
}

func closeFrame(code int, reason string) *outgoing {
	return &outgoing{kind: websocket.CloseMessage, payload: websocket.FormatCloseMessage(code, reason)}
}

// errorFrame tells a client what went wrong with its frame re.
func errorFrame(re string, e *chat.Error) *outgoing {
	data := wire.FrameError{
		Code: string(e.Code), Detail: e.Message(), Retryable: e.Code.Info().Retryable,
		RetryAfterMs: e.RetryAfter.Milliseconds(),
	}
	if len(e.Fields) > 0 {
		data.Errors = wire.FromFieldErrors(e.Fields)
	}
	return reply("error", re, data)
}

// messageFrame and ackFrame are encode by hand, for they are what each message costs.
func messageFrame(m chat.Message) []byte {
	const around = 320 // bytes beside the content
	b := make([]byte, 0, around+len(m.Content))
	b = append(b, `{"type":"message.new","data":`...)
	return append(wire.AppendMessage(b, m), '}')
}

func ackFrame(re string, conversation, clientMsg uuid.UUID, s chat.Stored) *outgoing {
	b := beginReply(make([]byte, 0, 320+len(re)), "message.ack", re)
	b = wire.AppendStored(b, conversation, clientMsg, s)
	return &outgoing{kind: websocket.TextMessage, payload: append(b, '}')}
}

// syncFrame is reply by hand, for thousands may come back at once.
func syncFrame(re string, page chat.SyncPage, viewer uuid.UUID, pager *chat.Pager) (*outgoing, error) {
	const around = 320 // bytes of a message beside its content
	size := 1024 * (1 + len(page.Conversations))
	for _, m := range page.Messages {
		size += around + len(m.Content) + len(m.Event)
	}
	b := beginReply(make([]byte, 0, size), "sync.page", re)
	b, err := wire.AppendSyncPage(b, page, viewer, pager)
	if err != nil {
		return nil, err
	}
	return &outgoing{kind: websocket.TextMessage, payload: append(b, '}')}, nil
}

// beginReply appends an envelope up to its data.
func beginReply(b []byte, frameType, re string) []byte {
	b = wire.AppendString(append(b, `{"type":`...), frameType)
	if re != "" {
		b = wire.AppendString(append(b, `,"re":`...), re)
	}
	return append(b, `,"data":`...)
}

func receiptFrame(m chat.CursorsMoved) []byte {
	return encode("receipt", "", wire.FrameReceipt{
		ConversationID: m.ConversationID, UserID: m.UserID, DeliveredSeq: m.DeliveredSeq, ReadSeq: m.ReadSeq,
	})
}

func closingFrame(reason string, after time.Duration) *outgoing {
	return reply("session.closing", "", wire.FrameSessionClosing{Reason: reason, ReconnectAfterMs: after.Milliseconds()})
}

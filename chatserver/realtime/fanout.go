package realtime

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"log/slog"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// Partitions is the number of channels of the bus, over which the load spreads.
// Every node hears all of them. Events of one Publish travel together on the
// channel of the first one's subject.
const Partitions = 128

// BusMessage is one event on its way to the other nodes.
type BusMessage struct {
	Partition int
	Payload   []byte
}

// Bus carries events between nodes, at most once.
type Bus interface {
	// Publish sends messages in order.
	Publish(ctx context.Context, messages []BusMessage) error
}

// Fanout shows events to everyone who is online: it encodes each event once,
// hands it to this node's hub and to the bus. It implements chat.Publisher.
type Fanout struct {
	node     uuid.UUID // tells our own messages on the bus
	hub      *Hub
	bus      Bus
	views    Views
	signIns  SignInCache
	presence *PresenceFeed
	members  MemberCache
	metrics  *Metrics
	log      *slog.Logger

	refresher *refresher
}

// FanoutServices is what a Fanout works with.
type FanoutServices struct {
	Hub      *Hub
	Bus      Bus
	Views    Views
	SignIns  SignInCache
	Presence *PresenceFeed
	Members  MemberCache // nil: nobody remembers members
}

// MemberCache remembers who belongs to conversations.
type MemberCache interface{ Forget(conversation uuid.UUID) }

// NewFanout returns a Fanout for this node's hub.
func NewFanout(services FanoutServices, metrics *Metrics, log *slog.Logger) *Fanout {
	services.Hub.departed = services.Presence.reconsider
	return &Fanout{
		refresher: newRefresher(), node: uuid.New(), hub: services.Hub, bus: services.Bus, views: services.Views, signIns: services.SignIns,
		presence: services.Presence, members: services.Members, metrics: metrics, log: log,
	}
}

// burst is the number of events from which on other nodes are told first, so
// that what follows a Publish to the same sessions, the acknowledgements of
// their own messages, leaves with the events in one system call. A lone event
// does not wait for the bus.
const burst = 8

// Publish implements chat.Publisher.
func (f *Fanout) Publish(ctx context.Context, events []chat.Event) {
	encoded := make([]event, len(events))
	for i, e := range events {
		encoded[i] = f.encode(e)
	}
	if len(events) < burst {
		f.deliverAll(ctx, encoded)
		f.tellOthers(ctx, encoded)
	} else {
		f.tellOthers(ctx, encoded)
		f.deliverAll(ctx, encoded)
	}
}

func (f *Fanout) tellOthers(ctx context.Context, events []event) {
	if err := f.bus.Publish(ctx, bundle(f.node, events)); err != nil {
		f.metrics.publishFailures.Add(float64(len(events)))
		f.log.Warn("Publishing to the bus failed; the healer will deliver", "events", len(events), "error", err)
	}
}

// Receive takes what came over the bus.
func (f *Fanout) Receive(ctx context.Context, payload []byte) {
	if bundleNode(payload) == f.node {
		return
	}
	var events []event
	for each := range unbundle(payload) {
		if e, node, ok := unmarshalEvent(each); ok && node != f.node {
			events = append(events, e)
		}
	}
	f.deliverAll(ctx, events)
}

// deliverAll shows events to this node's sessions, those of a burst to the same
// session together.
func (f *Fanout) deliverAll(ctx context.Context, events []event) {
	var c corked
	for _, e := range events {
		if e.kind == eventChanged {
			c.uncork() // the store is asked
		}
		f.deliver(ctx, e, &c)
	}
	c.uncork()
}

// partition spreads conversations and people evenly; it must never change, since nodes of
// different versions share the bus.
func partition(subject uuid.UUID) int {
	h := fnv.New32a()
	_, _ = h.Write(subject[:])
	return int(h.Sum32() % Partitions)
}

// eventKind tells what the body of an event is.
type eventKind byte

const (
	eventMessage       eventKind = 1  // a message.new frame
	eventReceipt       eventKind = 2  // a receipt frame
	eventChanged       eventKind = 3  // the ids of members for whom the conversation changed; seq is 1 if it did for all
	eventEnded         eventKind = 4  // sign-ins of a person that are over; see marshalEnded
	eventPrivacy       eventKind = 5  // a person's privacyBits, a byte
	eventHiddenReceipt eventKind = 6  // a receipt of one who hides what they have read
	eventPresence      eventKind = 8  // the ids of people to look at again
	eventDeparture     eventKind = 10 // a message.new frame with which the conversation ends for some; see marshalDeparture
	eventDeleted       eventKind = 11 // a conversation that is gone
	eventTyping        eventKind = 20 // a typing frame
)

// event is the form in which chat events travel.
type event struct {
	kind    eventKind
	subject uuid.UUID // a conversation, or with eventEnded and eventPrivacy a person
	seq     int64     // of a message; of a receipt, how far its member has received, or 0 when that has not moved
	from    uuid.UUID // the connection a message came from, the member a receipt is of, the person who types
	body    []byte
}

const (
	eventVersion = 1
	eventHeader  = 2 + 16 + 16 + 16 + 8 // version, kind, node, subject, from, seq
)

func (f *Fanout) encode(e chat.Event) event {
	switch e := e.(type) {
	case chat.MessageSent:
		if leaving := e.Message.Departed(); len(leaving) > 0 {
			return event{kind: eventDeparture, subject: e.Subject(), seq: e.Message.Seq, body: marshalDeparture(leaving, messageFrame(e.Message))}
		}
		return event{eventMessage, e.Subject(), e.Message.Seq, e.ConnectionID, messageFrame(e.Message)}
	case chat.CursorsMoved:
		out := event{kind: eventReceipt, subject: e.Subject(), from: e.UserID, body: receiptFrame(e)}
		if e.DeliveredMoved {
			out.seq = e.DeliveredSeq
		}
		if e.ReadHidden {
			out.kind = eventHiddenReceipt
		}
		return out
	case chat.ConversationChanged:
		out := event{kind: eventChanged, subject: e.Subject(), body: marshalIDs(e.UserIDs)}
		if e.Everyone {
			out.seq = 1
		}
		return out
	case chat.ConversationDeleted:
		return event{kind: eventDeleted, subject: e.Subject()}
	case chat.PresenceChanged:
		return event{kind: eventPresence, subject: e.Subject(), body: marshalIDs(e.UserIDs)}
	case chat.SessionsEnded:
		return event{kind: eventEnded, subject: e.Subject(), body: marshalEnded(e)}
	case chat.PrivacyChanged:
		return event{kind: eventPrivacy, subject: e.Subject(), body: []byte{byte(toPrivacyBits(e.Privacy))}}
	case chat.TypingChanged:
		return event{kind: eventTyping, subject: e.Subject(), from: e.UserID, body: typingFrame(e)}
	default:
		panic("realtime: unknown kind of event")
	}
}

func marshalIDs(ids []uuid.UUID) []byte {
	b := make([]byte, 0, 16*len(ids))
	for _, id := range ids {
		b = append(b, id[:]...)
	}
	return b
}

func unmarshalIDs(b []byte) []uuid.UUID {
	ids := make([]uuid.UUID, 0, len(b)/16)
	for ; len(b) >= 16; b = b[16:] {
		ids = append(ids, uuid.UUID(b[:16]))
	}
	return ids
}

// marshalDeparture writes who leaves, and the frame that tells of it.
func marshalDeparture(leaving []uuid.UUID, frame []byte) []byte {
	b := binary.AppendUvarint(nil, uint64(len(leaving)))
	return append(append(b, marshalIDs(leaving)...), frame...)
}

// unmarshalDeparture is marshalDeparture undone; false for what it did not make.
func unmarshalDeparture(b []byte) (leaving []uuid.UUID, frame []byte, ok bool) {
	n, width := binary.Uvarint(b)
	if width <= 0 || n > uint64(len(b)-width)/16 {
		return nil, nil, false
	}
	b = b[width:]
	return unmarshalIDs(b[:16*n]), b[16*n:], true
}

func (e event) marshal(node uuid.UUID) []byte {
	return e.appendTo(make([]byte, 0, e.size()), node)
}

func (e event) size() int { return eventHeader + len(e.body) }

func (e event) appendTo(b []byte, node uuid.UUID) []byte {
	b = append(b, eventVersion, byte(e.kind))
	b = append(b, node[:]...)
	b = append(b, e.subject[:]...)
	b = append(b, e.from[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(e.seq))
	return append(b, e.body...)
}

// unmarshalEvent reads an event; false for one of a version that is not ours.
func unmarshalEvent(b []byte) (e event, node uuid.UUID, ok bool) {
	if len(b) < eventHeader || b[0] != eventVersion {
		return event{}, uuid.Nil, false
	}
	return event{
		kind: eventKind(b[1]), subject: uuid.UUID(b[18:34]), from: uuid.UUID(b[34:50]),
		seq: int64(binary.BigEndian.Uint64(b[50:58])), body: b[eventHeader:],
	}, uuid.UUID(b[2:18]), true
}

// deliver shows an event to this node's sessions. The caller uncorks.
func (f *Fanout) deliver(ctx context.Context, e event, c *corked) {
	switch e.kind {
	case eventMessage:
		f.hub.deliverMessage(c, e.subject, e.seq, e.body, e.from)
	case eventReceipt, eventHiddenReceipt:
		f.hub.deliverReceipt(c, receipt{
			conversation: e.subject, member: e.from, delivered: e.seq, hidden: e.kind == eventHiddenReceipt, payload: e.body,
		})
	case eventChanged:
		if f.members != nil {
			f.members.Forget(e.subject)
		}
		people := unmarshalIDs(e.body)
		if len(people) > changedInTurn {
			f.refresher.note(e.subject, people)
			return
		}
		if e.seq > 0 {
			f.refresher.note(e.subject, nil)
		}
		f.showChanged(ctx, e.subject, people)
	case eventDeparture:
		if leaving, frame, ok := unmarshalDeparture(e.body); ok {
			f.hub.deliverMessage(c, e.subject, e.seq, frame, uuid.Nil, leaving...)
		}
	case eventDeleted:
		if f.members != nil {
			f.members.Forget(e.subject)
		}
		f.hub.closeRoom(e.subject)
	case eventEnded:
		if ended, ok := unmarshalEnded(e.subject, e.body); ok {
			f.signIns.Forget(ended) // first: whoever connects now must not find it still believed
			f.hub.endSignIns(ended)
		}
	case eventPrivacy:
		if len(e.body) == 1 {
			f.hub.changePrivacy(e.subject, privacyBits(e.body[0]))
			f.presence.changed([]uuid.UUID{e.subject})
		}
	case eventPresence:
		f.presence.changed(unmarshalIDs(e.body))
	case eventTyping:
		f.hub.deliverTyping(e.subject, e.from, e.body)
	}
}

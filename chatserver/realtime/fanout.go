package realtime

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"log/slog"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

// Partitions is the number of channels of the bus, over which the load spreads.
// Every node hears all of them. Events of one Publish travel together on the
// channel of the first one's conversation.
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
	node    uuid.UUID // tells our own messages on the bus
	hub     *Hub
	bus     Bus
	views   Views
	metrics *Metrics
	log     *slog.Logger
}

// Views shows one conversation as one of its members sees it.
type Views interface {
	ViewsByID(ctx context.Context, viewer uuid.UUID, ids []uuid.UUID) ([]chat.Conversation, error)
}

// NewFanout returns a Fanout for this node's hub.
func NewFanout(hub *Hub, bus Bus, views Views, metrics *Metrics, log *slog.Logger) *Fanout {
	return &Fanout{node: uuid.New(), hub: hub, bus: bus, views: views, metrics: metrics, log: log}
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
	for each := range unbundle(payload) {
		if e, node, ok := unmarshalEvent(each); ok && node != f.node {
			f.deliver(ctx, e)
		}
	}
}

func (f *Fanout) deliverAll(ctx context.Context, events []event) {
	for _, e := range events {
		f.deliver(ctx, e)
	}
}

// partition spreads conversations evenly; it must never change, since nodes of
// different versions share the bus.
func partition(conversation uuid.UUID) int {
	h := fnv.New32a()
	_, _ = h.Write(conversation[:])
	return int(h.Sum32() % Partitions)
}

// eventKind tells what the body of an event is.
type eventKind byte

const (
	eventMessage eventKind = 1 // a message.new frame
	eventReceipt eventKind = 2 // a receipt frame
	eventChanged eventKind = 3 // the ids of members for whom the conversation changed
)

// event is the form in which chat events travel.
type event struct {
	kind         eventKind
	conversation uuid.UUID
	seq          int64     // of a message
	from         uuid.UUID // the connection a message came from
	body         []byte
}

const (
	eventVersion = 1
	eventHeader  = 2 + 16 + 16 + 16 + 8 // version, kind, node, conversation, from, seq
)

func (f *Fanout) encode(e chat.Event) event {
	switch e := e.(type) {
	case chat.MessageSent:
		return event{eventMessage, e.Conversation(), e.Message.Seq, e.ConnectionID, messageFrame(e.Message)}
	case chat.CursorsMoved:
		return event{kind: eventReceipt, conversation: e.Conversation(), body: receiptFrame(e)}
	case chat.ConversationChanged:
		body := make([]byte, 0, 16*len(e.UserIDs))
		for _, id := range e.UserIDs {
			body = append(body, id[:]...)
		}
		return event{kind: eventChanged, conversation: e.Conversation(), body: body}
	default:
		panic("realtime: unknown kind of event")
	}
}

func (e event) marshal(node uuid.UUID) []byte {
	return e.appendTo(make([]byte, 0, e.size()), node)
}

func (e event) size() int { return eventHeader + len(e.body) }

func (e event) appendTo(b []byte, node uuid.UUID) []byte {
	b = append(b, eventVersion, byte(e.kind))
	b = append(b, node[:]...)
	b = append(b, e.conversation[:]...)
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
		kind: eventKind(b[1]), conversation: uuid.UUID(b[18:34]), from: uuid.UUID(b[34:50]),
		seq: int64(binary.BigEndian.Uint64(b[50:58])), body: b[eventHeader:],
	}, uuid.UUID(b[2:18]), true
}

// deliver shows an event to this node's sessions.
func (f *Fanout) deliver(ctx context.Context, e event) {
	switch e.kind {
	case eventMessage:
		f.hub.deliverMessage(e.conversation, e.seq, e.body, e.from)
	case eventReceipt:
		f.hub.deliverAll(e.conversation, e.body)
	case eventChanged:
		for b := e.body; len(b) >= 16; b = b[16:] {
			f.changed(ctx, e.conversation, uuid.UUID(b[:16]))
		}
	}
}

// changed brings a person's sessions into a conversation and shows it to them.
func (f *Fanout) changed(ctx context.Context, conversation, user uuid.UUID) {
	sessions := f.hub.sessionsOf(user)
	if len(sessions) == 0 {
		return
	}
	views, err := f.views.ViewsByID(ctx, user, []uuid.UUID{conversation})
	if err == nil && len(views) == 1 {
		err = f.hub.enter(ctx, sessions, []uuid.UUID{conversation})
	}
	if err != nil {
		f.log.Warn("Showing a changed conversation failed", "conversation_id", conversation, "user_id", user, "error", err)
		for _, s := range sessions {
			s.close(closeResync, "sync again")
		}
		return
	}
	for _, view := range views {
		frame := reply("conversation.updated", "", wire.FromConversation(view))
		for _, s := range sessions {
			s.deliver(frame)
		}
	}
}

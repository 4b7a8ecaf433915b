package realtime

import (
	"encoding/binary"
	"iter"

	"github.com/google/uuid"
)

const (
	bundleVersion = 2
	bundleHeader  = 1 + 16   // version, node
	bundleBytes   = 64 << 10 // from which on a bundle takes no more
)

// bundle makes of events what is published: one that is alone as it is, several
// as one payload, which costs the bus, and each node that hears it, as much as
// one. The events keep their order.
func bundle(node uuid.UUID, events []event) []BusMessage {
	if len(events) == 1 {
		return []BusMessage{{Partition: partition(events[0].conversation), Payload: events[0].marshal(node)}}
	}
	var messages []BusMessage
	for len(events) > 0 {
		m := BusMessage{Partition: partition(events[0].conversation)}
		m.Payload = append(append(m.Payload, bundleVersion), node[:]...)
		for len(events) > 0 && len(m.Payload) < bundleBytes {
			e := events[0].marshal(node)
			m.Payload = binary.AppendUvarint(m.Payload, uint64(len(e)))
			m.Payload = append(m.Payload, e...)
			events = events[1:]
		}
		messages = append(messages, m)
	}
	return messages
}

// bundleNode returns whose bundle a payload is, uuid.Nil when it is none.
func bundleNode(payload []byte) (node uuid.UUID) {
	if len(payload) >= bundleHeader && payload[0] == bundleVersion {
		node = uuid.UUID(payload[1:bundleHeader])
	}
	return node
}

// unbundle yields the events of a payload, up to what it can't make out.
func unbundle(payload []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if len(payload) < bundleHeader || payload[0] != bundleVersion {
			yield(payload)
			return
		}
		for rest := payload[bundleHeader:]; len(rest) > 0; {
			n, width := binary.Uvarint(rest)
			if width <= 0 || n > uint64(len(rest)-width) || !yield(rest[width:width+int(n)]) {
				return
			}
			rest = rest[width+int(n):]
		}
	}
}

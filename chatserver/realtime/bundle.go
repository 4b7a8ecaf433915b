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
		return []BusMessage{{Partition: partition(events[0].subject), Payload: events[0].marshal(node)}}
	}
	var messages []BusMessage
	for len(events) > 0 {
		m := BusMessage{Partition: partition(events[0].subject)}
		n, size := 0, bundleHeader
		for ; n < len(events) && size < bundleBytes; n++ {
			size += events[n].size() + binary.MaxVarintLen32
		}
		m.Payload = append(make([]byte, 0, size), bundleVersion)
		m.Payload = append(m.Payload, node[:]...)
		for _, e := range events[:n] {
			m.Payload = binary.AppendUvarint(m.Payload, uint64(e.size()))
			m.Payload = e.appendTo(m.Payload, node)
		}
		events = events[n:]
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

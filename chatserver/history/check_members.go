package history

import (
	"fmt"

	"github.com/google/uuid"
)

// view is a conversation on one device.
type view struct {
	client       string
	conversation uuid.UUID
}

// applied is I4: every device showed every message of the time for which its
// person was a member, each once, in the order of seq, and as it is stored. Who
// was let in again goes on from there.
func (h History) applied() (found []Finding) {
	at, spans := h.places(), h.spans()
	last, left, owner := map[view]int64{}, map[view]bool{}, map[view]member{}
	for _, e := range h.Events {
		v := view{e.Client, e.Conversation}
		switch e.Kind {
		case Began:
			owner[v] = member{e.Conversation, e.User}
			if before, again := last[v]; again && !spans.beginsAfter(owner[v], e.Seq) {
				found = append(found, Finding{Lost, fmt.Sprintf("%s never got seq %d to %d of conversation %s", v.client, before+1, e.Seq, v.conversation)})
			}
			last[v], left[v] = e.Seq, false
		case Removed:
			left[v] = true
		case Applied:
			found = append(found, h.next(e, last[v], at)...)
			last[v] = max(last[v], e.Seq)
		default:
		}
	}
	for v, seq := range last {
		end := h.Stored[v.conversation].LastSeq
		switch in := spans.open(owner[v]); {
		case in && left[v]:
			found = append(found, Finding{Lost, fmt.Sprintf("%s was told that conversation %s ended for it, and nothing of its place in it", v.client, v.conversation)})
		case in && seq < end:
			found = append(found, Finding{Lost, fmt.Sprintf("%s never got seq %d to %d of conversation %s", v.client, seq+1, end, v.conversation)})
		case !in && !left[v]:
			found = append(found, Finding{Lost, fmt.Sprintf("%s was never told that conversation %s ended for it", v.client, v.conversation)})
		}
	}
	return found
}

// next judges one message that a device showed after the one with seq last.
func (h History) next(e Event, last int64, at map[place]StoredMessage) (found []Finding) {
	switch {
	case e.Seq <= last:
		found = append(found, Finding{Doubled, fmt.Sprintf("%s showed seq %d of conversation %s after seq %d", e.Client, e.Seq, e.Conversation, last)})
	case e.Seq > last+1:
		found = append(found, Finding{Reordered, fmt.Sprintf("%s showed seq %d of conversation %s right after seq %d", e.Client, e.Seq, e.Conversation, last)})
	}
	return append(found, h.asStored(e, at)...)
}

// droppedIsKnown looks at what came again: it has to be the same message.
func (h History) droppedIsKnown() (found []Finding) {
	at := h.places()
	for _, e := range h.Events {
		if e.Kind == Dropped {
			found = append(found, h.asStored(e, at)...)
		}
	}
	return found
}

// asStored compares a message that a device got with the stored one.
func (h History) asStored(e Event, at map[place]StoredMessage) []Finding {
	m, ok := at[place{e.Conversation, e.Seq}]
	switch {
	case !ok:
		return []Finding{{Lost, fmt.Sprintf("%s got %s as seq %d of conversation %s, which is not stored", e.Client, brief(e.Content), e.Seq, e.Conversation)}}
	case m.ID != e.Message && h.holds(e.Conversation, e.Content):
		return []Finding{{Reordered, fmt.Sprintf("%s got %s as seq %d of conversation %s, where %s is stored", e.Client, brief(e.Content), e.Seq, e.Conversation, brief(m.Content))}}
	case m.ID != e.Message || m.Content != e.Content || m.Sender != e.Sender:
		return []Finding{{Altered, fmt.Sprintf("%s got %s of sender %s as seq %d of conversation %s, where %s of sender %s is stored",
			e.Client, brief(e.Content), e.Sender, e.Seq, e.Conversation, brief(m.Content), m.Sender)}}
	}
	return nil
}

// cursors is I5: they only grow, read never passes delivered, delivered never
// passes the end, and nobody is told of more than is stored.
func (h History) cursors() (found []Finding) {
	bad := func(format string, args ...any) { found = append(found, Finding{Cursor, fmt.Sprintf(format, args...)}) }
	stored := map[member]StoredCursor{}
	for id, s := range h.Stored {
		for _, c := range s.Cursors {
			stored[member{id, c.User}] = c
			if c.Delivered > s.LastSeq || c.Read > c.Delivered {
				bad("%s has delivered %d and read %d of conversation %s, which ends at %d", c.User, c.Delivered, c.Read, id, s.LastSeq)
			}
		}
	}
	before := map[member]StoredCursor{}
	for _, s := range h.CursorLog {
		m := member{s.Conversation, s.User}
		if s.Delivered < before[m].Delivered || s.Read < before[m].Read {
			bad("the cursors of %s in conversation %s went back from %d/%d to %d/%d", s.User, s.Conversation, before[m].Delivered, before[m].Read, s.Delivered, s.Read)
		}
		before[m] = s.StoredCursor
	}
	for m, c := range before {
		if now, ok := stored[m]; ok && (now.Delivered < c.Delivered || now.Read < c.Read) { // else no member any more
			bad("the cursors of %s in conversation %s went back from %d/%d to %d/%d", m.user, m.conversation, c.Delivered, c.Read, now.Delivered, now.Read)
		}
	}
	for _, e := range h.Events {
		if e.Kind != Receipt {
			continue
		}
		if c, ok := stored[member{e.Conversation, e.Sender}]; ok && (e.Delivered > c.Delivered || e.Read > c.Read) {
			bad("%s was told that %s is at %d/%d of conversation %s; stored is %d/%d", e.Client, e.Sender, e.Delivered, e.Read, e.Conversation, c.Delivered, c.Read)
		}
	}
	return found
}

// OrderOfWriting is a stricter look, for runs in which no send was refused: the
// messages of a sender in a conversation are stored in the order of writing.
func (h History) OrderOfWriting() (found []Finding) {
	type writer struct{ conversation, user uuid.UUID }
	number, written := map[key]int{}, 0
	for _, e := range h.Events {
		k := key{e.User, e.ClientMsgID}
		if _, again := number[k]; e.Kind == Sent && !again {
			written++
			number[k] = written
		}
	}
	latest := map[writer]int{}
	for id, s := range h.Stored {
		for _, m := range s.Messages {
			n, ours := number[key{m.Sender, m.ClientMsgID}]
			w := writer{id, m.Sender}
			if ours && n < latest[w] {
				found = append(found, Finding{Reordered, fmt.Sprintf("%s of sender %s is stored as seq %d of conversation %s, after what was written later", brief(m.Content), m.Sender, m.Seq, id)})
			}
			latest[w] = max(latest[w], n)
		}
	}
	return found
}

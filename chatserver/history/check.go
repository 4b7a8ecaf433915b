package history

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// Verdict says which promise a finding breaks.
type Verdict string

// The promises of docs/architecture.md, as the checker words their breaking.
const (
	Lost      Verdict = "lost"      // acknowledged and not stored, or stored and not shown to a member
	Doubled   Verdict = "doubled"   // stored or shown twice
	Reordered Verdict = "reordered" // another place than the one told, or than others see
	Altered   Verdict = "altered"   // another content, sender or id than what was sent
	Cursor    Verdict = "cursor"    // a delivered or read cursor that went back or too far
	Leaked    Verdict = "leaked"    // shown to somebody who was not a member then
)

// Finding is one broken promise.
type Finding struct {
	Verdict Verdict
	Text    string
}

func (f Finding) String() string { return string(f.Verdict) + ": " + f.Text }

// Stored is a conversation as it is stored when all is quiet.
type Stored struct {
	LastSeq  int64
	Messages []StoredMessage // ascending by seq
	Cursors  []StoredCursor  // one for each member
}

// StoredMessage is a message as it is stored. ClientMsgID is zero where the
// source does not tell it.
type StoredMessage struct {
	Seq         int64
	ID          uuid.UUID
	Sender      uuid.UUID
	ClientMsgID uuid.UUID
	Content     string // see Digest
	Moved       Movement
}

// StoredCursor is how far a member is.
type StoredCursor struct {
	User            uuid.UUID
	Delivered, Read int64
}

// History is what clients wrote down and what is stored. Contents are unique,
// and the conversations were quiet when they were read: every client was
// connected and had all the time it needs.
type History struct {
	Events []Event
	Stored map[uuid.UUID]Stored
	// CursorLog is what a member's cursors were at several times, the oldest first.
	CursorLog []CursorSample
}

// CursorSample is a look at a stored cursor.
type CursorSample struct {
	Conversation uuid.UUID
	StoredCursor
}

// Check returns every broken promise.
func (h History) Check() []Finding {
	var found []Finding
	for _, check := range []func() []Finding{
		h.contiguous, h.storedOnce, h.acknowledgedIsStored, h.storedWasSent, h.orderOfTime,
		h.applied, h.droppedIsKnown, h.cursors, h.shownToMembers, h.turnedAway,
	} {
		found = append(found, check()...)
	}
	return found
}

// place names a message by where it is.
type place struct {
	conversation uuid.UUID
	seq          int64
}

// key names a message by what its sender called it.
type key struct{ sender, clientMsgID uuid.UUID }

// eachStored calls f for every stored message.
func (h History) eachStored(f func(conversation uuid.UUID, m StoredMessage)) {
	for id, stored := range h.Stored {
		for _, m := range stored.Messages {
			f(id, m)
		}
	}
}

// places returns the stored messages by place.
func (h History) places() map[place]StoredMessage {
	at := map[place]StoredMessage{}
	h.eachStored(func(id uuid.UUID, m StoredMessage) { at[place{id, m.Seq}] = m })
	return at
}

// contiguous is I3: seq is 1, 2, 3 … up to the conversation's last_seq.
func (h History) contiguous() (found []Finding) {
	for id, stored := range h.Stored {
		want := int64(1)
		for _, m := range stored.Messages {
			if m.Seq < want {
				found = append(found, Finding{Doubled, fmt.Sprintf("seq %d is stored twice in conversation %s", m.Seq, id)})
				continue
			}
			if m.Seq > want {
				found = append(found, Finding{Lost, fmt.Sprintf("seq %d to %d are missing in conversation %s", want, m.Seq-1, id)})
			}
			want = m.Seq + 1
		}
		if stored.LastSeq != want-1 {
			found = append(found, Finding{Lost, fmt.Sprintf("conversation %s ends at seq %d, its last_seq is %d", id, want-1, stored.LastSeq)})
		}
	}
	return found
}

// storedOnce is I2: a sender's client_msg_id is stored once, and so is what a
// client wrote.
func (h History) storedOnce() (found []Finding) {
	written := map[string]bool{}
	for _, e := range h.Events {
		if e.Kind == Sent {
			written[e.Content] = true
		}
	}
	keys, contents := map[key]place{}, map[string]place{}
	h.eachStored(func(id uuid.UUID, m StoredMessage) {
		here, k := place{id, m.Seq}, key{m.Sender, m.ClientMsgID}
		if there, twice := keys[k]; twice && m.ClientMsgID != uuid.Nil {
			found = append(found, Finding{Doubled, fmt.Sprintf("message %s of sender %s is stored as seq %d and as seq %d in conversation %s",
				m.ClientMsgID, m.Sender, there.seq, here.seq, id)})
		} else if there, twice := contents[m.Content]; twice && written[m.Content] {
			found = append(found, Finding{Doubled, fmt.Sprintf("%s is stored as seq %d and as seq %d in conversation %s", brief(m.Content), there.seq, here.seq, id)})
		}
		keys[k], contents[m.Content] = here, here
	})
	return found
}

// acknowledgedIsStored is I1: what was acknowledged is stored, in the place and
// under the id that the acknowledgement told, with the content that was sent.
func (h History) acknowledgedIsStored() (found []Finding) {
	at, sent := h.places(), map[key]string{}
	for _, e := range h.Events {
		k := key{e.User, e.ClientMsgID}
		switch e.Kind {
		case Sent:
			sent[k] = e.Content
		case Acked:
			content, known := sent[k]
			m, stored := at[place{e.Conversation, e.Seq}]
			switch {
			case !known:
				found = append(found, Finding{Altered, fmt.Sprintf("%s got an acknowledgement of %s, which it never sent", e.Client, e.ClientMsgID)})
			case !stored:
				found = append(found, Finding{Lost, fmt.Sprintf("%s of sender %s, acknowledged as seq %d of conversation %s, is not stored", brief(content), e.User, e.Seq, e.Conversation)})
			case m.Content != content && h.holds(e.Conversation, content):
				found = append(found, Finding{Reordered, fmt.Sprintf("%s was acknowledged as seq %d of conversation %s, where %s is stored", brief(content), e.Seq, e.Conversation, brief(m.Content))})
			case m.Content != content:
				found = append(found, Finding{Lost, fmt.Sprintf("%s was acknowledged as seq %d of conversation %s, where %s is stored", brief(content), e.Seq, e.Conversation, brief(m.Content))})
			case m.ID != e.Message || m.Sender != e.User:
				found = append(found, Finding{Altered, fmt.Sprintf("seq %d of conversation %s was acknowledged as message %s and is stored as %s of sender %s", e.Seq, e.Conversation, e.Message, m.ID, m.Sender)})
			}
		default:
		}
	}
	return found
}

// holds reports whether a content is stored somewhere in a conversation.
func (h History) holds(conversation uuid.UUID, content string) bool {
	for _, m := range h.Stored[conversation].Messages {
		if m.Content == content {
			return true
		}
	}
	return false
}

// storedWasSent is the other direction: nothing is stored that nobody sent.
// What was there before the first client began to follow is not ours.
func (h History) storedWasSent() (found []Finding) {
	sent, base := map[string]uuid.UUID{}, map[uuid.UUID]int64{}
	for _, e := range h.Events {
		switch e.Kind {
		case Sent:
			sent[e.Content] = e.User
		case Began:
			if b, known := base[e.Conversation]; !known || e.Seq < b {
				base[e.Conversation] = e.Seq
			}
		default:
		}
	}
	h.eachStored(func(id uuid.UUID, m StoredMessage) {
		b, followed := base[id]
		if followed && m.Seq > b && m.Sender != uuid.Nil && sent[m.Content] != m.Sender {
			found = append(found, Finding{Altered, fmt.Sprintf("seq %d of conversation %s holds %s, which sender %s never sent", m.Seq, id, brief(m.Content), m.Sender)})
		}
	})
	return found
}

// orderOfTime is the rest of I3: what was sent after another message had been
// acknowledged comes after it.
func (h History) orderOfTime() (found []Finding) {
	latest := map[uuid.UUID]int64{} // conversation → greatest seq acknowledged so far
	floor := map[key]int64{}
	for _, e := range h.Events {
		k := key{e.User, e.ClientMsgID}
		switch e.Kind {
		case Sent:
			if _, again := floor[k]; !again {
				floor[k] = latest[e.Conversation]
			}
		case Acked:
			if low, known := floor[k]; known && e.Seq <= low {
				found = append(found, Finding{Reordered, fmt.Sprintf("message %s got seq %d of conversation %s, but was sent when seq %d had been acknowledged", e.ClientMsgID, e.Seq, e.Conversation, low)})
			}
			latest[e.Conversation] = max(latest[e.Conversation], e.Seq)
		default:
		}
	}
	return found
}

func brief(content string) string {
	if i := strings.IndexByte(content, '\n'); i >= 0 {
		content = content[:i]
	}
	if len(content) > 60 {
		content = content[:60] + "…"
	}
	return fmt.Sprintf("%q", content)
}

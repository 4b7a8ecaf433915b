package conformance

import (
	"strconv"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

// A server may put messages by for people without a connection and send them in
// `messages` frames when they connect. A client that keeps the rules of seq can't
// tell the difference but by the time it takes.
var offlineChecks = []Check{
	{"what was sent during an absence arrives once and in order, whichever way", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		a.send(t, id, uuid.NewString(), "1")
		s := b.connect(t)
		log := &applied{conversation: id}
		log.sync(t, s)
		for i := range 3 {
			s.send(t, "delivered", "", object{"conversation_id": id, "seq": log.last})
			check(t, s.ws.Close())
			for j := range 5 {
				a.send(t, id, uuid.NewString(), strconv.Itoa(i*5+j+2))
			}
			s = b.connect(t)
			log.sync(t, s)
			equal(t, "the last seq after the absence", log.last, int64(i*5+6))
		}
		for i, content := range log.contents {
			equal(t, "content", content, strconv.Itoa(i+1))
		}
	}},
	{"a live message follows what was missed", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		check(t, b.connect(t).ws.Close())
		for i := range 3 {
			a.send(t, id, uuid.NewString(), strconv.Itoa(i+1))
		}
		s := b.connect(t)
		log := &applied{conversation: id}
		a.send(t, id, uuid.NewString(), "4")
		log.sync(t, s)
		for log.last < 4 {
			log.take(t, s.next(t))
		}
		equal(t, "number of messages", len(log.contents), 4)
	}},
	{"all devices of a person get what was missed", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		a.send(t, id, uuid.NewString(), "1")
		phone, laptop := &applied{conversation: id}, &applied{conversation: id}
		s := b.connect(t)
		phone.sync(t, s)
		s.send(t, "delivered", "", object{"conversation_id": id, "seq": 1})
		check(t, s.ws.Close())
		for i := range 4 {
			a.send(t, id, uuid.NewString(), strconv.Itoa(i+2))
		}
		for _, device := range []*applied{phone, laptop, phone} {
			s := b.connect(t)
			device.sync(t, s)
			equal(t, "the last seq of the device", device.last, 5)
			s.send(t, "delivered", "", object{"conversation_id": id, "seq": 5})
			check(t, s.ws.Close())
		}
	}},
}

// applied is what a client that keeps the rules of seq has of a conversation.
type applied struct {
	conversation string
	last         int64
	contents     []string
	batched      int // messages that came in `messages` frames
}

// apply takes a message: the next one; not an older one; a later one is left to sync.
func (a *applied) apply(m wire.Message) {
	if m.ConversationID.String() == a.conversation && m.Seq == a.last+1 {
		a.last = m.Seq
		a.contents = append(a.contents, m.Content)
	}
}

// take applies whatever a frame brings.
func (a *applied) take(t T, f frame) {
	t.Helper()
	switch f.Type {
	case "message.new":
		var m wire.Message
		f.into(t, &m)
		a.apply(m)
	case "messages":
		var list wire.FrameMessages
		f.into(t, &list)
		for i, m := range list.Messages {
			equal(t, "conversation_id of a message in a batch", m.ConversationID, list.ConversationID)
			if i > 0 {
				equal(t, "seq in a batch", m.Seq, list.Messages[i-1].Seq+1)
			}
			a.apply(m)
		}
		a.batched += len(list.Messages)
	case "sync.page":
		var page wire.SyncPage
		f.into(t, &page)
		for _, m := range page.Messages {
			a.apply(m)
		}
	}
}

// sync catches up on a connection.
func (a *applied) sync(t T, s *socket) {
	t.Helper()
	s.send(t, "sync", "sync", object{"known": []object{{"conversation_id": a.conversation, "seq": a.last}}})
	for {
		f := s.next(t)
		a.take(t, f)
		if f.Type == "sync.page" {
			return
		}
	}
}

// Absence is a person with one conversation who is away from time to time.
type Absence struct {
	*Person
	log applied
}

// Absent returns a person as absent from a conversation.
func (p *Person) Absent(conversation string) *Absence {
	return &Absence{p, applied{conversation: conversation}}
}

// ID is the person's id.
func (p *Person) ID() string { return p.user.id() }

// Return connects, catches up, and returns how many messages came in `messages`
// frames before the answer to the sync, and the last seq.
func (a *Absence) Return(t T) (batched int, last int64) {
	t.Helper()
	a.Connect(t)
	a.log.batched = 0
	a.log.sync(t, a.socket)
	return a.log.batched, a.log.last
}

// Forget makes the client know nothing, like one that is new.
func (a *Absence) Forget() { a.log = applied{conversation: a.log.conversation} }

// Receive confirms all that came.
func (a *Absence) Receive(t T) {
	t.Helper()
	a.socket.send(t, "delivered", "", object{"conversation_id": a.log.conversation, "seq": a.log.last})
}

// ReadOver confirms, over HTTP, to have read up to a seq.
func (a *Absence) ReadOver(t T, seq int64) {
	t.Helper()
	a.user.call(t, "POST", "/api/conversations/"+a.log.conversation+"/read", object{"seq": seq}).wants(t, 204)
}

// Leave ends the connection.
func (a *Absence) Leave(t T) {
	t.Helper()
	check(t, a.socket.ws.Close())
}

// AwaitPresence waits until the person sees another as online or offline.
func (p *Person) AwaitPresence(t T, of *Person, status string) {
	t.Helper()
	p.user.awaitPresence(t, of.user, status)
}

// Presence is how the person sees another.
func (p *Person) Presence(t T, of *Person) string {
	t.Helper()
	return p.user.presence(t, of.user.id()).Status
}

// LastSeen is when the other was last seen; zero when that is not told.
func (p *Person) LastSeen(t T, of *Person) time.Time {
	t.Helper()
	if seen := p.user.presence(t, of.user.id()).LastSeen; seen != nil {
		return seen.Time()
	}
	return time.Time{}
}

package faults

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/history"
	"uim.dev/uim/chatserver/wire"
)

// world is the people of one run and what they write.
type world struct {
	rig   *Rig
	load  Load
	log   *history.Log
	bulky bool   // a few conversations have long messages
	run   string // makes names and contents unique

	accounts      []*history.Account
	devices       []device
	conversations []uuid.UUID // the group is the last one

	texts  counter
	acked  atomic.Int64
	enough atomic.Bool // nothing new is written
	seated atomic.Bool // nobody is added to the group or removed any more

	mu      sync.Mutex
	samples []history.CursorSample
}

// device is a client and where it sits.
type device struct {
	*history.Client
	person int // index of its account
	writes bool
}

// window is how many messages one person has under way in one conversation.
const window = 4

// populate registers people who sit in a ring, every other one at another node,
// and lets each talk with both neighbours: the i-th conversation is that of the
// i-th person and the next. Every third person has a second device, which only
// listens. All of them are in a group besides.
func (w *world) populate(ctx context.Context) error {
	for i := range w.load.People {
		s := history.Server{URLs: w.rig.URLs()}
		account, err := history.Register(ctx, s, fmt.Sprintf("h%s-%d", w.run, i), uuid.NewString())
		if err != nil {
			return err
		}
		w.accounts = append(w.accounts, account)
		w.devices = append(w.devices, w.device(account, i, false))
		if i%3 == 0 {
			w.devices = append(w.devices, w.device(account, i, true))
		}
	}
	for i := range w.accounts {
		next := (i + 1) % len(w.accounts)
		c, err := w.accounts[i].OpenDirect(ctx, w.accounts[next].User.ID)
		if err != nil {
			return err
		}
		w.follow(c)
	}
	group, err := w.makeGroup(ctx)
	if err == nil {
		w.follow(group)
	}
	return err
}

func (w *world) follow(c wire.Conversation) {
	w.conversations = append(w.conversations, c.ID)
	for _, d := range w.devices {
		if w.sits(d, len(w.conversations)-1) {
			d.Follow(c.ID, c.LastSeq)
		}
	}
}

// device is a person's own device, or the other one, which only listens.
func (w *world) device(account *history.Account, person int, other bool) device {
	d := device{person: person, writes: !other && (!w.load.OneSided || person%2 == 0)}
	o := history.Options{Name: fmt.Sprintf("person %d", person), Home: person, Log: w.log, Window: window, Patience: patience}
	if d.writes {
		o.OnAck = func(conversation uuid.UUID) {
			w.acked.Add(1)
			if !w.enough.Load() {
				w.writeOne(d, conversation)
			}
		}
		o.OnReturn = func(conversation uuid.UUID) {
			if !w.enough.Load() {
				w.fill(d, conversation)
			}
		}
	}
	if other {
		o.Name += "'s other device"
		o.Home++
	}
	d.Client = history.NewClient(account, o)
	return d
}

// sits reports whether a device is in the i-th conversation, at least by times.
func (w *world) sits(d device, i int) bool {
	return i == len(w.accounts) || d.person == i || d.person == (i+1)%len(w.accounts)
}

// write fills everyone's window; each acknowledgement is followed by another text.
func (w *world) write() {
	for i, id := range w.conversations {
		for _, d := range w.devices {
			if d.writes && w.sits(d, i) {
				w.fill(d, id)
			}
		}
	}
}

func (w *world) fill(d device, conversation uuid.UUID) {
	for range window {
		w.writeOne(d, conversation)
	}
}

// Some conversations carry messages of 27 kB, as fast as they are taken, which
// soon fills the buffers of whoever reads slowly.
const (
	bulkyEvery  = 6
	bulkyLength = 9000 // characters
)

// writeOne writes a text that nobody else writes. With a rate each writer's next
// text is due a while later.
func (w *world) writeOne(d device, conversation uuid.UUID) {
	n := w.texts.next()
	text := fmt.Sprintf("%s %s %d", w.run, d.Name(), n)
	bulky := w.bulky && slices.Index(w.conversations[:len(w.accounts)], conversation)%bulkyEvery == 0
	if bulky {
		text += strings.Repeat("字", bulkyLength)
	}
	var due time.Time
	if w.load.Rate > 0 && !bulky {
		writers := 3 * len(w.accounts) * window // each person writes to two others and to the group
		due = time.Now().Add(time.Duration(writers) * time.Second / time.Duration(w.load.Rate))
	}
	d.SendAt(conversation, text, due)
}

// settle waits until everything is acknowledged, shown everywhere, and noted as
// delivered; false when that does not come about.
func (w *world) settle(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, w.load.Settle)
	defer cancel()
	for {
		if w.settled(ctx) {
			return true
		}
		if wait(ctx, 50*time.Millisecond) != nil {
			return false
		}
	}
}

func (w *world) settled(ctx context.Context) bool {
	heads, err := w.heads(ctx)
	if err != nil || !w.seated.Load() {
		return false
	}
	for i, id := range w.conversations {
		for _, d := range w.devices {
			switch {
			case !w.sits(d, i):
			case w.outside(d, id):
				if !d.Left(id) {
					return false
				}
			case d.Left(id) || d.Pending(id) > 0 || d.Last(id) != heads[id]:
				return false
			}
		}
	}
	behind := 0
	err = w.rig.database.QueryRow(ctx, `SELECT count(*) FROM members m JOIN conversation_heads h USING (conversation_id)
		WHERE conversation_id = ANY($1) AND m.delivered_seq < h.last_seq`, w.conversations).Scan(&behind)
	return err == nil && behind == 0
}

func (w *world) close() {
	for _, a := range w.accounts {
		a.Close()
	}
}

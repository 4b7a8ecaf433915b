package seed

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// world is all that is written, made of random numbers that the seed decides.
// As in life few people and conversations have most of what is said, and the
// messages of a conversation lie among those of others.
type world struct {
	options Options
	rand    *rand.Rand
	start   time.Time
	people  []person
	rooms   []room
	lately  [8]int // rooms in which somebody wrote lately: talks come in bursts
	written int    // messages made so far
}

type person struct {
	id                    uuid.UUID
	username, displayName string
	joinedAt              time.Time
}

type room struct {
	id        uuid.UUID
	name      string // of a group
	language  language
	createdAt time.Time
	members   []member // of a direct conversation two
	lastSeq   int64
	lastAt    time.Time
	replyTo   uuid.UUID // the message before
}

func (r *room) direct() bool { return r.name == "" }

type member struct {
	person   int
	last     int64 // the last message of their own
	readSeq  int64
	settings settings
}

// settings are how a few want their conversations.
type settings struct{ pinned, archived, muted bool }

type message struct {
	room         *room
	seq          int64
	id, clientID uuid.UUID
	sender       uuid.UUID
	content      string
	replyTo      *uuid.UUID
	createdAt    time.Time
}

const year = 365 * 24 * time.Hour

// newWorld makes the people and their conversations.
func newWorld(o Options) *world {
	w := &world{options: o, rand: rand.New(rand.NewPCG(o.Seed, 0x75696d)), start: o.End.Add(-year)}
	w.people = make([]person, o.Users)
	for i := range w.people {
		w.people[i] = w.newPerson(i)
	}
	pairs := make(map[[2]int]bool)
	w.rooms = make([]room, o.Conversations)
	for i := range w.rooms {
		w.rooms[i] = w.newRoom(pairs)
	}
	for i := range w.lately {
		w.lately[i] = w.anyRoom()
	}
	return w
}

func (w *world) newPerson(i int) person {
	at := w.start.Add(time.Duration(i) * time.Millisecond)
	given, family, display := w.name()
	username := strings.ToLower(given) + "." + strings.ToLower(family) + "." + strconv.Itoa(i+1)
	if w.options.Seed != 1 { // other seeds have other usernames
		username += "-" + strconv.FormatUint(w.options.Seed, 36)
	}
	return person{id: w.newID(at), username: username, displayName: display, joinedAt: at}
}

// newRoom makes a 1:1 conversation of two who have none yet, or a group of three
// or more, of which large ones are rare.
func (w *world) newRoom(pairs map[[2]int]bool) room {
	at := w.start.Add(time.Hour + time.Duration(w.rand.Int64N(int64(24*time.Hour))))
	r := room{id: w.newID(at), createdAt: at, lastAt: at, language: w.language()}
	if w.rand.IntN(5) > 0 {
		for range 20 {
			a, b := w.anyone(), w.rand.IntN(len(w.people))
			if a != b && !pairs[[2]int{min(a, b), max(a, b)}] {
				pairs[[2]int{min(a, b), max(a, b)}] = true
				r.members = []member{w.newMember(a), w.newMember(b)}
				return r
			}
		}
	}
	r.name = w.groupName(r.language)
	size := min(3+int(48*math.Pow(w.rand.Float64(), 6)), len(w.people))
	in := make(map[int]bool, size)
	for len(r.members) < size {
		p := w.anyone()
		for in[p] { // the next who is not in it
			p = (p + 1) % len(w.people)
		}
		in[p] = true
		r.members = append(r.members, w.newMember(p))
	}
	return r
}

func (w *world) newMember(p int) member {
	n := w.rand.IntN(100)
	return member{person: p, settings: settings{pinned: n < 2, archived: n == 2, muted: n == 3}}
}

// anyone is a person, the first ones more often.
func (w *world) anyone() int {
	return int(math.Pow(w.rand.Float64(), 2) * float64(len(w.people)))
}

// anyRoom is a conversation, the first ones more often.
func (w *world) anyRoom() int {
	if len(w.rooms) == 0 {
		return 0
	}
	return int(math.Pow(w.rand.Float64(), 2) * float64(len(w.rooms)))
}

// next makes the next message; false when all are made.
func (w *world) next() (message, bool) {
	if w.written == w.options.Messages {
		return message{}, false
	}
	slot := w.rand.IntN(len(w.lately))
	if w.rand.IntN(10) == 0 {
		w.lately[slot] = w.anyRoom()
	}
	// All messages are in order, a moment before the end at the latest.
	from := w.start.Add(48 * time.Hour)
	at := from.Add(time.Duration(float64(w.options.End.Sub(from)) * float64(w.written) / float64(w.options.Messages))).Truncate(time.Millisecond)
	w.written++

	r := &w.rooms[w.lately[slot]]
	author := &r.members[w.rand.IntN(len(r.members))]
	r.lastSeq++
	m := message{
		room: r, seq: r.lastSeq, id: w.newID(at), clientID: w.newID(at), sender: w.people[author.person].id,
		content: w.sentences(r.language), createdAt: at,
	}
	if r.lastSeq > 1 && w.rand.IntN(20) == 0 {
		before := r.replyTo
		m.replyTo = &before
	}
	author.last, r.lastAt, r.replyTo = r.lastSeq, at, m.id
	return m, true
}

// read decides how far everybody has read, when all is said: most people all of
// it, some none of the last messages, and nobody less than to their own.
func (w *world) read() {
	for i := range w.rooms {
		r := &w.rooms[i]
		for j := range r.members {
			m := &r.members[j]
			m.readSeq = r.lastSeq
			if w.rand.IntN(10) < 3 {
				m.readSeq = max(m.last, r.lastSeq-w.rand.Int64N(50))
			}
		}
	}
}

// newID makes a UUIDv7 of a moment.
func (w *world) newID(at time.Time) (id uuid.UUID) {
	binary.BigEndian.PutUint64(id[:], uint64(at.UnixMilli())<<16|w.rand.Uint64()&0xffff)
	binary.BigEndian.PutUint64(id[8:], w.rand.Uint64())
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return id
}

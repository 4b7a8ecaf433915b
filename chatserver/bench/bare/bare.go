// Package bare is the yardstick of the benchmarks: about the least a Go program
// does that stores each message in Postgres before it acknowledges and shows it.
// It has UIM's frames and its group commit (what arrives during one commit is
// stored by the next), and leaves out all else: accounts, tokens, membership,
// validation, limits, duplicates, receipts, sync, presence, metrics, Redis and
// other nodes. A conversation's seqs are counted in memory.
package bare

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5/pgxpool"
)

const schema = `CREATE TABLE IF NOT EXISTS messages (conversation_id uuid, seq bigint, id uuid, sender_id uuid,
	client_msg_id uuid, content text, created_at timestamptz, PRIMARY KEY (conversation_id, seq))`

const insert = `INSERT INTO messages SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::timestamptz[])`

type message struct {
	ConversationID uuid.UUID `json:"conversation_id"`
	Seq            int64     `json:"seq"`
	ID             uuid.UUID `json:"id"`
	SenderID       uuid.UUID `json:"sender_id"`
	ClientMsgID    uuid.UUID `json:"client_msg_id"`
	Content        string    `json:"content"`
	CreatedAt      time.Time `json:"created_at"`
	from           *client
}

type frame struct {
	Type string  `json:"type"`
	Data message `json:"data"`
}

type client struct {
	ws  *websocket.Conn
	out chan []byte
}

type server struct {
	pool  *pgxpool.Pool
	queue chan message
	mu    sync.Mutex
	rooms map[uuid.UUID][]*client
	seqs  map[uuid.UUID]int64 // of the storing goroutine
}

// Run serves /ws on an address until ctx ends. Who connects says in the bearer
// token which conversation and person it is, with a dot between.
func Run(ctx context.Context, address, postgresURL string) error {
	pool, err := pgxpool.New(ctx, postgresURL)
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.Exec(ctx, schema); err != nil {
		return err
	}
	s := &server{pool: pool, queue: make(chan message, 4096), rooms: map[uuid.UUID][]*client{}, seqs: map[uuid.UUID]int64{}}
	failed := make(chan error, 2)
	go func() { failed <- s.store(ctx) }()
	web := &http.Server{Addr: address, Handler: http.HandlerFunc(s.connect), ReadHeaderTimeout: time.Second}
	go func() { failed <- web.ListenAndServe() }()
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	_ = web.Close()
	return err
}

var upgrader = websocket.Upgrader{Subprotocols: []string{"uim.v1"}}

func (s *server) connect(w http.ResponseWriter, r *http.Request) {
	conversation, person, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), ".")
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &client{ws: ws, out: make(chan []byte, 256)}
	go func() {
		for text := range c.out {
			_ = ws.WriteMessage(websocket.TextMessage, text)
		}
	}()
	c.out <- []byte(`{"type":"hello"}`)
	room, sender := uuid.MustParse(conversation), uuid.MustParse(person)
	s.mu.Lock()
	s.rooms[room] = append(s.rooms[room], c)
	s.mu.Unlock()
	for {
		var f frame
		if err := ws.ReadJSON(&f); err != nil {
			return
		}
		if f.Type == "message.send" {
			f.Data.ID, f.Data.SenderID, f.Data.from = uuid.New(), sender, c
			s.queue <- f.Data
		}
	}
}

// store commits group after group.
func (s *server) store(ctx context.Context) error {
	for m := range s.queue {
		batch := []message{m}
		for len(s.queue) > 0 && len(batch) < 512 {
			batch = append(batch, <-s.queue)
		}
		n := len(batch)
		conversations, seqs, ids, times := make([]uuid.UUID, n), make([]int64, n), make([]uuid.UUID, n), make([]time.Time, n)
		senders, keys, contents := make([]uuid.UUID, n), make([]uuid.UUID, n), make([]string, n)
		for i := range batch {
			m := &batch[i]
			s.seqs[m.ConversationID]++
			m.Seq, m.CreatedAt = s.seqs[m.ConversationID], time.Now()
			conversations[i], seqs[i], ids[i], times[i] = m.ConversationID, m.Seq, m.ID, m.CreatedAt
			senders[i], keys[i], contents[i] = m.SenderID, m.ClientMsgID, m.Content
		}
		if _, err := s.pool.Exec(ctx, insert, conversations, seqs, ids, senders, keys, contents, times); err != nil {
			return err
		}
		for _, m := range batch {
			s.show(m)
		}
	}
	return nil
}

func (s *server) show(m message) {
	ack, _ := json.Marshal(frame{"message.ack", message{ConversationID: m.ConversationID, ClientMsgID: m.ClientMsgID, ID: m.ID, Seq: m.Seq, CreatedAt: m.CreatedAt}})
	text, _ := json.Marshal(frame{"message.new", m})
	s.mu.Lock()
	room := s.rooms[m.ConversationID]
	s.mu.Unlock()
	for _, c := range room {
		if c == m.from {
			c.out <- ack
		} else {
			c.out <- text
		}
	}
}

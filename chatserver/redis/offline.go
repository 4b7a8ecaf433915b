package redis

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/gather"
)

var (
	//go:embed scripts/offline_add.lua
	offlineAdd string
	//go:embed scripts/offline_remove.lua
	offlineRemove string
	//go:embed scripts/offline_sizes.lua
	offlineSizes string
)

// offlineChunk is the number of people in one round trip.
const offlineChunk = 200

// waitingChunk is the number of people whose messages are read in one round trip;
// each may have as many bytes as OfflineConfig lets them.
const waitingChunk = 32

// OfflineConfig bounds what is kept of a person. Beyond, only that something was
// missed is kept: catching up on much is what sync is for.
type OfflineConfig struct {
	TTL      time.Duration // from the newest message on
	Messages int
	Bytes    int
}

// DefaultOfflineConfig is the design's.
var DefaultOfflineConfig = OfflineConfig{TTL: 24 * time.Hour, Messages: 200, Bytes: 256 << 10}

// Offline keeps what was sent to people without a connection. It implements
// chat.OfflineStore. A person has a hash of the newest seq missed in each
// conversation, and a list of messages.
type Offline struct {
	client redis.UniversalClient
	guard  Guard
	config OfflineConfig
	sizes  atomic.Pointer[OfflineSizes]

	waiting *gather.Group[uuid.UUID, chat.Waiting]
}

// OfflineSizes is how much is kept of everybody, by all nodes.
type OfflineSizes struct{ People, Messages, Bytes int64 }

var _ chat.OfflineStore = (*Offline)(nil)

// NewOffline returns the store.
func NewOffline(client redis.UniversalClient, guard Guard, config OfflineConfig) *Offline {
	o := &Offline{client: client, guard: guard, config: config}
	o.sizes.Store(&OfflineSizes{})
	o.waiting = gather.New(gather.Config{AtOnce: 1, Size: waitingChunk, Timeout: operationTimeout}, o.waitingFor)
	return o
}

// Sizes is how much is kept of everybody, as of the last change or Measure.
func (o *Offline) Sizes() OfflineSizes { return *o.sizes.Load() }

// offlineKeys returns the keys of one person's things, in one slot of a cluster.
func offlineKeys(user uuid.UUID) []string {
	prefix := "uim:offline:{" + user.String() + "}:"
	return []string{prefix + "heads", prefix + "frames"}
}

var offlineSizeKeys = []string{"uim:offline:{all}:sizes", "uim:offline:{all}:ends", "uim:offline:{all}:sums"}

// putBy is a message as it is kept.
type putBy struct {
	ID          uuid.UUID       `json:"id"`
	SenderID    uuid.UUID       `json:"sender"`
	ClientMsgID uuid.UUID       `json:"client"`
	Type        string          `json:"type"`
	Content     string          `json:"content"`
	Event       json.RawMessage `json:"event,omitempty"`
	ReplyTo     uuid.UUID       `json:"reply,omitzero"`
	CreatedAt   time.Time       `json:"at"`
	Mentions    []uuid.UUID     `json:"mentions,omitempty"`
	MentionsAll bool            `json:"all,omitempty"`
}

// offlineHead is the length of a frame's beginning: conversation and seq in 16
// digits, each followed by a space.
const offlineHead = 36 + 1 + 16 + 1

func marshalPutBy(m chat.Message) ([]byte, error) {
	body, err := json.Marshal(putBy{
		m.ID, m.SenderID, m.ClientMsgID, string(m.Type), m.Content, m.Event, m.ReplyTo, m.CreatedAt, m.Mentions, m.MentionsAll,
	})
	return append(fmt.Appendf(nil, "%s %016d ", m.ConversationID, m.Seq), body...), err
}

// unmarshalPutBy reads what marshalPutBy wrote; false for anything else.
func unmarshalPutBy(frame string) (chat.Message, bool) {
	if len(frame) < offlineHead {
		return chat.Message{}, false
	}
	conversation, idErr := uuid.Parse(frame[:36])
	seq, seqErr := strconv.ParseInt(frame[37:53], 10, 64)
	var p putBy
	if idErr != nil || seqErr != nil || seq < 1 || json.Unmarshal([]byte(frame[offlineHead:]), &p) != nil {
		return chat.Message{}, false
	}
	return chat.Message{
		ID: p.ID, ConversationID: conversation, Seq: seq, SenderID: p.SenderID, ClientMsgID: p.ClientMsgID,
		Type: chat.MessageType(p.Type), Content: p.Content, Event: p.Event, ReplyTo: p.ReplyTo, CreatedAt: p.CreatedAt,
		Mentions: p.Mentions, MentionsAll: p.MentionsAll,
	}, true
}

// Add implements chat.OfflineStore.
func (o *Offline) Add(ctx context.Context, missed []chat.Missed) error {
	for chunk := range slices.Chunk(missed, offlineChunk) {
		people := make([]uuid.UUID, len(chunk))
		args := make([][]any, len(chunk))
		for i, m := range chunk {
			people[i] = m.UserID
			args[i] = []any{o.config.TTL.Milliseconds(), o.config.Messages, o.config.Bytes}
			for _, message := range m.Messages {
				frame, err := marshalPutBy(message)
				if err != nil {
					return fmt.Errorf("writing down a message: %w", err)
				}
				args[i] = append(args[i], message.ConversationID.String(), message.Seq, frame)
			}
		}
		if err := o.change(ctx, offlineAdd, people, args); err != nil {
			return fmt.Errorf("putting messages by: %w", err)
		}
	}
	return nil
}

// Remove implements chat.OfflineStore.
func (o *Offline) Remove(ctx context.Context, received []chat.Received) error {
	for chunk := range slices.Chunk(received, offlineChunk) {
		people := make([]uuid.UUID, len(chunk))
		args := make([][]any, len(chunk))
		for i, r := range chunk {
			people[i] = r.UserID
			for conversation, seq := range r.Through {
				args[i] = append(args[i], conversation.String(), seq)
			}
		}
		if err := o.change(ctx, offlineRemove, people, args); err != nil {
			return fmt.Errorf("removing messages put by: %w", err)
		}
	}
	return nil
}

// change runs a script for each of some people, and notes the new sizes.
func (o *Offline) change(ctx context.Context, script string, people []uuid.UUID, args [][]any) error {
	return o.guard.Do(ctx, func(ctx context.Context) error {
		results := make([]*redis.Cmd, len(people))
		if _, err := o.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for i, user := range people {
				results[i] = pipe.Eval(ctx, script, offlineKeys(user), args[i]...)
			}
			return nil
		}); err != nil {
			return err
		}
		var sizes []any
		for i, user := range people {
			n, err := results[i].Int64Slice()
			if err != nil || len(n) < 2 {
				return err
			}
			left := len(n) < 3 || n[2] > 0
			sizes = append(sizes, user.String(), n[0], n[1], left)
		}
		return o.measure(ctx, sizes)
	})
}

// Measure brings Sizes up to date, without what has expired.
func (o *Offline) Measure(ctx context.Context) error {
	return o.guard.Do(ctx, func(ctx context.Context) error { return o.measure(ctx, nil) })
}

func (o *Offline) measure(ctx context.Context, changed []any) error {
	args := append([]any{o.config.TTL.Milliseconds()}, changed...)
	n, err := o.client.Eval(ctx, offlineSizes, offlineSizeKeys, args...).Int64Slice()
	if err != nil {
		return err
	}
	o.sizes.Store(&OfflineSizes{n[0], n[1], n[2]})
	return nil
}

// Waiting implements chat.OfflineStore. When thousands come back at once they
// ask together.
func (o *Offline) Waiting(ctx context.Context, user uuid.UUID) (chat.Waiting, error) {
	w, err := o.waiting.Ask(ctx, user)
	if err != nil {
		return chat.Waiting{}, fmt.Errorf("reading what was put by: %w", err)
	}
	return w, nil
}

func (o *Offline) waitingFor(ctx context.Context, people []uuid.UUID) ([]chat.Waiting, error) {
	heads := make([]*redis.MapStringStringCmd, len(people))
	frames := make([]*redis.StringSliceCmd, len(people))
	err := o.guard.Do(ctx, func(ctx context.Context) error {
		_, err := o.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for i, user := range people {
				keys := offlineKeys(user)
				heads[i], frames[i] = pipe.HGetAll(ctx, keys[0]), pipe.LRange(ctx, keys[1], 0, -1)
			}
			return nil
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	all := make([]chat.Waiting, len(people))
	for i := range people {
		all[i] = toWaiting(heads[i].Val(), frames[i].Val())
	}
	return all, nil
}

func toWaiting(heads map[string]string, frames []string) chat.Waiting {
	w := chat.Waiting{Newest: make(map[uuid.UUID]int64, len(heads))}
	for field, value := range heads {
		if strings.HasPrefix(field, "#") {
			continue
		}
		conversation, idErr := uuid.Parse(field)
		seq, seqErr := strconv.ParseInt(value, 10, 64)
		if idErr == nil && seqErr == nil {
			w.Newest[conversation] = seq
		}
	}
	for _, frame := range frames {
		if m, ok := unmarshalPutBy(frame); ok {
			w.Messages = append(w.Messages, m)
		}
	}
	return w
}

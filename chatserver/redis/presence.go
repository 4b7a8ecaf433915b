package redis

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"uim.dev/uim/chatserver/chat"
)

// PresenceTTL is how long a node's word counts that somebody is connected to it.
const PresenceTTL = time.Minute

// presenceChunk is the number of people in one round trip.
const presenceChunk = 500

// Presence is the board on which all nodes note who is connected to them. It
// implements chat.PresenceBoard.
//
// A person is a sorted set of nodes. The score of a node is when its word ends,
// in milliseconds of the server's clock, so that it does not matter if a node's
// own clock is wrong; in a Cluster the clock is that of one of its masters, the
// same for everybody. Nodes repeat themselves long before; a score that ends in
// less than half the time therefore is one that a node let go.
type Presence struct {
	client redis.UniversalClient
	node   string
	ttl    time.Duration
	grace  time.Duration
	guard  Guard
	heard  atomic.Pointer[serverTime] // nil: not yet
}

// serverTime is what the server's clock said at a moment of ours. Since then our
// monotonic clock tells, so that a step of the wall clock does no harm.
type serverTime struct{ theirs, ours time.Time }

func (t serverTime) now() int64 { return t.theirs.Add(time.Since(t.ours)).UnixMilli() }

var _ chat.PresenceBoard = (*Presence)(nil)

// PresenceConfig says how long a word counts.
type PresenceConfig struct {
	TTL   time.Duration // of a node for a person; PresenceTTL but in tests
	Grace time.Duration // how long people count as online after they left; less than half of TTL
}

// NewPresence returns the board for one node.
func NewPresence(client redis.UniversalClient, guard Guard, config PresenceConfig) *Presence {
	return &Presence{client: client, guard: guard, node: uuid.NewString(), ttl: config.TTL, grace: config.Grace}
}

// Arrive implements chat.PresenceBoard.
func (p *Presence) Arrive(ctx context.Context, people []uuid.UUID) (fresh []uuid.UUID, err error) {
	err = p.each(ctx, people, func(ctx context.Context, b batch) error {
		before := make([]*redis.ZSliceCmd, len(b.people))
		if err := b.exec(ctx, func(pipe redis.Pipeliner, i int, key string) {
			before[i] = pipe.ZRevRangeWithScores(ctx, key, 0, 0)
			pipe.ZRemRangeByScore(ctx, key, "-inf", strconv.FormatInt(b.now, 10))
			p.promise(ctx, pipe, key, b.now)
		}); err != nil {
			return err
		}
		for i, user := range b.people {
			if highest(before[i]) <= b.now {
				fresh = append(fresh, user)
			}
		}
		return nil
	})
	return fresh, wrap("noting who came", err)
}

// Stay implements chat.PresenceBoard.
func (p *Presence) Stay(ctx context.Context, people []uuid.UUID) error {
	return wrap("noting who stays", p.each(ctx, people, func(ctx context.Context, b batch) error {
		return b.exec(ctx, func(pipe redis.Pipeliner, _ int, key string) { p.promise(ctx, pipe, key, b.now) })
	}))
}

// promise gives this node's word for a person.
func (p *Presence) promise(ctx context.Context, pipe redis.Pipeliner, key string, now int64) {
	pipe.ZAdd(ctx, key, redis.Z{Score: float64(now + p.ttl.Milliseconds()), Member: p.node})
	pipe.PExpire(ctx, key, 10*p.ttl) // what has ended still tells when somebody was last seen
}

// Leave implements chat.PresenceBoard.
func (p *Presence) Leave(ctx context.Context, people []uuid.UUID) error {
	return wrap("noting who left", p.each(ctx, people, func(ctx context.Context, b batch) error {
		return b.exec(ctx, func(pipe redis.Pipeliner, _ int, key string) {
			pipe.ZAddXX(ctx, key, redis.Z{Score: float64(b.now + p.grace.Milliseconds()), Member: p.node})
		})
	}))
}

// Depart implements chat.PresenceBoard.
func (p *Presence) Depart(ctx context.Context, people []uuid.UUID) (offline []uuid.UUID, err error) {
	err = p.each(ctx, people, func(ctx context.Context, b batch) error {
		elsewhere := make([]*redis.ZSliceCmd, len(b.people))
		if err := b.exec(ctx, func(pipe redis.Pipeliner, i int, key string) {
			pipe.ZRem(ctx, key, p.node)
			elsewhere[i] = pipe.ZRevRangeWithScores(ctx, key, 0, 0)
		}); err != nil {
			return err
		}
		for i, user := range b.people {
			if highest(elsewhere[i]) <= b.now {
				offline = append(offline, user)
			}
		}
		return nil
	})
	return offline, wrap("noting who departed", err)
}

// Look implements chat.PresenceReader.
func (p *Presence) Look(ctx context.Context, people []uuid.UUID) ([]chat.Sighting, error) {
	sightings := make([]chat.Sighting, 0, len(people))
	err := p.each(ctx, people, func(ctx context.Context, b batch) error {
		last := make([]*redis.ZSliceCmd, len(b.people))
		if err := b.exec(ctx, func(pipe redis.Pipeliner, i int, key string) {
			last[i] = pipe.ZRevRangeWithScores(ctx, key, 0, 0)
		}); err != nil {
			return err
		}
		for _, l := range last {
			sightings = append(sightings, p.sighting(highest(l), b.now))
		}
		return nil
	})
	return sightings, wrap("looking who is there", err)
}

// sighting tells what the longest-lasting word for a person means; 0: there is none.
func (p *Presence) sighting(until, now int64) chat.Sighting {
	s := chat.Sighting{Online: until > now, Connected: until > now+p.ttl.Milliseconds()/2}
	if !s.Online && until > 0 {
		s.SeenAt = time.UnixMilli(until - p.ttl.Milliseconds())
	}
	return s
}

// highest returns the score of the only member asked for, 0 when there is none.
func highest(c *redis.ZSliceCmd) int64 {
	for _, z := range c.Val() {
		return int64(z.Score)
	}
	return 0
}

// batch is the people of one round trip.
type batch struct {
	*Presence
	people []uuid.UUID
	now    int64 // the server's clock, Unix milliseconds
}

// clockScript tells what the server's clock says. A key makes it that of one
// master of a Cluster.
const clockScript = "return redis.call('TIME')"

var clockKey = []string{"uim:presence:clock"}

// readClock reads what clockScript answers.
func readClock(answer *redis.Cmd) (time.Time, error) {
	parts, err := answer.Int64Slice()
	if err != nil {
		return time.Time{}, fmt.Errorf("reading the server's clock: %w", err)
	}
	if len(parts) != 2 {
		return time.Time{}, fmt.Errorf("the server's clock has %d parts", len(parts))
	}
	return time.Unix(parts[0], parts[1]*1000), nil
}

// exec asks for all of the batch at once, and what the server's clock says.
func (b batch) exec(ctx context.Context, ask func(pipe redis.Pipeliner, i int, key string)) error {
	var clock *redis.Cmd
	_, err := b.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		clock = pipe.Eval(ctx, clockScript, clockKey)
		for i, user := range b.people {
			ask(pipe, i, "uim:presence:"+user.String())
		}
		return nil
	})
	if err != nil {
		return err
	}
	theirs, err := readClock(clock)
	if err != nil {
		return err
	}
	b.heard.Store(&serverTime{theirs, time.Now()})
	return nil
}

// each calls do with chunks of people, through the breaker, until one fails.
func (p *Presence) each(ctx context.Context, people []uuid.UUID, do func(context.Context, batch) error) error {
	for chunk := range slices.Chunk(people, presenceChunk) {
		if err := p.guard.Do(ctx, func(ctx context.Context) error {
			if p.heard.Load() == nil {
				theirs, err := readClock(p.client.Eval(ctx, clockScript, clockKey))
				if err != nil {
					return err
				}
				p.heard.Store(&serverTime{theirs, time.Now()})
			}
			return do(ctx, batch{p, chunk, p.heard.Load().now()})
		}); err != nil {
			return err
		}
	}
	return nil
}

func wrap(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

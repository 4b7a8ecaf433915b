package chatserver_test

import (
	"context"
	"sync"
	"testing"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/redis"
	"uim.dev/uim/chatserver/testenv"
)

// taker is what stands behind the limit here: it stores nothing.
type taker struct{}

func (taker) Submit(_ chat.Draft, done func(chat.Stored, error)) error {
	done(chat.Stored{}, nil)
	return nil
}

// BenchmarkLimitedSender is what the limit adds to a message, with Redis on this
// machine: for 2,000 people who send in turn, so that each message needs a token
// of its own, and for one who sends a lot, for whom tokens are leased.
func BenchmarkLimitedSender(b *testing.B) {
	for name, c := range map[string]struct {
		people int
		limits chat.Limits
	}{
		"exact":  {2000, chat.Limits{MessagesPerMinute: 199, MessagesPerHour: 1 << 30}},
		"leased": {1, chat.Limits{MessagesPerMinute: 1 << 30, MessagesPerHour: 1 << 30}},
	} {
		b.Run(name, func(b *testing.B) {
			client, err := redis.Open(redis.Config{Addr: testenv.Redis(b)})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = client.Close() }()
			limited := chat.NewLimitedSender(taker{}, redis.NewLimiter(client, redis.NewGuard(client, testenv.Log(b))), c.limits)
			ctx, cancel := context.WithCancel(context.Background())
			var running sync.WaitGroup
			running.Go(func() { limited.Run(ctx) })
			defer func() { cancel(); running.Wait() }()
			people := make([]uuid.UUID, c.people)
			for i := range people {
				people[i] = uuid.New()
			}
			slots := make(chan struct{}, 256) // in flight
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				slots <- struct{}{}
				done := func(chat.Stored, error) { <-slots }
				if err := limited.Submit(chat.Draft{SenderID: people[i%len(people)]}, done); err != nil {
					done(chat.Stored{}, err)
				}
			}
			for range cap(slots) {
				slots <- struct{}{}
			}
		})
	}
}

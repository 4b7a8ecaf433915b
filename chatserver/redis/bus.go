package redis

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	channelPrefix = "uim:"
	// listenTimeout is how long silence is normal; after it the server is asked
	// for a sign of life, and after another one taken for gone.
	listenTimeout = 2 * time.Second
	reconnectWait = 250 * time.Millisecond
)

// Bus carries payloads between nodes over a fixed number of channels, at most
// once: what a node does not hear it has to learn elsewhere.
type Bus struct {
	client     redis.UniversalClient
	guard      Guard
	partitions int
	log        *slog.Logger
	listening  atomic.Bool
}

// NewBus returns a Bus of a number of partitions, the same on every node.
func NewBus(client redis.UniversalClient, guard Guard, partitions int, log *slog.Logger) *Bus {
	return &Bus{client: client, guard: guard, partitions: partitions, log: log}
}

// Payload is what travels on one partition.
type Payload struct {
	Partition int
	Body      []byte
}

// Publish sends payloads, in order, in one round trip. While Redis is away it
// fails at once.
func (b *Bus) Publish(ctx context.Context, payloads []Payload) error {
	err := b.guard.Do(ctx, func(ctx context.Context) error {
		_, err := b.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, m := range payloads {
				b.publish(ctx, p, m)
			}
			return nil
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("publishing %d events: %w", len(payloads), err)
	}
	return nil
}

// Up reports whether this node hears the others and can be heard.
func (b *Bus) Up() bool {
	return b.listening.Load() && b.guard.Up()
}

// Listen calls receive, one call at a time, with every payload that arrives,
// until ctx ends. It reconnects by itself.
func (b *Bus) Listen(ctx context.Context, receive func(ctx context.Context, body []byte)) {
	for ctx.Err() == nil {
		err := b.listen(ctx, receive)
		if b.listening.Swap(false) && ctx.Err() == nil {
			b.log.Warn("The bus is away; messages travel by way of Postgres", "error", err)
		}
		select {
		case <-time.After(reconnectWait):
		case <-ctx.Done():
		}
	}
}

func channel(partition int) string { return fmt.Sprint(channelPrefix, partition) }

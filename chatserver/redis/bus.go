package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
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
	client     *redis.Client
	guard      Guard
	partitions int
	log        *slog.Logger
	listening  atomic.Bool
}

// NewBus returns a Bus of a number of partitions, the same on every node.
func NewBus(client *redis.Client, guard Guard, partitions int, log *slog.Logger) *Bus {
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
				p.Publish(ctx, channel(m.Partition), m.Body)
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

// Listen calls receive, from one goroutine, with every payload that arrives,
// until ctx ends. It reconnects by itself.
func (b *Bus) Listen(ctx context.Context, receive func(ctx context.Context, body []byte)) {
	channels := make([]string, b.partitions)
	for i := range channels {
		channels[i] = channel(i)
	}
	for ctx.Err() == nil {
		err := b.listen(ctx, channels, receive)
		if b.listening.Swap(false) && ctx.Err() == nil {
			b.log.Warn("The bus is away; messages travel by way of Postgres", "error", err)
		}
		select {
		case <-time.After(reconnectWait):
		case <-ctx.Done():
		}
	}
}

// listen serves one subscription until it breaks.
func (b *Bus) listen(ctx context.Context, channels []string, receive func(context.Context, []byte)) error {
	sub := b.client.Subscribe(ctx, channels...)
	defer func() { _ = sub.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = sub.Close() }) // reading does not heed the context
	defer stop()
	pinged := false
	for {
		message, err := sub.ReceiveTimeout(ctx, listenTimeout)
		if isTimeout(err) && !pinged && ctx.Err() == nil {
			if err := sub.Ping(ctx); err != nil {
				return err
			}
			pinged = true
			continue
		}
		if err != nil {
			return err
		}
		pinged = false
		switch m := message.(type) {
		case *redis.Subscription:
			if m.Count == len(channels) && !b.listening.Swap(true) {
				b.log.Info("Listening to the bus", "channels", m.Count)
			}
		case *redis.Message:
			receive(ctx, []byte(m.Payload))
		}
	}
}

func isTimeout(err error) bool {
	netErr, ok := errors.AsType[net.Error](err)
	return ok && netErr.Timeout()
}

func channel(partition int) string { return fmt.Sprint(channelPrefix, partition) }

package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// publish hands a payload to those who listen: in a Cluster to its shard alone.
func (b *Bus) publish(ctx context.Context, p redis.Pipeliner, m Payload) {
	if _, sharded := b.client.(*redis.ClusterClient); sharded {
		p.SPublish(ctx, channel(m.Partition), m.Body)
		return
	}
	p.Publish(ctx, channel(m.Partition), m.Body)
}

// subscription is a connection that listens to some channels.
type subscription struct {
	*redis.PubSub
	channels int
}

// subscribe opens what it takes to listen to all channels: one connection, or in
// a Cluster one to each master, for the channels whose slots are there.
func (b *Bus) subscribe(ctx context.Context) ([]subscription, error) {
	cluster, ok := b.client.(*redis.ClusterClient)
	if !ok {
		return []subscription{{b.client.Subscribe(ctx, b.channels()...), b.partitions}}, nil
	}
	shards := map[*redis.Client][]string{}
	for _, c := range b.channels() {
		master, err := cluster.MasterForKey(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("finding the shard of a channel: %w", err)
		}
		shards[master] = append(shards[master], c)
	}
	var all []subscription
	for master, channels := range shards {
		s := subscription{master.SSubscribe(ctx), len(channels)}
		all = append(all, s)
		for _, c := range channels { // each has a slot of its own, and a command must stay in one
			if err := s.SSubscribe(ctx, c); err != nil {
				return all, err
			}
		}
	}
	return all, nil
}

func (b *Bus) channels() []string {
	all := make([]string, b.partitions)
	for i := range all {
		all[i] = channel(i)
	}
	return all
}

// listen serves subscriptions to all channels until one of them breaks. What came
// before that is received to its end.
func (b *Bus) listen(ctx context.Context, receive func(context.Context, []byte)) error {
	following, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	all, err := b.subscribe(following)
	if err != nil {
		cancel(err)
	}
	var (
		followers  sync.WaitGroup
		subscribed atomic.Int64
		bodies     = make(chan []byte)
	)
	for _, s := range all {
		followers.Go(func() {
			cancel(s.follow(following, func(n int) {
				if subscribed.Add(int64(n)) == int64(b.partitions) && !b.listening.Swap(true) {
					b.log.Info("Listening to the bus", "channels", b.partitions)
				}
			}, func(body []byte) { bodies <- body }))
		})
	}
	go func() {
		followers.Wait()
		close(bodies)
	}()
	for body := range bodies {
		receive(ctx, body)
	}
	if cluster, ok := b.client.(*redis.ClusterClient); ok {
		cluster.ReloadState(ctx) // a slot may have another master now
	}
	return context.Cause(following)
}

// errMoved is the end of a subscription to a slot that went to another master.
var errMoved = errors.New("a channel is served elsewhere now")

// follow serves one connection until it breaks; subscribed tells when all of its
// channels are listened to.
func (s subscription) follow(ctx context.Context, subscribed func(channels int), receive func([]byte)) error {
	defer func() { _ = s.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = s.Close() }) // reading does not heed the context
	defer stop()
	pinged := false
	for {
		message, err := s.ReceiveTimeout(ctx, listenTimeout)
		if isTimeout(err) && !pinged && ctx.Err() == nil {
			if err := s.Ping(ctx); err != nil {
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
			switch {
			case m.Kind == "sunsubscribe":
				return errMoved
			case m.Count == s.channels:
				subscribed(m.Count)
			}
		case *redis.Message:
			receive([]byte(m.Payload))
		}
	}
}

func isTimeout(err error) bool {
	netErr, ok := errors.AsType[net.Error](err)
	return ok && netErr.Timeout()
}

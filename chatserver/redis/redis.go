// Package redis holds what may vanish at any moment: the bus between nodes. Its
// loss costs speed, never a message.
package redis

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// operationTimeout bounds every command: what takes longer than this is not worth waiting for.
const operationTimeout = time.Second

// Open returns a client. It does not wait for the server to be there.
func Open(c Config) (redis.UniversalClient, error) {
	silenceOnce()
	security, err := c.tls()
	if err != nil {
		return nil, err
	}
	switch {
	case c.Cluster:
		return redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: c.addrs(), Username: c.Username, Password: c.Password, ClientName: clientName, TLSConfig: security,
			DialTimeout: operationTimeout, ReadTimeout: operationTimeout, WriteTimeout: operationTimeout, PoolTimeout: operationTimeout,
			ContextTimeoutEnabled: true, DialerRetries: 1,
		}), nil
	case c.SentinelMaster != "":
		return redis.NewFailoverClient(&redis.FailoverOptions{
			MasterName: c.SentinelMaster, SentinelAddrs: c.addrs(), SentinelUsername: c.SentinelUsername, SentinelPassword: c.SentinelPassword,
			Username: c.Username, Password: c.Password, ClientName: clientName, TLSConfig: security,
			DialTimeout: operationTimeout, ReadTimeout: operationTimeout, WriteTimeout: operationTimeout, PoolTimeout: operationTimeout,
			ContextTimeoutEnabled: true, MaxRetries: 1, DialerRetries: 1,
		}), nil
	}
	network := "tcp"
	if strings.HasPrefix(c.Addr, "/") {
		network = "unix"
	}
	return redis.NewClient(&redis.Options{
		Network: network, Addr: c.Addr, Username: c.Username, Password: c.Password, ClientName: clientName, TLSConfig: security,
		DialTimeout: operationTimeout, ReadTimeout: operationTimeout, WriteTimeout: operationTimeout, PoolTimeout: operationTimeout,
		ContextTimeoutEnabled: true, MaxRetries: 1, DialerRetries: 1, // the breaker knows when to try again
	}), nil
}

// Ping reports whether the server answers: of a Cluster, every master, since each
// holds a part of everything.
func Ping(ctx context.Context, client redis.UniversalClient) error {
	if cluster, ok := client.(*redis.ClusterClient); ok {
		return cluster.ForEachMaster(ctx, func(ctx context.Context, master *redis.Client) error { return master.Ping(ctx).Err() })
	}
	return client.Ping(ctx).Err()
}

// silenceOnce keeps the library from writing lines of its own kind to stderr:
// when Redis is away, the breaker and the bus say so once, in our log.
var silenceOnce = sync.OnceFunc(func() { redis.SetLogger(silence{}) })

type silence struct{}

// Printf implements the library's interface.
func (silence) Printf(context.Context, string, ...any) {}

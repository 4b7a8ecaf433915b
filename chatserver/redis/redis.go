// Package redis holds what may vanish at any moment: the bus between nodes. Its
// loss costs speed, never a message.
package redis

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Config says how to reach Redis (or Valkey).
type Config struct {
	Addr     string // host:port, or the path of a Unix socket
	Username string
	Password string
	TLS      bool
	CAFile   string // PEM; empty: the system's authorities
}

// Check reports what is wrong with the settings, without reaching for the server.
func (c Config) Check() error {
	if c.CAFile == "" {
		return nil
	}
	_, err := readCA(c.CAFile)
	return err
}

// operationTimeout bounds every command: what takes longer than this is not worth waiting for.
const operationTimeout = time.Second

// Open returns a client. It does not wait for the server to be there.
func Open(c Config) (*redis.Client, error) {
	network := "tcp"
	if strings.HasPrefix(c.Addr, "/") {
		network = "unix"
	}
	options := &redis.Options{
		Network: network, Addr: c.Addr, Username: c.Username, Password: c.Password, ClientName: "uim",
		DialTimeout: operationTimeout, ReadTimeout: operationTimeout, WriteTimeout: operationTimeout, PoolTimeout: operationTimeout,
		ContextTimeoutEnabled: true, MaxRetries: 1, DialerRetries: 1, // the breaker knows when to try again
	}
	silenceOnce()
	if c.TLS || c.CAFile != "" {
		options.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		if c.CAFile != "" {
			pool, err := readCA(c.CAFile)
			if err != nil {
				return nil, err
			}
			options.TLSConfig.RootCAs = pool
		}
	}
	return redis.NewClient(options), nil
}

// silenceOnce keeps the library from writing lines of its own kind to stderr:
// when Redis is away, the breaker and the bus say so once, in our log.
var silenceOnce = sync.OnceFunc(func() { redis.SetLogger(silence{}) })

type silence struct{}

// Printf implements the library's interface.
func (silence) Printf(context.Context, string, ...any) {}

func readCA(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate authority of Redis: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("the certificate authority of Redis holds no PEM certificate: " + path)
	}
	return pool, nil
}

// Ping reports whether the server answers.
func Ping(ctx context.Context, client *redis.Client) error { return client.Ping(ctx).Err() }

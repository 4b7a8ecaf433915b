package bench

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// each runs f for 0…n-1, some at a time, until one fails.
func each(ctx context.Context, n, atOnce int, f func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i := range n {
		group.Go(func() error { return f(ctx, i) })
	}
	return group.Wait()
}

// Idle is scenario S3: what a connection costs that says nothing.
type Idle struct {
	URL         string
	Connections int
	Settle      time.Duration // until memory that the handshakes needed is given back
	Server      process
}

// IdleResult is the memory of the server.
type IdleResult struct {
	Connections int     `json:"connections"`
	BeforeBytes int64   `json:"before_bytes"`
	AfterBytes  int64   `json:"after_bytes"`
	KBEach      float64 `json:"kb_each"` // 1,024 bytes of resident memory
}

// idleWarmup is how many connections come and go before a server is weighed, so
// that what it needs once is not counted to those that stay.
const idleWarmup = 200

// Run measures; tokens are used in turn.
func (o Idle) Run(ctx context.Context, tokens []string) (*IdleResult, error) {
	err := each(ctx, idleWarmup, 32, func(ctx context.Context, i int) error {
		s, err := dial(ctx, o.URL, tokens[i%len(tokens)])
		if err == nil {
			s.close()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	before, err := o.Server.memory()
	if err != nil {
		return nil, fmt.Errorf("reading the server's memory: %w", err)
	}
	sockets := make([]*socket, o.Connections)
	var listening sync.WaitGroup
	defer listening.Wait()
	defer func() {
		for _, s := range sockets {
			if s != nil {
				s.close()
			}
		}
	}()
	ended := make(chan error, o.Connections)
	err = each(ctx, o.Connections, 32, func(ctx context.Context, i int) (err error) {
		s, err := dial(ctx, o.URL, tokens[i%len(tokens)])
		if err != nil {
			return err
		}
		sockets[i] = s
		listening.Go(func() { ended <- s.listen() })
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := wait(ctx, o.Settle, ended); err != nil {
		return nil, fmt.Errorf("an idle connection ended: %w", err)
	}
	after, err := o.Server.memory()
	return &IdleResult{
		Connections: o.Connections, BeforeBytes: before, AfterBytes: after,
		KBEach: float64(after-before) / 1024 / float64(o.Connections),
	}, err
}

// listen answers pings until the connection ends.
func (s *socket) listen() error {
	for {
		if _, err := s.read(); err != nil {
			return err
		}
	}
}

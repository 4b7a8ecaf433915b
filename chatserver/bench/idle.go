package bench

import (
	"context"
	"fmt"
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
	defer func() {
		for _, s := range sockets {
			if s != nil {
				s.close()
			}
		}
	}()
	err = each(ctx, o.Connections, 32, func(ctx context.Context, i int) (err error) {
		sockets[i], err = dial(ctx, o.URL, tokens[i%len(tokens)])
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := wait(ctx, o.Settle, nil); err != nil {
		return nil, err
	}
	after, err := o.Server.memory()
	return &IdleResult{
		Connections: o.Connections, BeforeBytes: before, AfterBytes: after,
		KBEach: float64(after-before) / 1024 / float64(o.Connections),
	}, err
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"uim.dev/uim/chatserver/history"
	"uim.dev/uim/chatserver/wire"
)

// askers is how many ask at the same time in steady.
const askers = 4

// steady asks for a profile again and again while a command runs. Each request
// is a new connection, as from a proxy that does not know yet who is about to
// leave.
func steady(ctx context.Context, o options) error {
	o.server.OneShot = true
	a, err := history.SignIn(ctx, o.server, o.users[0], o.password)
	if err != nil {
		return err
	}
	begin, ended := make(chan struct{}), make(chan struct{})
	close(begin)
	var requests atomic.Int64
	var failures [askers][]error
	var asking sync.WaitGroup
	for i := range askers {
		asking.Go(func() { failures[i] = askUntil(ctx, a, ended, o.interval, &requests) })
	}
	err = breakWhen(ctx, begin, o.breaking)
	close(ended)
	asking.Wait()
	all := []error{err}
	for _, some := range failures {
		all = append(all, some...)
	}
	fmt.Printf("%d requests, %d of them failed\n", requests.Load(), len(all)-1)
	return errors.Join(all...)
}

// askUntil sends requests until ended is closed, and returns the failures.
func askUntil(ctx context.Context, a *history.Account, ended <-chan struct{}, interval time.Duration, requests *atomic.Int64) []error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	var failures []error
	for {
		select {
		case <-ended:
			return failures
		case <-tick.C:
		}
		requests.Add(1)
		if _, err := history.Call[wire.Self](ctx, a, http.MethodGet, "/api/me", nil); err != nil {
			failures = append(failures, err)
		}
	}
}

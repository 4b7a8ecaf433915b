package redis

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"uim.dev/uim/chatserver/limit"
)

const (
	limitPrefix = "uim:limit:"
	// localKeys is how many keys are remembered while Redis is away; each is
	// some 150 bytes.
	localKeys = 100_000
)

//go:embed limit.lua
var limitSource string

var limitScript = redis.NewScript(limitSource)

// Limiter counts for all nodes together, by the clock of Redis. While Redis is
// away it counts for this node alone. Each key is one key of Redis, so a Redis
// Cluster will do.
type Limiter struct {
	client redis.UniversalClient
	guard  Guard
	local  *limit.Local
}

// NewLimiter returns a Limiter.
func NewLimiter(client redis.UniversalClient, guard Guard) *Limiter {
	return &Limiter{client: client, guard: guard, local: limit.NewLocal(localKeys)}
}

// Take implements limit.Limiter, in one round trip.
func (l *Limiter) Take(ctx context.Context, policy limit.Policy, requests []limit.Request) []limit.Grant {
	var grants []limit.Grant
	err := l.guard.Do(ctx, func(ctx context.Context) (err error) {
		grants, err = l.ask(ctx, policy, requests)
		return err
	})
	if err != nil {
		return l.local.Take(ctx, policy, requests)
	}
	return grants
}

func (l *Limiter) ask(ctx context.Context, policy limit.Policy, requests []limit.Request) ([]limit.Grant, error) {
	answers, err := l.run(ctx, policy, requests, limitScript.EvalSha)
	if unknown := without(answers, err); len(unknown) > 0 {
		// A Redis that has restarted; in a Cluster one of its nodes. What the others
		// have granted is not asked for again.
		again := make([]limit.Request, len(unknown))
		for i, at := range unknown {
			again[i] = requests[at]
		}
		var late []*redis.Cmd
		late, err = l.run(ctx, policy, again, limitScript.Eval)
		for i, at := range unknown {
			answers[at] = late[i]
		}
	}
	if err != nil {
		return nil, err
	}
	grants := make([]limit.Grant, len(requests))
	for i, a := range answers {
		pair, err := a.Int64Slice()
		if err != nil || len(pair) != 2 {
			return nil, fmt.Errorf("reading an answer of the limit script: %w", err)
		}
		grants[i] = limit.Grant{Tokens: int(pair[0]), RetryAfter: time.Duration(pair[1]) * time.Microsecond}
	}
	return grants, nil
}

// without are the indices of the calls whose server lacked the script.
func without(answers []*redis.Cmd, err error) (unknown []int) {
	if err == nil {
		return nil
	}
	for i, a := range answers {
		if redis.HasErrorPrefix(a.Err(), "NOSCRIPT") {
			unknown = append(unknown, i)
		}
	}
	return unknown
}

// run sends a script call for each request, all at once.
func (l *Limiter) run(ctx context.Context, policy limit.Policy, requests []limit.Request,
	eval func(context.Context, redis.Scripter, []string, ...any) *redis.Cmd) ([]*redis.Cmd, error) {
	answers := make([]*redis.Cmd, len(requests))
	_, err := l.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, r := range requests {
			args := make([]any, 1, 1+2*len(policy.Rates))
			args[0] = r.Tokens
			for _, rate := range policy.Rates {
				args = append(args, rate.Count, rate.Per.Microseconds())
			}
			answers[i] = eval(ctx, p, []string{limitPrefix + policy.Name + ":{" + r.Key + "}"}, args...)
		}
		return nil
	})
	return answers, err
}

package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"

	"uim.dev/uim/chatserver/breaker"
)

const (
	retryTries = 4
	retryFirst = 20 * time.Millisecond // and each wait is about twice the one before, with jitter
)

// again runs an operation that may be repeated, until it succeeds or it makes no
// sense to go on: the server's answer is final, the breaker has opened, the
// context's time is up. Only what leaves the same behind however often it is
// done may be given to it: reads, and appends, whose client_msg_id tells a
// second try.
func again[T any](ctx context.Context, operation func() (T, error)) (T, error) {
	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval, waits.Multiplier = retryFirst, 2
	result, err := backoff.Retry(ctx, func() (T, error) {
		result, err := operation()
		if err != nil && (!isAway(err) || errors.Is(err, breaker.ErrOpen) || ctx.Err() != nil) {
			return result, backoff.Permanent(err)
		}
		return result, err
	}, backoff.WithBackOff(waits), backoff.WithMaxTries(retryTries))
	if permanent, ok := errors.AsType[*backoff.PermanentError](err); ok {
		err = permanent.Unwrap()
	}
	return result, err
}

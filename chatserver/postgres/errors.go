package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"uim.dev/uim/chatserver/breaker"
	"uim.dev/uim/chatserver/chat"
)

// wrap says what was being done when err happened, and turns "no row" into
// chat.ErrNotFound and a server that is away or overwhelmed into unavailable.
func wrap(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrNoRows):
		return chat.ErrNotFound
	case isTransient(err):
		return fmt.Errorf("%s: %w: %w", doing, &chat.Error{Code: chat.CodeUnavailable, RetryAfter: time.Second}, err)
	default:
		return fmt.Errorf("%s: %w", doing, err)
	}
}

// isTransient reports whether the same statement may succeed later: connection
// failures, shutdown, failover, lack of resources, lock and serialisation
// conflicts (classes and codes of Appendix A of the Postgres manual).
func isTransient(err error) bool {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pgErr.Code[:2] {
		case "08", "40", "53", "55", "57":
			return true
		}
		return pgErr.Code == "25006" // read-only: an old primary after failover
	}
	return errors.Is(err, breaker.ErrOpen) || errors.Is(err, context.Canceled) || isDisconnected(err)
}

// isDisconnected reports whether err tells of no answer at all.
func isDisconnected(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return pgconn.Timeout(err) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, net.ErrClosed) ||
		pgconn.SafeToRetry(err) || isBrokenConnection(err)
}

// isBrokenConnection recognises what pgx says when the server goes away in the
// middle of an answer.
func isBrokenConnection(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || strings.Contains(err.Error(), "conn closed")
}

// violated returns the name of the unique constraint that err tells of, or "".
func violated(err error) string {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok && pgErr.Code == "23505" {
		return pgErr.ConstraintName
	}
	return ""
}

// isDeadlock reports whether err ended a transaction to let another one go on.
func isDeadlock(err error) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pgErr.Code == "40P01"
}

package postgres

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"uim.dev/uim/chatserver/breaker"
)

const (
	// guardFailures in a row mean that Postgres is away; a restart breaks a few
	// connections of a pool, though the server is well again.
	guardFailures = 3
	// guardPatience is how long a statement may take before Postgres is asked
	// for a sign of life beside it.
	guardPatience = time.Second
	// guardTimeout bounds what has no deadline. The server ends a statement
	// first, unless it is the server that hangs.
	guardTimeout = statementTimeout + time.Second
)

// guardedPool is a pool whose statements go through a breaker and have a
// deadline. A transaction is guarded at its beginning; what follows in it is
// bound by the caller's context.
type guardedPool struct {
	*pgxpool.Pool
	guard *breaker.Breaker
}

func newGuardedPool(pool *pgxpool.Pool, log *slog.Logger) *guardedPool {
	return &guardedPool{Pool: pool, guard: breaker.New(breaker.Config{
		Name: "postgres", Failures: guardFailures, Patience: guardPatience, IsFailure: isAway, ProbeTimeout: guardPatience,
		Probe: func(ctx context.Context) error {
			// A connection of its own: the pool's may all be waiting for a server
			// that has gone, or be busy on one that is well.
			conn, err := pgx.ConnectConfig(ctx, pool.Config().ConnConfig)
			if err != nil {
				return err
			}
			return conn.Close(ctx)
		},
	}, log)}
}

// begin asks the breaker; end is to be called with the outcome.
func (p *guardedPool) begin(ctx context.Context) (bounded context.Context, end func(error), err error) {
	done, err := p.guard.Begin()
	if err != nil {
		return nil, nil, err
	}
	if _, ok := ctx.Deadline(); ok {
		return ctx, done, nil
	}
	ctx, cancel := context.WithTimeout(ctx, guardTimeout)
	return ctx, func(err error) { cancel(); done(err) }, nil
}

// Exec implements queries.DBTX.
func (p *guardedPool) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	ctx, end, err := p.begin(ctx)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := p.Pool.Exec(ctx, sql, args...)
	end(err)
	return tag, err
}

// Query implements queries.DBTX.
func (p *guardedPool) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	ctx, end, err := p.begin(ctx)
	if err != nil {
		return refusedRows{err: err}, err
	}
	rows, err := p.Pool.Query(ctx, sql, args...)
	if err != nil {
		end(err)
		return rows, err
	}
	return &guardedRows{Rows: rows, end: end}, nil
}

// QueryRow implements queries.DBTX.
func (p *guardedPool) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	ctx, end, err := p.begin(ctx)
	if err != nil {
		return refusedRows{err: err}
	}
	return guardedRow{p.Pool.QueryRow(ctx, sql, args...), end}
}

// SendBatch implements queries.BatchSender.
func (p *guardedPool) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	ctx, end, err := p.begin(ctx)
	if err != nil {
		return refusedBatch{err: err}
	}
	return &guardedBatch{BatchResults: p.Pool.SendBatch(ctx, b), end: end}
}

// Begin starts a transaction.
func (p *guardedPool) Begin(ctx context.Context) (pgx.Tx, error) {
	return p.BeginTx(ctx, pgx.TxOptions{})
}

// BeginTx starts a transaction.
func (p *guardedPool) BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error) {
	done, err := p.guard.Begin()
	if err != nil {
		return nil, err
	}
	tx, err := p.Pool.BeginTx(ctx, options) // the context lives as long as the transaction
	done(err)
	return tx, err
}

type guardedRow struct {
	pgx.Row
	end func(error)
}

func (r guardedRow) Scan(into ...any) error {
	err := r.Row.Scan(into...)
	r.end(err)
	return err
}

type guardedRows struct {
	pgx.Rows
	end func(error) // nil when closed
}

func (r *guardedRows) Close() {
	r.Rows.Close()
	if r.end != nil {
		r.end(r.Err())
		r.end = nil
	}
}

type guardedBatch struct {
	pgx.BatchResults
	end func(error) // nil when closed
}

func (b *guardedBatch) Close() error {
	err := b.BatchResults.Close()
	if b.end != nil {
		b.end(err)
		b.end = nil
	}
	return err
}

// refusedRows are the answer to a query that was not tried. Its nil parts are
// never reached: there is no row.
type refusedRows struct {
	pgx.Rows
	err error
}

func (r refusedRows) Close()            {}
func (r refusedRows) Err() error        { return r.err }
func (r refusedRows) Next() bool        { return false }
func (r refusedRows) Scan(...any) error { return r.err }

// refusedBatch is the answer to a batch that was not tried.
type refusedBatch struct {
	pgx.BatchResults
	err error
}

func (b refusedBatch) Exec() (pgconn.CommandTag, error) { return pgconn.CommandTag{}, b.err }
func (b refusedBatch) Query() (pgx.Rows, error)         { return refusedRows{err: b.err}, b.err }
func (b refusedBatch) QueryRow() pgx.Row                { return refusedRows{err: b.err} }
func (b refusedBatch) Close() error                     { return b.err }

// isAway tells a server that can't serve anybody from one that refused a
// statement. Deadlines count as its silence: a statement that it is working on
// is ended by the server's own, shorter limit.
func isAway(err error) bool {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pgErr.Code {
		case "57P01", "57P02", "57P03", "25006": // shutting down, crashed, starting; an old primary after failover
			return true
		}
		return pgErr.Code[:2] == "08"
	}
	return isDisconnected(err)
}

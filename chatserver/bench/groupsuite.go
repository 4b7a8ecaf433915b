package bench

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// groups is S2: 20 groups of 50, with few sends in flight, with many, and at two
// steady rates, of which the higher makes 157,000 deliveries a second.
func (r *run) groups(ctx context.Context) error {
	return r.onNode(ctx, func(node *child, accounts *Direct) error {
		o := Groups{Groups: 20, Members: 50, Bytes: 100, Warmup: 2 * time.Second, Duration: r.Duration}
		groups, err := openGroups(ctx, accounts, o)
		if err != nil {
			return err
		}
		few, many, steady, fast := o, o, o, o
		few.Writers, few.InFlight = 5, 1
		many.Writers, many.InFlight = 50, 1
		steady.Writers, steady.Rate = 50, 1000
		fast.Writers, fast.Rate = 50, 3200
		for _, o := range []Groups{few, many, steady, fast} {
			if err := r.measureGroups(ctx, o, node, groups, &r.report.Groups); err != nil {
				return err
			}
		}
		return nil
	})
}

// crowds is 100 groups of 50 at a steady rate.
func (r *run) crowds(ctx context.Context) error {
	return r.onNode(ctx, func(node *child, accounts *Direct) error {
		o := Groups{Groups: 100, Members: 50, Writers: 10, Rate: 500, Bytes: 100, Warmup: 2 * time.Second, Duration: r.Duration}
		groups, err := openGroups(ctx, accounts, o)
		if err != nil {
			return err
		}
		return r.measureGroups(ctx, o, node, groups, &r.report.Groups)
	})
}

// sizes is S7: what a message costs in groups of several sizes, written to by one
// member, whose next message follows the acknowledgement of the last.
func (r *run) sizes(ctx context.Context) error {
	for _, size := range r.GroupSizes {
		err := r.onNode(ctx, func(node *child, accounts *Direct) error {
			o := Groups{Groups: 1, Members: size, Writers: 1, InFlight: 1, Bytes: 100, Warmup: time.Second, Duration: r.Duration}
			groups, err := openGroups(ctx, accounts, o)
			if err != nil {
				return err
			}
			return r.measureGroups(ctx, o, node, groups, &r.report.Sizes)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func openGroups(ctx context.Context, accounts *Direct, o Groups) ([]group, error) {
	groups := make([]group, o.Groups)
	for i := range groups {
		var err error
		if groups[i], err = accounts.openGroup(ctx, o.Members); err != nil {
			return nil, err
		}
	}
	return groups, nil
}

func (r *run) measureGroups(ctx context.Context, o Groups, node *child, groups []group, into *[]GroupsResult) error {
	db, err := pgx.Connect(ctx, r.stand.host.PostgresURL(uimDatabase))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close(context.WithoutCancel(ctx)) }()
	o.URL, o.Costs = node.url, []process{node.process, r.stand.postgres}
	o.Database = func(ctx context.Context) (n int64, err error) {
		err = db.QueryRow(ctx, "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()").Scan(&n)
		return n, err
	}
	result, err := o.Run(ctx, groups)
	if err != nil {
		return err
	}
	*into = append(*into, *result)
	r.tell("%d groups of %d, %d writers each: %.0f messages/s, %.0f deliveries/s, p50 %.1f ms, p95 %.1f ms; CPU seconds per 1,000: server %.4f, Postgres %.4f; %.2f transactions a message; lost %d",
		o.Groups, o.Members, o.Writers, result.Messages, result.PerSecond, result.Delivered.P50, result.Delivered.P95,
		result.CPUSeconds[0], result.CPUSeconds[1], result.Statements, result.Lost)
	return nil
}

// printGroups writes the tables of groups.
func (r *Report) printGroups(line func(string, ...any)) {
	rows := slices.Concat(r.Groups, r.Sizes)
	if len(rows) == 0 {
		return
	}
	line("\n| groups | members | writers each | load | messages a second | deliveries a second | CPU ms for 1,000 deliveries: server | Postgres | delivered p50 | p95 | p99 | transactions a message | lost |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, g := range rows {
		load := "as fast as acknowledged"
		if g.Rate > 0 {
			load = "steady"
		}
		line("| %d | %d | %d | %s | %.0f | %.0f | %.2f | %.2f | %.1f ms | %.1f ms | %.1f ms | %.2f | %d |", g.Groups, g.Members, g.Writers, load, g.Messages, g.PerSecond,
			g.CPUSeconds[0]*1000, g.CPUSeconds[1]*1000, g.Delivered.P50, g.Delivered.P95, g.Delivered.P99, g.Statements, g.Lost)
	}
}

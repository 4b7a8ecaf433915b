package postgres

import (
	"context"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
)

// PlannerSettings lets tests plan statements as the server does.
var PlannerSettings = plannerSettings

// AppendSettings lets tests explain an append as it is planned.
var AppendSettings = appendSettings

// SearchSettings lets tests explain a search as it is planned.
var SearchSettings = searchSettings

// PurgePiece lets tests see how much goes at once.
func (s *Store) PurgePiece(ctx context.Context) (bool, error) { return s.purgePiece(ctx) }

// OpenTraced is Open with a change to the pools, such as a tracer.
func OpenTraced(ctx context.Context, url string, change func(*pgxpool.Config)) (*Store, error) {
	config, err := poolConfig(url)
	if err != nil {
		return nil, err
	}
	change(config)
	return openPools(ctx, config, slog.New(slog.DiscardHandler))
}

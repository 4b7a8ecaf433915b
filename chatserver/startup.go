package chatserver

import (
	"context"
	"fmt"
	"time"

	"uim.dev/uim/chatserver/postgres"
	"uim.dev/uim/chatserver/redis"
)

const (
	startupInterval = time.Second
	// startupPatience is how long Postgres may take to answer one question.
	startupPatience = 5 * time.Second
)

// awaitDependencies makes the node ready once the schema is what it needs. It
// gives up, with what was missing, when that takes longer than the configured
// time. Redis is not waited for: the node does without it.
func (s *Server) awaitDependencies(ctx context.Context) error {
	migrator, err := postgres.NewMigrator(s.config.PostgresURL, s.log)
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	defer func() { _ = migrator.Close() }()
	gaveUp := time.NewTimer(s.config.StartupTimeout)
	defer gaveUp.Stop()
	ticker := time.NewTicker(startupInterval)
	defer ticker.Stop()
	for told := ""; ; {
		err := checkSchema(ctx, migrator)
		if err == nil {
			break
		}
		if err.Error() != told && ctx.Err() == nil { // one line for each change, not for each try
			told = err.Error()
			s.log.Warn("Waiting for the database", "error", err, "at_most_seconds", s.config.StartupTimeout.Seconds())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-gaveUp.C:
			return fmt.Errorf("waited %v for the database: %w", s.config.StartupTimeout, err)
		case <-ticker.C:
		}
	}
	if err := s.store.CheckSearchLanguage(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("UIM_SEARCH_LANGUAGE: %w", err)
	}
	if err := redis.Ping(ctx, s.redis); err != nil && ctx.Err() == nil {
		s.log.Warn("Redis is away; starting without it", "error", err)
	}
	s.health.schemaCurrent.Store(true)
	s.log.Info("Ready")
	return nil
}

func checkSchema(ctx context.Context, migrator *postgres.Migrator) error {
	ctx, cancel := context.WithTimeout(ctx, startupPatience)
	defer cancel()
	return migrator.Check(ctx)
}

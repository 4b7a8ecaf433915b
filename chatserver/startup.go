package chatserver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"uim.dev/uim/chatserver/chat"
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
		err := s.checkDatabase(ctx, migrator)
		if err == nil {
			break
		}
		if errors.Is(err, errSearchLanguage) && chat.CodeOf(err) != chat.CodeUnavailable && ctx.Err() == nil {
			return err // waiting does not help
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
	if err := redis.Ping(ctx, s.redis); err != nil && ctx.Err() == nil {
		s.log.Warn("Redis is away; starting without it", "error", err)
	}
	s.health.schemaCurrent.Store(true)
	s.log.Info("Ready")
	return nil
}

var errSearchLanguage = errors.New("UIM_SEARCH_LANGUAGE")

// checkDatabase looks for the schema and the search language that the node needs.
// The server may go away between the two, and the store notices later than the
// migrator that it is back.
func (s *Server) checkDatabase(ctx context.Context, migrator *postgres.Migrator) error {
	ctx, cancel := context.WithTimeout(ctx, startupPatience)
	defer cancel()
	if err := migrator.Check(ctx); err != nil {
		return err
	}
	if err := s.store.CheckSearchLanguage(ctx); err != nil {
		return fmt.Errorf("%w: %w", errSearchLanguage, err)
	}
	return nil
}

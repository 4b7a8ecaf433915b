// Package seed is `uim seed`: it fills a database with people who talk, for
// demonstrations and measurements. The same options always give the same data.
package seed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/crypto/bcrypt"

	"uim.dev/uim/chatserver/postgres"
)

// Password is everybody's. It is known to everyone, so a seeded server is not
// for the public.
const Password = "demo-password"

// Options say how much of what.
type Options struct {
	Users         int // at least 2
	Conversations int
	Messages      int
	Seed          uint64    // another seed gives other people with other talks
	End           time.Time // of the year in which all of it was said
	Append        bool      // beside people who are there already
}

// DefaultOptions fill a demonstration, which is over in a second or two.
func DefaultOptions() Options {
	return Options{Users: 200, Conversations: 500, Messages: 20_000, Seed: 1, End: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
}

func (o Options) validate() error {
	switch {
	case o.Users < 2 || o.Conversations < 0 || o.Messages < 0:
		return errors.New("want --users of at least 2, and no negative number")
	case o.Messages > 0 && o.Conversations == 0:
		return errors.New("messages need conversations: want --conversations of at least 1")
	}
	return nil
}

// Run fills the database at url (see postgres.Config.URL) in one transaction,
// tells progress how it goes, and returns the username of who has most to read.
func Run(ctx context.Context, url string, o Options, progress io.Writer) (username string, err error) {
	if err := o.validate(); err != nil {
		return "", err
	}
	if err := checkSchema(ctx, url); err != nil {
		return "", err
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", fmt.Errorf("connecting to Postgres: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	hash, err := bcrypt.GenerateFromPassword([]byte(Password), bcrypt.DefaultCost)
	if err != nil {
		return "", err
	}
	w := newWorld(o)
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if err := checkPeople(ctx, tx, w.people[0], o.Append); err != nil {
			return err
		}
		return write(ctx, tx, w, string(hash), progress)
	})
	if err != nil {
		return "", err
	}
	// The planner is told at once what it would find out by itself in a while.
	_, err = conn.Exec(ctx, "ANALYZE users, conversations, conversation_heads, members, messages")
	return w.people[0].username, err
}

func checkSchema(ctx context.Context, url string) error {
	m, err := postgres.NewMigrator(url, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	return m.Check(ctx)
}

// checkPeople keeps demonstration data out of a database that is in use.
func checkPeople(ctx context.Context, tx pgx.Tx, first person, appending bool) error {
	var anybody, same bool
	err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM users), EXISTS (SELECT FROM users WHERE id = $1)", first.id).Scan(&anybody, &same)
	switch {
	case err != nil:
		return fmt.Errorf("looking for people: %w", err)
	case same:
		return errors.New("the people of this --seed are there already; choose another --seed")
	case anybody && !appending:
		return errors.New("there are people in this database; --append adds to them")
	}
	return nil
}

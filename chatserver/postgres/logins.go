package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Logins are the roles of a server that people and programs sign in as, and the
// password that each is to have. SetLogins makes it so while the server runs.
type Logins struct {
	// Superuser is the role that may change all the others. Its first password is
	// the one it is to have; it is signed in with whichever still works.
	Superuser Login
	// Roles are to have these passwords, by name. All but Owner may do what Rights
	// may; one that is not there is made.
	Roles map[string]string
	// Owner owns the tables.
	Owner string
	// Rights is the role that the servers' rights are granted to.
	Rights string
	// Closed may not sign in any more; whoever is signed in stays.
	Closed []string
}

// Login is a role and passwords to try, in this order.
type Login struct {
	Role      string
	Passwords []string
}

// lockLogins keeps two of these from running at once (ALTER ROLE fails when the
// row changes under it).
const lockLogins = "SELECT pg_advisory_xact_lock(hashtext('uim.logins'))"

// SetLogins sets the passwords of all roles in one transaction and then signs in
// as each, so that success means that they are in force. It may be repeated. url
// names the server; its role and password do not count. The server never sees a
// password in an SQL text, only what it stores of one.
func SetLogins(ctx context.Context, url string, l Logins) error {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("reading the Postgres settings: %w", err)
	}
	config.RuntimeParams["application_name"] = "uim-logins"
	config.RuntimeParams["search_path"] = "pg_catalog"
	conn, err := signIn(ctx, config, l.Superuser)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	if err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return l.set(ctx, tx) }); err != nil {
		return fmt.Errorf("setting the passwords: %w", err)
	}
	all := maps.Clone(l.Roles)
	all[l.Superuser.Role] = l.Superuser.Passwords[0]
	for _, role := range slices.Sorted(maps.Keys(all)) {
		c, err := signIn(ctx, config, Login{role, []string{all[role]}})
		if err != nil {
			return err
		}
		_ = c.Close(ctx)
	}
	return nil
}

func (l Logins) set(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, lockLogins); err != nil {
		return err
	}
	for _, role := range slices.Sorted(maps.Keys(l.Roles)) {
		if role != l.Owner && role != l.Rights {
			if err := l.make(ctx, tx, role); err != nil {
				return fmt.Errorf("role %s: %w", role, err)
			}
		}
		if err := setPassword(ctx, tx, role, l.Roles[role]); err != nil {
			return fmt.Errorf("role %s: %w", role, err)
		}
	}
	for _, role := range l.Closed {
		if err := closeRole(ctx, tx, role); err != nil {
			return fmt.Errorf("role %s: %w", role, err)
		}
	}
	return setPassword(ctx, tx, l.Superuser.Role, l.Superuser.Passwords[0])
}

// make makes a role that may do what Rights may.
func (l Logins) make(ctx context.Context, tx pgx.Tx, role string) error {
	known, err := exists(ctx, tx, role)
	if err != nil {
		return err
	}
	if !known {
		if err := execute(ctx, tx, "CREATE ROLE %I LOGIN INHERIT", role); err != nil {
			return err
		}
	}
	return execute(ctx, tx, "GRANT %I TO %I", l.Rights, role)
}

func closeRole(ctx context.Context, tx pgx.Tx, role string) error {
	known, err := exists(ctx, tx, role)
	if err != nil || !known {
		return err
	}
	return execute(ctx, tx, "ALTER ROLE %I PASSWORD NULL", role)
}

func exists(ctx context.Context, tx pgx.Tx, role string) (known bool, err error) {
	err = tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", role).Scan(&known)
	return known, err
}

func setPassword(ctx context.Context, tx pgx.Tx, role, password string) error {
	verifier, err := scramVerifier(password)
	if err != nil {
		return err
	}
	return execute(ctx, tx, "ALTER ROLE %I LOGIN PASSWORD %L", role, verifier)
}

// execute runs a statement that takes no parameters; the server itself quotes the
// values that it is made of.
func execute(ctx context.Context, tx pgx.Tx, format string, values ...string) error {
	var statement string
	if err := tx.QueryRow(ctx, "SELECT format($1, VARIADIC $2::text[])", format, values).Scan(&statement); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, statement)
	return err
}

// signIn connects with the first password that the server takes.
func signIn(ctx context.Context, config *pgx.ConnConfig, l Login) (*pgx.Conn, error) {
	c := config.Copy()
	c.User = l.Role
	var refused error
	for _, password := range l.Passwords {
		c.Password = password
		conn, err := pgx.ConnectConfig(ctx, c)
		if err == nil {
			return conn, nil
		}
		refused = err
		if pgErr, ok := errors.AsType[*pgconn.PgError](err); !ok || pgErr.Code != "28P01" { // invalid_password
			break
		}
	}
	return nil, fmt.Errorf("signing in as %s: %w", l.Role, refused)
}

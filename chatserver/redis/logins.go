package redis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// Logins are the users of a Redis and the passwords that each is to have; a user may
// have several at once. SetLogins makes it so while the server runs.
type Logins struct {
	// Admin may change passwords. It keeps the first of AdminPasswords; it is signed
	// in with whichever still works.
	Admin          string
	AdminPasswords []string
	// User is whom the chat servers sign in as, with any of UserPasswords.
	User          string
	UserPasswords []string
}

// SetLogins sets the passwords and then signs in with each, so that success means
// that they are in force. It may be repeated. Who is signed in stays. c names the
// server; its user and password do not count.
func SetLogins(ctx context.Context, c Config, l Logins) error {
	if err := l.setUser(ctx, c); err != nil {
		return err
	}
	for _, password := range l.UserPasswords {
		if err := ping(ctx, c, l.User, password); err != nil {
			return fmt.Errorf("signing in as %s: %w", l.User, err)
		}
	}
	return nil
}

func (l Logins) setUser(ctx context.Context, c Config) error {
	var refused error
	for _, password := range l.AdminPasswords {
		refused = l.setAs(ctx, c, password)
		if !redis.HasErrorPrefix(refused, "WRONGPASS") {
			break
		}
	}
	if refused != nil {
		return fmt.Errorf("setting the passwords as %s: %w", l.Admin, refused)
	}
	return nil
}

// setAs sets the passwords as the admin with a password. The user's go first: whoever
// still has the old password of the admin can try again.
func (l Logins) setAs(ctx context.Context, c Config, password string) error {
	c.Username, c.Password = l.Admin, password
	client, err := Open(c)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	if err := client.Do(ctx, setPasswords(l.User, l.UserPasswords)...).Err(); err != nil {
		return err
	}
	return client.Do(ctx, setPasswords(l.Admin, l.AdminPasswords[:1])...).Err()
}

// setPasswords replaces the passwords of a user, in one step, and changes no right.
// The server is told their SHA-256 only, which is also all that it keeps.
func setPasswords(user string, passwords []string) []any {
	command := []any{"ACL", "SETUSER", user, "on", "resetpass"}
	for _, password := range passwords {
		sum := sha256.Sum256([]byte(password))
		command = append(command, "#"+hex.EncodeToString(sum[:]))
	}
	return command
}

func ping(ctx context.Context, c Config, user, password string) (err error) {
	c.Username, c.Password = user, password
	client, err := Open(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	return Ping(ctx, client)
}

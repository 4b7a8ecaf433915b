package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres/queries"
)

// CreateAccount implements auth.Store.
func (s *Store) CreateAccount(ctx context.Context, a auth.NewAccount, note chat.AuditEntry) (chat.User, error) {
	user := a.User
	var email *string
	if user.Email != "" {
		email = &user.Email
	}
	_, err := s.changeNoted(ctx, note, func(tx pgx.Tx) (bool, error) {
		var err error
		user.CreatedAt, err = s.q.CreateUser(ctx, tx, queries.CreateUserParams{
			ID: user.ID, Username: user.Username, Email: email, DisplayName: user.DisplayName, PasswordHash: a.PasswordHash})
		if err != nil {
			return false, err
		}
		// Asked after the insert, which waits for a deletion of the name's owner.
		retired, err := s.q.UsernameRetired(ctx, tx, user.Username)
		if err == nil && retired {
			err = &chat.Error{Code: chat.CodeUsernameTaken}
		}
		if err != nil {
			return false, err
		}
		_, err = s.q.CreateSession(ctx, tx, sessionParams(a.Session, a.PasswordHash))
		return true, err
	})
	if err != nil {
		return chat.User{}, accountError("creating an account", err)
	}
	return user, nil
}

// accountError tells a name or an address that is taken from other failures.
func accountError(doing string, err error) error {
	switch violated(err) {
	case "users_username_key":
		return &chat.Error{Code: chat.CodeUsernameTaken}
	case "users_email_key":
		return &chat.Error{Code: chat.CodeEmailTaken}
	}
	return wrap(doing, err)
}

// Account implements auth.Store.
func (s *Store) Account(ctx context.Context, username string) (chat.User, string, error) {
	row, err := s.q.UserByUsername(ctx, s.pool, username)
	return toUser(row), row.PasswordHash, wrap("looking up an account", err)
}

// AccountByID implements auth.Store.
func (s *Store) AccountByID(ctx context.Context, id uuid.UUID) (chat.User, string, error) {
	row, err := s.q.UserByID(ctx, s.pool, id)
	return toUser(row), row.PasswordHash, wrap("looking up an account", err)
}

// ChangePassword implements auth.Store.
func (s *Store) ChangePassword(ctx context.Context, c auth.PasswordChange, note chat.AuditEntry) (bool, error) {
	changed, err := s.changeNoted(ctx, note, func(tx pgx.Tx) (bool, error) {
		n, err := s.q.ChangePassword(ctx, tx, queries.ChangePasswordParams{ID: c.UserID, OldHash: c.OldHash, NewHash: c.NewHash})
		if err != nil || n == 0 {
			return false, err
		}
		return true, s.q.RevokeOtherSessions(ctx, tx, queries.RevokeOtherSessionsParams{UserID: c.UserID, Kept: c.Keep})
	})
	return changed, wrap("changing a password", err)
}

// DeleteAccount implements auth.Store. The person's row is locked before the
// heads of their conversations: with it held no new conversation can begin, and
// with the heads held no message of theirs is on its way. (An append holds heads
// and asks of the row only that its id stays, so the two can't deadlock.)
func (s *Store) DeleteAccount(ctx context.Context, user uuid.UUID, passwordHash string, note chat.AuditEntry) ([]chat.GroupChanged, bool, error) {
	var left []chat.GroupChanged
	deleted, err := s.changeNoted(ctx, note, func(tx pgx.Tx) (bool, error) {
		n, err := s.q.DeleteUser(ctx, tx, queries.DeleteUserParams{ID: user, PasswordHash: passwordHash})
		if err != nil || n == 0 {
			return false, err
		}
		if _, err := s.q.LockHeadsOf(ctx, tx, user); err != nil {
			return false, err
		}
		if left, err = s.leaveGroups(ctx, tx, user); err != nil {
			return false, err
		}
		for _, step := range []func(context.Context, queries.DBTX, uuid.UUID) error{
			s.q.SilenceConversationsOf, s.q.DeleteSessions, s.q.DeleteBlocksOf, s.q.DeleteLastSeen,
		} {
			if err := step(ctx, tx, user); err != nil {
				return false, err
			}
		}
		return true, nil
	})
	return left, deleted, wrap("deleting an account", err)
}

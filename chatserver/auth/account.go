package auth

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// ChangePassword replaces a person's password and ends all of their sessions
// but the one that asks. The error is invalid_credentials, naming
// current_password, when that is wrong.
func (s *Service) ChangePassword(ctx context.Context, by chat.Actor, session uuid.UUID, current, next string) error {
	user, hash, err := s.confirm(ctx, by.ID, "current_password", current)
	if err != nil {
		return err
	}
	var p chat.Problems
	if s.checkPassword(&p, "new_password", next, user.Username); len(p) == 0 && next == current {
		p.Add("new_password", "unchanged", "This is the password you have.")
	}
	if err := p.Err(); err != nil {
		return err
	}
	newHash, err := s.hasher.hash(ctx, next)
	if err != nil {
		return err
	}
	change := PasswordChange{UserID: by.ID, OldHash: hash, NewHash: newHash, Keep: session}
	done, err := s.store.ChangePassword(ctx, change, chat.AuditEntry{Actor: by, Action: chat.AuditPasswordChanged})
	if err != nil {
		return err
	}
	if !done {
		return wrongPassword("current_password")
	}
	s.publish(ctx, chat.SessionsEnded{UserID: by.ID, Except: session, Reason: chat.SessionRevoked})
	return nil
}

// DeleteAccount erases a person for good. What they wrote stays. The error is
// invalid_credentials, naming password, when that is wrong.
func (s *Service) DeleteAccount(ctx context.Context, by chat.Actor, password string) error {
	_, hash, err := s.confirm(ctx, by.ID, "password", password)
	if err != nil {
		return err
	}
	peers, err := chat.PeersOf(ctx, s.store, by.ID)
	if err != nil {
		return err
	}
	left, done, err := s.store.DeleteAccount(ctx, by.ID, hash, chat.AuditEntry{Actor: by, Action: chat.AuditAccountDeleted})
	if err != nil {
		return err
	}
	if !done {
		return wrongPassword("password")
	}
	s.publish(ctx, chat.SessionsEnded{UserID: by.ID, Reason: chat.AccountDeleted})
	s.publisher.Publish(context.WithoutCancel(ctx), peers)
	for _, group := range left {
		s.publisher.Publish(context.WithoutCancel(ctx), group.Shown())
	}
	return nil
}

// confirm makes sure that who is signed in knows the account's password, and
// returns the account with the hash that was compared.
func (s *Service) confirm(ctx context.Context, id uuid.UUID, field, password string) (chat.User, string, error) {
	user, hash, err := s.store.AccountByID(ctx, id)
	if errors.Is(err, chat.ErrNotFound) { // deleted a moment ago
		return chat.User{}, "", &chat.Error{Code: chat.CodeSessionRevoked}
	}
	if err != nil {
		return chat.User{}, "", err
	}
	ok, err := s.hasher.matches(ctx, hash, password)
	if err == nil && !ok {
		err = wrongPassword(field)
	}
	return user, hash, err
}

func wrongPassword(field string) error {
	return &chat.Error{
		Code: chat.CodeInvalidCredentials, Detail: "The password is wrong.",
		Fields: []chat.FieldError{{Field: field, Code: "wrong", Detail: "The password is wrong."}},
	}
}

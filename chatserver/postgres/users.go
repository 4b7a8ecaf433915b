package postgres

import (
	"context"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres/queries"
)

// User implements auth.Store and chat.PeopleStore.
func (s *Store) User(ctx context.Context, id uuid.UUID) (chat.User, error) {
	row, err := s.q.UserByID(ctx, s.pool, id)
	return toUser(row), wrap("looking up a person", err)
}

// Account implements auth.Store.
func (s *Store) Account(ctx context.Context, username string) (chat.User, string, error) {
	row, err := s.q.UserByUsername(ctx, s.pool, username)
	return toUser(row), row.PasswordHash, wrap("looking up an account", err)
}

// SearchUsers implements chat.PeopleStore.
func (s *Store) SearchUsers(ctx context.Context, query, after string, limit int) ([]chat.User, error) {
	rows, err := s.q.SearchUsers(ctx, s.pool, queries.SearchUsersParams{
		UsernamePattern: likePrefix(strings.ToLower(query)), NameQuery: wordPrefixes(query),
		After: strings.ToLower(after), PageSize: int32(limit),
	})
	users := make([]chat.User, len(rows))
	for i, row := range rows {
		users[i] = toUser(row)
		users[i].Email = "" // not for others
	}
	return users, wrap("searching people", err)
}

// likePrefix returns the LIKE pattern of everything that begins with text.
func likePrefix(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

// wordPrefixes returns the tsquery of texts that have, for each word of text, a
// word that begins with it. Only letters and digits get through, so nothing in
// it can be an operator.
func wordPrefixes(text string) string {
	list := words(text)
	for i, w := range list {
		list[i] = w + ":*"
	}
	return strings.Join(list, " & ")
}

// words returns the words of a text.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

func toUser(row queries.User) chat.User {
	return chat.User{
		ID: row.ID, Username: row.Username, DisplayName: row.DisplayName, AvatarURL: row.AvatarUrl, Email: value(row.Email),
		Privacy:   chat.Privacy{ReadReceipts: row.ReadReceipts, Typing: row.Typing, LastSeen: row.LastSeen},
		CreatedAt: row.CreatedAt,
	}
}

package postgres

import (
	"context"
	"strings"
	"unicode"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres/queries"
)

// User implements auth.Store.
func (s *Store) User(ctx context.Context, id uuid.UUID) (chat.User, error) {
	row, err := s.q.UserByID(ctx, s.pool, id)
	return toUser(row), wrap("looking up a person", err)
}

// Person implements chat.PeopleStore.
func (s *Store) Person(ctx context.Context, id uuid.UUID) (chat.User, error) {
	row, err := s.q.Person(ctx, s.pool, id)
	return toOther(row), wrap("looking up a person", err)
}

// Privacy returns what a person lets others see.
func (s *Store) Privacy(ctx context.Context, id uuid.UUID) (chat.Privacy, error) {
	privacy, err := ask(ctx, s.gathered.privacy, id)
	if err == nil && privacy == nil {
		err = chat.ErrNotFound
	}
	if err != nil {
		return chat.Privacy{}, err
	}
	return *privacy, nil
}

// UpdateProfile implements chat.ProfileStore.
func (s *Store) UpdateProfile(ctx context.Context, id uuid.UUID, c chat.ProfileChange, notes ...chat.AuditEntry) (chat.User, error) {
	var row queries.User
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var err error
		row, err = s.q.UpdateUser(ctx, tx, queries.UpdateUserParams{
			ID: id, DisplayName: c.DisplayName, AvatarUrl: c.AvatarURL, Email: c.Email,
			ReadReceipts: c.ReadReceipts, Typing: c.Typing, LastSeen: c.LastSeen,
		})
		for _, note := range notes {
			if err == nil {
				err = s.note(ctx, tx, note)
			}
		}
		return err
	})
	if err != nil {
		return chat.User{}, accountError("changing a profile", err)
	}
	return toUser(row), nil
}

// DirectPeers implements chat.PeerReader.
func (s *Store) DirectPeers(ctx context.Context, user uuid.UUID, limit int) ([]chat.DirectPeer, error) {
	rows, err := s.q.DirectPeers(ctx, s.pool, queries.DirectPeersParams{UserID: user, PageSize: int32(limit)})
	peers := make([]chat.DirectPeer, len(rows))
	for i, r := range rows {
		peers[i] = chat.DirectPeer(r)
	}
	return peers, wrap("listing whom a person talks with", err)
}

// SearchUsers implements chat.PeopleStore.
func (s *Store) SearchUsers(ctx context.Context, query, after string, limit int) ([]chat.User, error) {
	rows, err := s.q.SearchUsers(ctx, s.pool, queries.SearchUsersParams{
		UsernamePattern: likePrefix(strings.ToLower(query)), NameQuery: wordPrefixes(query),
		After: strings.ToLower(after), PageSize: int32(limit),
	})
	return toOthers(rows), wrap("searching people", err)
}

func toOthers(rows []queries.User) []chat.User {
	users := make([]chat.User, len(rows))
	for i, row := range rows {
		users[i] = toOther(row)
	}
	return users
}

// toOther is toUser for the eyes of others.
func toOther(row queries.User) chat.User {
	u := toUser(row)
	u.Email = ""
	if row.DeletedAt != nil {
		u = deleted(u)
	}
	return u
}

// deleted is what is seen of a person whose account is gone.
func deleted(u chat.User) chat.User {
	return chat.User{ID: u.ID, Username: chat.DeletedUsername, DisplayName: chat.DeletedName, CreatedAt: u.CreatedAt, Deleted: true}
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

package chat

import (
	"context"

	"github.com/google/uuid"
)

// PeopleStore finds people.
type PeopleStore interface {
	// Person returns one person, also one whose account is gone; ErrNotFound
	// when there never was one.
	Person(ctx context.Context, id uuid.UUID) (User, error)

	// SearchUsers returns people whose username, or a word of whose display
	// name, begins with the query, ordered by username, from after (exclusive) on.
	SearchUsers(ctx context.Context, query, after string, limit int) ([]User, error)
}

// People is the service for finding people.
type People struct{ store PeopleStore }

// NewPeople returns the service.
func NewPeople(store PeopleStore) *People { return &People{store: store} }

// Get returns one person, also one whose account is gone.
func (s *People) Get(ctx context.Context, id uuid.UUID) (User, error) { return s.store.Person(ctx, id) }

// Search returns a page of the people that a query finds.
func (s *People) Search(ctx context.Context, query, after string, limit int) ([]User, error) {
	var p Problems
	query = p.CheckSearch(query)
	if err := p.Err(); err != nil {
		return nil, err
	}
	return s.store.SearchUsers(ctx, query, after, limit)
}

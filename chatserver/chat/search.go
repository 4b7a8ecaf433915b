package chat

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/search"
)

// MaxSearch is the most code points of a search for messages.
const MaxSearch = 200

// MessageSearch is a page of a search for messages as a person asks for it.
type MessageSearch struct {
	ConversationID uuid.UUID
	Text           string
	SearchNarrowing
}

// SearchNarrowing says which of the messages that have the words are wanted.
type SearchNarrowing struct {
	From, To time.Time // [From, To); zero: no bound
	Sender   uuid.UUID // uuid.Nil: anybody
	Before   int64     // seq < Before; 0: no bound
	Limit    int
}

// SearchHit is a message that a search has found.
type SearchHit struct {
	Message
	Highlights []search.Span // where the words are, in code points of the content
}

// MessageFinder finds messages by their words.
type MessageFinder interface {
	// Find returns the newest messages of a conversation that answer a query, of
	// those that the viewer may see. The error is ErrNotFound for who is not a
	// member, search.ErrStopWords, search_timeout or overloaded.
	Find(ctx context.Context, viewer, conversation uuid.UUID, q search.Query, n SearchNarrowing) ([]SearchHit, error)
}

// SearchMetrics hears how searches go.
type SearchMetrics interface {
	// Searched tells the code of a search's error, none for success, and how long it took.
	Searched(failure Code, took time.Duration)
}

// Searches is the service for finding messages.
type Searches struct {
	finder  MessageFinder
	metrics SearchMetrics
}

// NewSearches returns the service.
func NewSearches(finder MessageFinder, metrics SearchMetrics) *Searches {
	return &Searches{finder: finder, metrics: metrics}
}

// Find returns a page of what a search finds, the newest first.
func (s *Searches) Find(ctx context.Context, viewer uuid.UUID, m MessageSearch) ([]SearchHit, error) {
	q, err := m.parse()
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	hits, err := s.finder.Find(ctx, viewer, m.ConversationID, q, m.SearchNarrowing)
	if err != nil {
		err = asProblem(err)
		s.metrics.Searched(CodeOf(err), time.Since(begun))
		return nil, err
	}
	s.metrics.Searched("", time.Since(begun))
	return hits, nil
}

// parse tells everything that is wrong with a search at once.
func (m MessageSearch) parse() (search.Query, error) {
	var p Problems
	if !m.From.IsZero() && !m.To.IsZero() && !m.From.Before(m.To) {
		p.Add("to", "too_early", "The end is not after the beginning.")
	}
	var q search.Query
	switch text := strings.TrimSpace(m.Text); {
	case text == "":
		p.Add("q", "required", "Say what to search for.")
	case utf8.RuneCountInString(m.Text) > MaxSearch:
		p.Add("q", "too_long", "At most "+strconv.Itoa(MaxSearch)+" characters.")
	case !utf8.ValidString(m.Text) || strings.ContainsRune(m.Text, 0):
		p.Add("q", "invalid_characters", "The text is not valid.")
	default:
		var err error
		if q, err = search.Parse(text); err != nil {
			p = append(p, queryProblem(err))
		}
	}
	return q, p.Err()
}

// asProblem returns what a person can be told of why a query is not searched for.
func asProblem(err error) error {
	if errors.Is(err, search.ErrStopWords) {
		return Problems{queryProblem(err)}.Err()
	}
	return err
}

func queryProblem(err error) FieldError {
	f := FieldError{Field: "q", Code: "no_words", Detail: "There is no word in it."}
	switch {
	case errors.Is(err, search.ErrTooShort):
		f.Code, f.Detail = "too_short", "In scripts written without spaces, such as Chinese, search for two characters or more."
	case errors.Is(err, search.ErrOnlyExcluded):
		f.Code, f.Detail = "only_excluded", "Say also what to find, not only what to leave out."
	case errors.Is(err, search.ErrStopWords):
		f.Code, f.Detail = "only_stop_words", "These words are everywhere; add another, or put them in quotes to find them in this order."
	}
	return f
}

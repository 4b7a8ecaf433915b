package chat

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// ActivityPosition is a place among a person's conversations in the order of
// their activity: everything less recently active than it follows.
type ActivityPosition struct {
	UpdatedAt time.Time
	ID        uuid.UUID
}

// ByActivity is the place of c among its viewer's conversations.
func (c Conversation) ByActivity() ActivityPosition { return ActivityPosition{c.UpdatedAt, c.ID} }

// ListPosition is a place in a person's list of conversations, which has the
// pinned ones first and is by activity otherwise.
type ListPosition struct {
	Pinned    bool
	UpdatedAt time.Time
	ID        uuid.UUID
}

// Position is the place of c in the list.
func (c Conversation) Position() ListPosition {
	return ListPosition{c.Settings.Pinned, c.UpdatedAt, c.ID}
}

// ListQuery selects a page of a person's list of conversations.
type ListQuery struct {
	// Search, unless empty, is what the name or the description of a group, or the
	// username or the display name of the other person, has to match: a beginning of
	// one of its words for each word of it; words of scripts without spaces match
	// anywhere. A group is also found by the names of its members.
	Search string
	Filter ListFilter
	After  *ListPosition // nil: from the top
	Limit  int
}

// ListFilter narrows a list of conversations. Its zero value lets all pass but
// those in the archive.
type ListFilter struct {
	Unread        bool // only those with unread messages
	Direct, Group bool // only those of this kind; both or none: of either
	Archived      bool // only those in the archive
}

// ParseListFilter reads a filter as it stands in an address: words with commas
// between them.
func ParseListFilter(words string) (ListFilter, error) {
	var f ListFilter
	if words == "" {
		return f, nil
	}
	for word := range strings.SplitSeq(words, ",") {
		switch word {
		case "unread":
			f.Unread = true
		case "direct":
			f.Direct = true
		case "group":
			f.Group = true
		case "archived":
			f.Archived = true
		default:
			return f, Problems{{Field: "filter", Code: "unknown", Detail: "Any of unread, direct, group and archived, with commas between them."}}.Err()
		}
	}
	return f, nil
}

// String writes the filter as ParseListFilter reads it, the same for the same filter.
func (f ListFilter) String() string {
	var words []string
	for _, w := range []struct {
		on   bool
		word string
	}{{f.Archived, "archived"}, {f.Direct, "direct"}, {f.Group, "group"}, {f.Unread, "unread"}} {
		if w.on {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, ",")
}

// Kind is the only kind that passes, or empty when both do.
func (f ListFilter) Kind() Kind {
	switch {
	case f.Direct == f.Group:
		return ""
	case f.Direct:
		return KindDirect
	default:
		return KindGroup
	}
}

// CheckSearch trims what people search for and notes what keeps the rest from
// being looked up.
func (p *Problems) CheckSearch(query string) string {
	query = strings.TrimSpace(query)
	switch {
	case query == "":
		p.Add("q", "required", "Say whom or what to look for.")
	case utf8.RuneCountInString(query) > MaxQuery:
		p.Add("q", "too_long", "At most 100 characters.")
	case !utf8.ValidString(query) || strings.ContainsRune(query, 0):
		p.Add("q", "invalid_characters", "The text is not valid.")
	}
	return query
}

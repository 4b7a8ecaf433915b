package chat_test

import (
	"context"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// What is let through as the content of a message can be stored and shown.
func FuzzCheckContent(f *testing.F) {
	for _, text := range []string{"", " hello ", "a\x00b", "\xff", "字", "two\r\nlines\tand a tab", "\u0085", "\u202E", "👋🏽", strings.Repeat("x", 51)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		const limit = 50
		var p chat.Problems
		content := p.CheckContent(text, limit)
		if len(p) > 0 {
			if p[0].Field != "content" || p[0].Code == "" || p[0].Detail == "" {
				t.Errorf("%q: %+v", text, p)
			}
			return
		}
		n := utf8.RuneCountInString(content)
		hidden := strings.ContainsFunc(content, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r) })
		if n == 0 || n > limit || !utf8.ValidString(content) || hidden || content != strings.TrimSpace(content) {
			t.Errorf("%q became %q", text, content)
		}
		var again chat.Problems
		if again.CheckContent(content, limit) != content || len(again) > 0 {
			t.Errorf("%q is not let through a second time: %v", content, again)
		}
	})
}

// seeker is a PeopleStore that looks at what it is asked.
type seeker struct{ look func(query string) }

// Person implements chat.PeopleStore.
func (seeker) Person(context.Context, uuid.UUID) (chat.User, error) {
	return chat.User{}, chat.ErrNotFound
}

// SearchUsers implements chat.PeopleStore.
func (s seeker) SearchUsers(_ context.Context, query, _ string, _ int) ([]chat.User, error) {
	s.look(query)
	return nil, nil
}

// What reaches the store of a search is text that it can take.
func FuzzSearchPeople(f *testing.F) {
	for _, query := range []string{"", " ann ", "%", "_", `\`, "a\x00", "\xc3\x28", "' OR 1=1", "字", strings.Repeat("é", 101)} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		people := chat.NewPeople(seeker{func(q string) {
			if n := utf8.RuneCountInString(q); n == 0 || n > chat.MaxQuery || !utf8.ValidString(q) || strings.ContainsRune(q, 0) {
				t.Errorf("%q reached the store as %q", query, q)
			}
		}})
		if _, err := people.Search(t.Context(), query, "", 10); err != nil {
			if e, known := chat.AsError(err); !known || e.Code != chat.CodeValidationFailed || e.Fields[0].Field != "q" {
				t.Errorf("%q: %v", query, err)
			}
		}
	})
}

package chat_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// complaint returns the code of the only problem noted, "" for none.
func complaint(t *testing.T, p chat.Problems, field string) string {
	t.Helper()
	switch len(p) {
	case 0:
		return ""
	case 1:
		if p[0].Field != field || p[0].Detail == "" {
			t.Errorf("problem is %+v, want one of %q with a detail", p[0], field)
		}
		return p[0].Code
	}
	t.Fatalf("%d problems with one field: %v", len(p), p)
	return ""
}

func TestUsernames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"bob":                           "",
		"Bob_the-2nd.":                  "",
		strings.Repeat("x", 50):         "",
		"":                              "too_short",
		"bo":                            "too_short",
		strings.Repeat("x", 51):         "too_long",
		"bob smith":                     "invalid_characters",
		" bob":                          "invalid_characters",
		"bob\n":                         "invalid_characters",
		"bob\x00":                       "invalid_characters",
		"bob@home":                      "invalid_characters",
		"böb":                           "invalid_characters",
		"张三丰":                           "invalid_characters",
		"\u0430lice":                    "invalid_characters", // a Cyrillic а
		"bob\xff":                       "invalid_characters",
		strings.Repeat("\xff", 3):       "invalid_characters",
		strings.Repeat("\U0001F600", 3): "invalid_characters",
	} {
		var p chat.Problems
		p.CheckUsername(name)
		if got := complaint(t, p, "username"); got != want {
			t.Errorf("username %q: got %q, want %q", name, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Ann":                    "",
		"张三":                     "",
		strings.Repeat("字", 100): "",
		strings.Repeat("😀", 100): "",
		"":                       "required",
		strings.Repeat("字", 101): "too_long",
		"line\nbreak":            "invalid_characters",
		"nul\x00":                "invalid_characters",
		"c1 \u0085":              "invalid_characters",
		"not utf-8 \xc3":         "invalid_characters",
	} {
		var p chat.Problems
		p.CheckName("display_name", name)
		if got := complaint(t, p, "display_name"); got != want {
			t.Errorf("name %q: got %q, want %q", name, got, want)
		}
	}
}

func TestEmailAddresses(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("x", 254-len("@example.com")) + "@example.com"
	for address, want := range map[string]string{
		"a@example.com":    "",
		"a+b@x.example.uk": "",
		"用户@例子.公司":         "",
		longest:            "",
		"x" + longest:      "too_long",
		"":                 "invalid",
		"a":                "invalid",
		"@example.com":     "invalid",
		"a@":               "invalid",
		"a@localhost":      "invalid",
		"a@b@example.com":  "invalid",
		"a b@example.com":  "invalid",
		"a@exam\nple.com":  "invalid",
		"a\x00@b.example":  "invalid",
		"a\xff@b.example":  "invalid",
	} {
		var p chat.Problems
		p.CheckEmail(address)
		if got := complaint(t, p, "email"); got != want {
			t.Errorf("email %q: got %q, want %q", address, got, want)
		}
	}
}

func TestMessageContent(t *testing.T) {
	t.Parallel()
	const limit = 10_000
	for _, c := range []struct{ name, content, keeps, complaint string }{
		{"a word", "hello", "hello", ""},
		{"space around", " \t\r\n hello \u00a0\u3000\n", "hello", ""},
		{"space, tabs and lines inside", "a  b\tc\r\nd", "a  b\tc\r\nd", ""},
		{"10,000 letters", strings.Repeat("x", limit), strings.Repeat("x", limit), ""},
		{"10,001 letters", strings.Repeat("x", limit+1), "", "too_long"},
		{"10,000 Chinese characters", strings.Repeat("字", limit), strings.Repeat("字", limit), ""},
		{"10,001 Chinese characters", strings.Repeat("字", limit+1), "", "too_long"},
		{"10,000 emoji", strings.Repeat("😀", limit), strings.Repeat("😀", limit), ""},
		{"10,001 emoji", strings.Repeat("😀", limit+1), "", "too_long"},
		{"a family is 7 code points, 1,428 of them fit", strings.Repeat("👨‍👩‍👧‍👦", 1428), strings.Repeat("👨‍👩‍👧‍👦", 1428), ""},
		{"and 1,429 do not", strings.Repeat("👨‍👩‍👧‍👦", 1429), "", "too_long"},
		{"10,000 in the midst of space", strings.Repeat(" ", 5_000) + strings.Repeat("x", limit) + "\n\n", strings.Repeat("x", limit), ""},
		{"nothing", "", "", "required"},
		{"nothing but space", " \n\t\u2003", "", "required"},
		{"NUL", "a\x00b", "", "invalid_characters"},
		{"escape", "a\x1b[31mb", "", "invalid_characters"},
		{"delete", "a\x7fb", "", "invalid_characters"},
		{"a control character of Latin-1", "a\u009bb", "", "invalid_characters"},
		{"half a character", "a\xe5\xad", "", "invalid_characters"},
		{"a lone surrogate", "a\xed\xa0\x80b", "", "invalid_characters"},
		{"right to left, and marks", "\u05e9\u05b8\u05dc\u200fabc\u200e", "\u05e9\u05b8\u05dc\u200fabc\u200e", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var p chat.Problems
			kept := p.CheckContent(c.content, limit)
			if got := complaint(t, p, "content"); got != c.complaint {
				t.Fatalf("complaint is %q, want %q", got, c.complaint)
			}
			if c.complaint == "" && kept != c.keeps {
				t.Errorf("kept %q, want %q", kept, c.keeps)
			}
		})
	}
}

func TestEverythingWrongIsToldAtOnce(t *testing.T) {
	t.Parallel()
	var p chat.Problems
	if err := p.Err(); err != nil {
		t.Fatalf("no problems are %v", err)
	}
	p.CheckUsername("x")
	p.CheckEmail("y")
	p.CheckID("user_id", uuid.Nil)
	p.CheckID("conversation_id", uuid.New())

	e, ok := errors.AsType[*chat.Error](p.Err())
	if !ok || e.Code != chat.CodeValidationFailed || len(e.Fields) != 3 {
		t.Fatalf("got %v, want validation_failed with three fields", p.Err())
	}
	if want := "Not allowed: username, email, user_id."; e.Detail != want {
		t.Errorf("detail is %q, want %q", e.Detail, want)
	}
}

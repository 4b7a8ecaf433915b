package chat

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Limits bound what people may write. The zero value is not useful; start from DefaultLimits.
type Limits struct {
	ContentCodePoints int
	MessagesPerMinute int
	MessagesPerHour   int
	GroupMembers      int // people in a group, whoever made it included
}

// DefaultLimits are the contract's.
var DefaultLimits = Limits{ContentCodePoints: 10_000, MessagesPerMinute: 50, MessagesPerHour: 500, GroupMembers: 500}

// Bounds of names, in code points unless said otherwise.
const (
	MinUsername    = 3
	MaxUsername    = 50
	MaxDisplayName = 100
	MaxEmailBytes  = 254
	MaxQuery       = 100
	MaxURLBytes    = 2048
)

// Problems collects what is wrong with the fields of one request, so that a
// person learns everything at once.
type Problems []FieldError

// Add notes a problem with a field.
func (p *Problems) Add(field, code, detail string) {
	*p = append(*p, FieldError{Field: field, Code: code, Detail: detail})
}

// Err returns the problems as an Error, or nil when there are none.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	names := make([]string, len(p))
	for i, f := range p {
		names[i] = f.Field
	}
	return &Error{Code: CodeValidationFailed, Detail: "Not allowed: " + strings.Join(names, ", ") + ".", Fields: p}
}

// CheckUsername notes what keeps name from being a username.
func (p *Problems) CheckUsername(name string) {
	switch n := utf8.RuneCountInString(name); {
	case n < MinUsername:
		p.Add("username", "too_short", "A username has at least 3 characters.")
	case n > MaxUsername:
		p.Add("username", "too_long", "A username has at most 50 characters.")
	case strings.ContainsFunc(name, func(r rune) bool { return !isUsernameRune(r) }):
		p.Add("username", "invalid_characters", "A username consists of a–z, A–Z, 0–9, dot, underscore and hyphen.")
	}
}

func isUsernameRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '.' || r == '-'
}

// CheckName notes what keeps a display or group name from being one.
func (p *Problems) CheckName(field, name string) {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		p.Add(field, "required", "This can't be empty.")
	case n > MaxDisplayName:
		p.Add(field, "too_long", "At most 100 characters.")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		p.Add(field, "invalid_characters", "Control characters are not allowed.")
	}
}

// CheckEmail notes what keeps address from being an email address. It asks for
// no more than one @ between two non-empty parts: only a delivery proves more.
func (p *Problems) CheckEmail(address string) {
	local, domain, found := strings.Cut(address, "@")
	switch {
	case len(address) > MaxEmailBytes:
		p.Add("email", "too_long", "An email address has at most 254 bytes.")
	case !found || local == "" || !strings.Contains(domain, ".") || strings.Contains(domain, "@") ||
		!utf8.ValidString(address) || strings.ContainsFunc(address, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		p.Add("email", "invalid", "This is not an email address.")
	}
}

// CheckImageURL notes what keeps address from being that of a picture which
// others' browsers may load: whole, over TLS, and without a login in it.
func (p *Problems) CheckImageURL(field, address string) {
	u, err := url.Parse(address)
	switch {
	case len(address) > MaxURLBytes:
		p.Add(field, "too_long", "An address has at most 2048 bytes.")
	case err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		!utf8.ValidString(address) || strings.ContainsFunc(address, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		p.Add(field, "invalid", "This is not an address such as https://example.com/me.png.")
	}
}

// CheckContent trims the content of a message and notes what keeps the rest
// from being sent. Tabs and line breaks are welcome, other control characters
// are not: they can't be seen, and NUL can't be stored.
func (p *Problems) CheckContent(content string, limit int) string {
	content = strings.TrimSpace(content)
	switch {
	case content == "":
		p.Add("content", "required", "A message can't be empty.")
	case utf8.RuneCountInString(content) > limit:
		p.Add("content", "too_long", "A message has at most "+strconv.Itoa(limit)+" characters.")
	case !utf8.ValidString(content):
		p.Add("content", "invalid_characters", "The text is not valid UTF-8.")
	case strings.ContainsFunc(content, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }):
		p.Add("content", "invalid_characters", "Control characters are not allowed.")
	}
	return content
}

// CheckID notes an id that is missing.
func (p *Problems) CheckID(field string, id uuid.UUID) {
	if id == uuid.Nil {
		p.Add(field, "required", "This id is missing.")
	}
}

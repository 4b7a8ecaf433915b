package chat_test

import (
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"uim.dev/uim/chatserver/chat"
)

var (
	ann = uuid.MustParse("00000000-0000-7000-8000-00000000000a")
	bob = uuid.MustParse("00000000-0000-7000-8000-00000000000b")
	eve = uuid.MustParse("00000000-0000-7000-8000-00000000000e")
)

func newPager() *chat.Pager { return chat.NewPager([]byte("0123456789abcdef0123456789abcdef")) }

func seal(t *testing.T, p *chat.Pager, list string, viewer uuid.UUID, place any) string {
	t.Helper()
	cursor, err := p.Seal(list, viewer, place)
	if err != nil {
		t.Fatal(err)
	}
	return cursor
}

func TestACursorBringsItsPlaceBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		place := chat.ListPosition{
			UpdatedAt: time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "ms")).UTC(),
			ID:        uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id")),
		}
		list := rapid.String().Draw(t, "list")
		cursor, err := newPager().Seal(list, ann, place)
		if err != nil {
			t.Fatal(err)
		}
		var back chat.ListPosition
		if err := newPager().Open(list, ann, cursor, &back); err != nil || back != place {
			t.Fatalf("got %v, %v; want %v", back, err, place)
		}
	})
}

func TestACursorServesNobodyElseAndNothingElse(t *testing.T) {
	t.Parallel()
	cursor := seal(t, newPager(), "users", ann, "bob")
	for name, open := range map[string]func(into *string) error{
		"another viewer": func(into *string) error { return newPager().Open("users", bob, cursor, into) },
		"another list":   func(into *string) error { return newPager().Open("conversations", ann, cursor, into) },
		"another key": func(into *string) error {
			return chat.NewPager([]byte("another key of thirty-two bytes.")).Open("users", ann, cursor, into)
		},
		"something appended": func(into *string) error { return newPager().Open("users", ann, cursor+"AAAA", into) },
		"nothing":            func(into *string) error { return newPager().Open("users", ann, "", into) },
		"only a tag":         func(into *string) error { return newPager().Open("users", ann, cursor[:22], into) },
		"no base64":          func(into *string) error { return newPager().Open("users", ann, "%%%", into) },
	} {
		place := "untouched"
		err := open(&place)
		e, ok := errors.AsType[*chat.Error](err)
		if !ok || e.Code != chat.CodeValidationFailed || e.Fields[0].Field != "cursor" {
			t.Errorf("%s: got %v, want validation_failed of cursor", name, err)
		}
		if place != "untouched" {
			t.Errorf("%s: the place became %q", name, place)
		}
	}
}

func TestEveryBitOfACursorCounts(t *testing.T) {
	t.Parallel()
	raw, err := base64.RawURLEncoding.DecodeString(seal(t, newPager(), "users", ann, "bob"))
	if err != nil {
		t.Fatal(err)
	}
	for bit := range len(raw) * 8 {
		raw[bit/8] ^= 1 << (bit % 8)
		var place string
		if newPager().Open("users", ann, base64.RawURLEncoding.EncodeToString(raw), &place) == nil {
			t.Errorf("bit %d was turned and the cursor still opens", bit)
		}
		raw[bit/8] ^= 1 << (bit % 8)
	}
}

func TestAPlaceWithoutJSONIsNoCursor(t *testing.T) {
	t.Parallel()
	if _, err := newPager().Seal("users", ann, func() {}); err == nil {
		t.Error("a function was sealed")
	}
}

// Whatever a client sends as a cursor, only what Seal made opens.
func FuzzPagerOpen(f *testing.F) {
	good, err := newPager().Seal("users", ann, "bob")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("")
	f.Add(good + "=")
	f.Fuzz(func(t *testing.T, cursor string) {
		var place string
		if newPager().Open("users", ann, cursor, &place) == nil && place != "bob" {
			t.Errorf("%q opened as %q", cursor, place)
		}
	})
}

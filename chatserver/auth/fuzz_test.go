package auth

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// fuzzKeys returns keys for one run of a fuzzer.
func fuzzKeys(f *testing.F) *Keys {
	f.Helper()
	dir := f.TempDir()
	if err := CreateKeys(dir, time.Now()); err != nil {
		f.Fatal(err)
	}
	keys, err := LoadKeys(dir)
	if err != nil {
		f.Fatal(err)
	}
	return keys
}

// Whatever comes as an access token, only what we issued speaks for anybody.
func FuzzAccessToken(f *testing.F) {
	issuer := newTokens(fuzzKeys(f), config.Issuer, time.Hour, time.Now)
	user, session := uuid.New(), uuid.New()
	good, err := issuer.issue(user, session)
	if err != nil {
		f.Fatal(err)
	}
	parts := strings.Split(good, ".")
	f.Add("")
	f.Add(parts[0] + "." + parts[1] + ".")
	f.Add("eyJhbGciOiJub25lIn0." + parts[1] + ".")
	f.Add("e30.e30.e30")
	f.Add("GOOD")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := issuer.verify(strings.ReplaceAll(text, "GOOD", good))
		switch {
		case err == nil && (id.UserID != user || id.SessionID != session):
			t.Errorf("%q speaks for %v", text, id)
		case err != nil && chat.CodeOf(err) != chat.CodeUnauthenticated && chat.CodeOf(err) != chat.CodeTokenExpired:
			t.Errorf("%q: %v", text, err)
		}
	})
}

// Whatever comes as a refresh token, only what we made is one.
func FuzzRefreshToken(f *testing.F) {
	maker := newRefreshTokens(fuzzKeys(f))
	made, err := maker.first(uuid.New())
	if err != nil {
		f.Fatal(err)
	}
	good := maker.format(made)
	f.Add("")
	f.Add("GOOD")
	f.Add("GOOD=")
	f.Add(good[:len(good)-1] + "A")
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := maker.parse(strings.ReplaceAll(text, "GOOD", good))
		if ok && (got.session != made.session || !bytes.Equal(got.secret, made.secret)) {
			t.Errorf("%q is a token of %s", text, got.session)
		}
	})
}

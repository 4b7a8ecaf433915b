package auth

import (
	"crypto/ed25519"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

func TestATokenTellsWhoItIsFor(t *testing.T) {
	t.Parallel()
	now := time.Now().Truncate(time.Second)
	tokens := newTokens(newKeys(t), config.Issuer, 15*time.Minute, func() time.Time { return now })
	user, session := uuid.New(), uuid.New()
	text, err := tokens.issue(user, session)
	if err != nil {
		t.Fatal(err)
	}
	id, err := tokens.verify(text)
	if err != nil || id.UserID != user || id.SessionID != session || !id.ExpiresAt.Equal(now.Add(15*time.Minute)) {
		t.Errorf("got %+v, %v", id, err)
	}
}

func TestATokenEnds(t *testing.T) {
	t.Parallel()
	now := time.Now()
	tokens := newTokens(newKeys(t), config.Issuer, time.Minute, func() time.Time { return now })
	text, err := tokens.issue(uuid.New(), uuid.New())
	if err != nil {
		t.Fatal(err)
	}
	issued := now
	for _, c := range []struct {
		after time.Duration
		want  chat.Code
	}{{0, ""}, {59 * time.Second, ""}, {63 * time.Second, ""}, {66 * time.Second, chat.CodeTokenExpired}, {time.Hour, chat.CodeTokenExpired}, {-time.Minute, chat.CodeUnauthenticated}} {
		now = issued.Add(c.after)
		_, err := tokens.verify(text)
		if c.want == "" && err != nil || c.want != "" && chat.CodeOf(err) != c.want {
			t.Errorf("after %v: got %v, want %q", c.after, err, c.want)
		}
	}
}

func TestForgedTokensAreRefused(t *testing.T) {
	t.Parallel()
	keys := newKeys(t)
	tokens := newTokens(keys, config.Issuer, time.Minute, time.Now)
	own := keys.signing[keys.current]
	_, foreign, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, forge := range map[string]func(token *jwt.Token, c *claims) (key any){
		"no signature": func(token *jwt.Token, _ *claims) any {
			token.Method, token.Header["alg"] = jwt.SigningMethodNone, "none"
			return jwt.UnsafeAllowNoneSignatureType
		},
		"the public key as a shared secret": func(token *jwt.Token, _ *claims) any {
			token.Method, token.Header["alg"] = jwt.SigningMethodHS256, "HS256"
			return []byte(own.Public().(ed25519.PublicKey))
		},
		"another's key":    func(*jwt.Token, *claims) any { return foreign },
		"an unknown key":   func(token *jwt.Token, _ *claims) any { token.Header["kid"] = "zzz"; return own },
		"no key id":        func(token *jwt.Token, _ *claims) any { delete(token.Header, "kid"); return own },
		"a number as id":   func(token *jwt.Token, _ *claims) any { token.Header["kid"] = 7; return own },
		"another issuer":   func(_ *jwt.Token, c *claims) any { c.Issuer = "https://evil.example.com"; return own },
		"no issuer":        func(_ *jwt.Token, c *claims) any { c.Issuer = ""; return own },
		"another audience": func(_ *jwt.Token, c *claims) any { c.Audience = jwt.ClaimStrings{"other"}; return own },
		"no audience":      func(_ *jwt.Token, c *claims) any { c.Audience = nil; return own },
		"no end":           func(_ *jwt.Token, c *claims) any { c.ExpiresAt = nil; return own },
		"from the future": func(_ *jwt.Token, c *claims) any {
			c.IssuedAt = jwt.NewNumericDate(time.Now().Add(time.Hour))
			return own
		},
		"no person":  func(_ *jwt.Token, c *claims) any { c.Subject = ""; return own },
		"a name":     func(_ *jwt.Token, c *claims) any { c.Subject = "admin"; return own },
		"no session": func(_ *jwt.Token, c *claims) any { c.Session = uuid.Nil; return own },
	} {
		c := claims{RegisteredClaims: jwt.RegisteredClaims{
			Issuer: config.Issuer, Subject: uuid.NewString(), Audience: jwt.ClaimStrings{audience},
			IssuedAt: jwt.NewNumericDate(time.Now()), ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Minute)),
		}, Session: uuid.New()}
		token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, &c)
		token.Header["kid"] = keys.current
		text, err := token.SignedString(forge(token, &c))
		if err != nil {
			t.Fatal(err)
		}
		_, err = tokens.verify(text)
		expectCode(t, name, err, chat.CodeUnauthenticated)
	}
}

func TestWhatIsNoTokenIsRefused(t *testing.T) {
	t.Parallel()
	tokens := newTokens(newKeys(t), config.Issuer, time.Minute, time.Now)
	text, err := tokens.issue(uuid.New(), uuid.New())
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(text, ".")
	for _, bad := range []string{"", "x", "..", text + "x", text[1:], parts[0] + "." + parts[1] + ".", parts[0] + ".." + parts[2], text + "." + parts[2]} {
		_, err := tokens.verify(bad)
		expectCode(t, bad, err, chat.CodeUnauthenticated)
	}
}

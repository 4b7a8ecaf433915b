package auth

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

const audience = "uim"

// Identity is who a valid access token speaks for.
type Identity struct {
	UserID    uuid.UUID
	SessionID uuid.UUID
	ExpiresAt time.Time
}

type claims struct {
	jwt.RegisteredClaims
	Session uuid.UUID `json:"sid"`
}

// keySource is the keys that tokens are signed with and read by.
type keySource interface {
	signer() (id string, key ed25519.PrivateKey)
	verifier(id string) (ed25519.PublicKey, bool)
	Public() []PublicKey
}

// tokens makes and reads access tokens: JWTs signed with EdDSA, and no other way.
type tokens struct {
	keys   keySource
	issuer string
	ttl    time.Duration
	now    func() time.Time
	parser *jwt.Parser
}

func newTokens(keys keySource, issuer string, ttl time.Duration, now func() time.Time) *tokens {
	return &tokens{keys: keys, issuer: issuer, ttl: ttl, now: now, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
		jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(5*time.Second), jwt.WithTimeFunc(now),
	)}
}

func (t *tokens) issue(user, session uuid.UUID) (string, error) {
	now := t.now()
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: t.issuer, Subject: user.String(), Audience: jwt.ClaimStrings{audience}, ID: uuid.NewString(),
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(t.ttl)),
		},
		Session: session,
	})
	id, key := t.keys.signer()
	token.Header["kid"] = id
	return token.SignedString(key)
}

// verify returns whom a token speaks for, or token_expired or unauthenticated.
func (t *tokens) verify(text string) (Identity, error) {
	var c claims
	_, err := t.parser.ParseWithClaims(text, &c, func(token *jwt.Token) (any, error) {
		kid, _ := token.Header["kid"].(string)
		key, ok := t.keys.verifier(kid)
		if !ok {
			return nil, fmt.Errorf("unknown key id %q", kid)
		}
		return key, nil
	})
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return Identity{}, &chat.Error{Code: chat.CodeTokenExpired}
	case err != nil:
		return Identity{}, chat.NewError(chat.CodeUnauthenticated, "The access token is not valid.")
	}
	user, err := uuid.Parse(c.Subject)
	if err != nil || c.Session == uuid.Nil {
		return Identity{}, chat.NewError(chat.CodeUnauthenticated, "The access token is not valid.")
	}
	return Identity{UserID: user, SessionID: c.Session, ExpiresAt: c.ExpiresAt.Time}, nil
}

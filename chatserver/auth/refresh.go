package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"

	"github.com/google/uuid"
)

const (
	refreshSecretBytes = 32
	refreshTagBytes    = 16
)

// refreshToken is the long-lived half of a session: the session's id and a
// secret of which the store knows only the hash.
type refreshToken struct {
	session uuid.UUID
	secret  []byte
}

// hash is what the store keeps. The secret is random, so a fast hash suffices.
func (t refreshToken) hash() []byte {
	sum := sha256.Sum256(t.secret)
	return sum[:]
}

// refreshTokens makes, writes and reads refresh tokens.
type refreshTokens struct {
	nextKey []byte // for next
	tagKey  []byte // for the tag that tells our tokens from made-up ones
}

func newRefreshTokens(keys interface{ Derive(purpose string) []byte }) refreshTokens {
	return refreshTokens{nextKey: keys.Derive("refresh token succession"), tagKey: keys.Derive("refresh token tag")}
}

func (refreshTokens) first(session uuid.UUID) (refreshToken, error) {
	secret := make([]byte, refreshSecretBytes)
	_, err := rand.Read(secret)
	return refreshToken{session, secret}, err
}

// next returns the token that follows t. It depends on nothing but t and our
// key, so a client that repeats a refresh whose answer it never saw gets the
// same token again, and one that does not have t can't compute it.
func (r refreshTokens) next(t refreshToken) refreshToken {
	return refreshToken{t.session, sign(r.nextKey, t.session[:], t.secret)}
}

func (r refreshTokens) format(t refreshToken) string {
	b := slices.Concat(t.session[:], t.secret)
	b = append(b, sign(r.tagKey, b)[:refreshTagBytes]...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// parse reads a token that this cluster made at some time, and no other: what
// passes here and is unknown to the store has been used before.
func (r refreshTokens) parse(text string) (refreshToken, bool) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != 16+refreshSecretBytes+refreshTagBytes {
		return refreshToken{}, false
	}
	body, tag := b[:16+refreshSecretBytes], b[16+refreshSecretBytes:]
	if !hmac.Equal(tag, sign(r.tagKey, body)[:refreshTagBytes]) {
		return refreshToken{}, false
	}
	return refreshToken{session: uuid.UUID(body[:16]), secret: body[16:]}, true
}

func sign(key []byte, parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, key)
	for _, p := range parts {
		mac.Write(p)
	}
	return mac.Sum(nil)
}

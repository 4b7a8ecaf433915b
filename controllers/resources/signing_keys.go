package resources

import (
	"cmp"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	// signingSettled is how long after the making of a key every chat server surely
	// signs with it, one that begins just then included; see docs/keys.md.
	signingSettled = 24*time.Hour + 5*time.Minute

	// tokenTTLVariable is the setting of the chat servers that says how long an access
	// token lives; defaultTokenTTL is theirs.
	tokenTTLVariable = "UIM_ACCESS_TOKEN_TTL"
	defaultTokenTTL  = 15 * time.Minute
)

// SigningRotation says when signing keys are replaced.
type SigningRotation struct {
	Every Every
	// Request asks for a new key when it is another one than was last heard of.
	Request string
	// TokenTTL is the longest life of a token.
	TokenTTL time.Duration
	Now      time.Time
	Random   io.Reader
}

// RotateSigningKeys adds a signing key to the content of the keys Secret when it is
// time or asked for, and removes those that no token needs any more: the key after
// it has been signing for longer than a token lives. Chat servers read the mounted
// Secret again and again, so none is restarted.
func RotateSigningKeys(existing map[string][]byte, r SigningRotation) (map[string][]byte, error) {
	data := maps.Clone(existing)
	newest := NewestSigningKey(data)
	now := r.Now.UTC().Truncate(time.Second)
	next := r.Every.Next(newest)
	due := !next.IsZero() && !next.After(now)
	asked := r.Request != "" && r.Request != string(data[keyRotationRequest])
	if (due || asked) && now.After(newest) {
		key, err := newSigningKey(r.Random)
		if err != nil {
			return nil, err
		}
		data[signingKeyName(now)] = key
	}
	setOrDelete(data, keyRotationRequest, cmp.Or(r.Request, string(data[keyRotationRequest])))
	for name, end := range signingKeyEnds(data, r.TokenTTL) {
		if !end.After(now) {
			delete(data, name)
		}
	}
	return data, nil
}

// NewestSigningKey is when the newest of the keys was made; zero when none of them
// bears a date.
func NewestSigningKey(data map[string][]byte) (newest time.Time) {
	for _, name := range signingKeyNames(data) {
		newest = signingKeyTime(name)
	}
	return newest
}

// NextSigningKeyEnd is when the first of the keys is no longer needed; zero when
// there is none but the newest.
func NextSigningKeyEnd(data map[string][]byte, tokenTTL time.Duration) (first time.Time) {
	for _, end := range signingKeyEnds(data, tokenTTL) {
		if first.IsZero() || end.Before(first) {
			first = end
		}
	}
	return first
}

// signingKeyEnds says of each key but the newest when it is no longer needed. One
// whose successor bears no date is kept.
func signingKeyEnds(data map[string][]byte, tokenTTL time.Duration) map[string]time.Time {
	ends := map[string]time.Time{}
	names := signingKeyNames(data)
	for i := range max(len(names)-1, 0) {
		if made := signingKeyTime(names[i+1]); !made.IsZero() {
			ends[names[i]] = made.Add(signingSettled + tokenTTL)
		}
	}
	return ends
}

// signingKeyNames are the keys of the Secret that hold signing keys, oldest first.
func signingKeyNames(data map[string][]byte) []string {
	var names []string
	for name := range data {
		if strings.HasPrefix(name, signingKeyPrefix) && strings.HasSuffix(name, signingKeySuffix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func signingKeyName(made time.Time) string {
	return signingKeyPrefix + made.UTC().Format(signingKeyIDStyle) + signingKeySuffix
}

func signingKeyTime(name string) time.Time {
	id := strings.TrimSuffix(strings.TrimPrefix(name, signingKeyPrefix), signingKeySuffix)
	made, err := time.Parse(signingKeyIDStyle, id)
	if err != nil {
		return time.Time{}
	}
	return made
}

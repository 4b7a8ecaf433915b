package auth

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Rotation is what RotateKeys did, as key ids.
type Rotation struct {
	Added   string
	Removed []string
}

// RotateKeys adds a new signing key to a folder and removes those that nothing
// needs any more: a key goes when the one that followed it is so old that every
// node signs with that one, and every token from before has ended. tokenTTL is
// the longest life of an access token.
func RotateKeys(dir string, tokenTTL time.Duration, now time.Time) (Rotation, error) {
	keys, err := LoadKeys(dir)
	if err != nil {
		return Rotation{}, err
	}
	r := Rotation{Added: now.UTC().Format(keyIDStyle)}
	if r.Added <= keys.current {
		return Rotation{}, fmt.Errorf("a key made now would be called %s, which does not come after %s; wait, or set the clock", r.Added, keys.current)
	}
	if err := createSigningKey(dir, r.Added); err != nil {
		return Rotation{}, err
	}
	ids := keys.ids()
	for i, id := range ids[:len(ids)-1] {
		made, err := time.Parse(keyIDStyle, ids[i+1])
		if err != nil || now.Sub(made) < settledAge+signingDelay+tokenTTL {
			continue
		}
		if err := os.Remove(filepath.Join(dir, signingPrefix+id+signingSuffix)); err != nil {
			return r, fmt.Errorf("removing an old key: %w", err)
		}
		r.Removed = append(r.Removed, id)
	}
	return r, nil
}

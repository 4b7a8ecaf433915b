package auth

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	// keysInterval is how often the folder is read again.
	keysInterval = 30 * time.Second
	// signingDelay is how long a node has to know a key before it signs with it:
	// time for the others to get it, a Kubernetes Secret being the slowest way (a
	// minute or two), and for others who hold our key set to fetch it again.
	signingDelay = 5 * time.Minute
	// settledAge is the age, told by its id, at which a key that a node finds at
	// its start is taken for known everywhere.
	settledAge = 24 * time.Hour
	// keyIDStyle is the UTC time of a key's making: ids sort by age.
	keyIDStyle = "20060102t150405z"
)

// Keyring is the keys of a folder, read again every now and then, so that
// signing keys can be changed while nodes run: a key that is added verifies at
// once and signs when the other nodes have it too; one that is removed is
// forgotten. A folder that can't be used changes nothing. It may be used by many.
type Keyring struct {
	dir string
	now func() time.Time
	log *slog.Logger

	mu    sync.RWMutex
	keys  *Keys
	since map[string]time.Time // key id → when this node first had it; zero: long ago

	failure string // what was last wrong with the folder; only Run's goroutine
}

// OpenKeyring reads a folder; see LoadKeys. Run keeps up with it.
func OpenKeyring(dir string, log *slog.Logger) (*Keyring, error) {
	keys, err := LoadKeys(dir)
	if err != nil {
		return nil, err
	}
	k := &Keyring{dir: dir, now: time.Now, log: log, keys: keys, since: map[string]time.Time{}}
	for id := range keys.signing {
		if made, err := time.Parse(keyIDStyle, id); err != nil || k.now().Sub(made) < settledAge {
			k.since[id] = k.now()
		}
	}
	return k, nil
}

// Run reads the folder again and again until ctx ends.
func (k *Keyring) Run(ctx context.Context) {
	ticker := time.NewTicker(keysInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			k.reload()
		}
	}
}

// reload takes what the folder holds now. What is wrong is said once.
func (k *Keyring) reload() {
	next, err := LoadKeys(k.dir)
	if err == nil && !bytes.Equal(next.secret, k.keys.secret) {
		err = errors.New("the shared secret is another one; that takes a restart of all nodes, and signs everybody out")
	}
	if err != nil {
		if k.failure != err.Error() {
			k.log.Error("The keys folder can't be used; going on with the keys it had", "error", err)
		}
		k.failure = err.Error()
		return
	}
	k.failure = ""
	if maps.EqualFunc(next.signing, k.keys.signing, func(a, b ed25519.PrivateKey) bool { return a.Equal(b) }) {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, key := range next.signing {
		if !key.Equal(k.keys.signing[id]) { // also when it is another one under a known name
			k.since[id] = k.now()
		}
	}
	k.keys = next
	k.log.Info("The signing keys changed", "key_ids", next.ids())
}

// signer returns the newest key that all nodes have by now; where none is so
// old, the oldest.
func (k *Keyring) signer() (string, ed25519.PrivateKey) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	ids := k.keys.ids()
	for _, id := range slices.Backward(ids) {
		if k.now().Sub(k.since[id]) >= signingDelay {
			return id, k.keys.signing[id]
		}
	}
	return ids[0], k.keys.signing[ids[0]]
}

func (k *Keyring) verifier(id string) (ed25519.PublicKey, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.keys.verifier(id)
}

// Public returns the keys that verify access tokens, ordered by id. A key is
// among them before it signs.
func (k *Keyring) Public() []PublicKey {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.keys.Public()
}

// Derive is Keys.Derive; the secret never changes.
func (k *Keyring) Derive(purpose string) []byte {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.keys.Derive(purpose)
}

package auth

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Names of the files in a keys folder.
const (
	secretFile    = "secret"
	signingPrefix = "signing-"
	signingSuffix = ".pem"
)

const minSecretBytes = 32

// Keys is what a cluster's nodes share to trust each other's tokens: Ed25519
// keys that sign access tokens and a secret from which symmetric keys are
// derived. It does not change after loading.
type Keys struct {
	secret  []byte
	signing map[string]ed25519.PrivateKey // by key id
	current string                        // the key id that signs: the one that sorts last
}

// LoadKeys reads a folder with `secret` (at least 32 bytes) and one or more
// `signing-<kid>.pem` (PKCS #8, Ed25519). The kid that sorts last signs, all of
// them verify: a new key is rolled out by adding it, and the old one removed
// when its last token has ended.
func LoadKeys(dir string) (*Keys, error) {
	k := &Keys{signing: map[string]ed25519.PrivateKey{}}
	var err error
	if k.secret, err = os.ReadFile(filepath.Join(dir, secretFile)); err != nil {
		return nil, fmt.Errorf("reading the shared secret: %w", err)
	}
	if err := checkSecret(k.secret); err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(dir, signingPrefix+"*"+signingSuffix))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		kid := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), signingPrefix), signingSuffix)
		if k.signing[kid], err = readSigningKey(path); err != nil {
			return nil, err
		}
		k.current = max(k.current, kid)
	}
	if k.current == "" {
		return nil, fmt.Errorf("no %s*%s in %s", signingPrefix, signingSuffix, dir)
	}
	return k, nil
}

// checkSecret refuses a secret that is short or visibly not random.
func checkSecret(secret []byte) error {
	if len(secret) < minSecretBytes {
		return fmt.Errorf("the shared secret has %d bytes; it needs at least %d random ones", len(secret), minSecretBytes)
	}
	distinct := map[byte]bool{}
	for _, b := range secret {
		distinct[b] = true
	}
	if len(distinct) < 8 {
		return errors.New("the shared secret is not random; make one with: head -c 32 /dev/urandom | base64")
	}
	return nil
}

func readSigningKey(path string) (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading a signing key: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM block", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("parsing %s: %w", path, err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s holds no Ed25519 key", path)
	}
	return key, nil
}

// CreateKeys fills a folder with a new secret and signing key where they are
// missing, readable by the owner alone. What is there stays as it is; the error
// tells when that is not good enough.
func CreateKeys(dir string, now time.Time) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, secretFile)); errors.Is(err, fs.ErrNotExist) {
		if err := createSecret(dir); err != nil {
			return err
		}
	}
	paths, err := filepath.Glob(filepath.Join(dir, signingPrefix+"*"+signingSuffix))
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		if err := createSigningKey(dir, now.UTC().Format(keyIDStyle)); err != nil {
			return err
		}
	}
	_, err = LoadKeys(dir)
	return err
}

func createSecret(dir string) error {
	secret := make([]byte, minSecretBytes)
	if _, err := rand.Read(secret); err != nil {
		return err
	}
	return writeWhole(filepath.Join(dir, secretFile), []byte(base64.StdEncoding.EncodeToString(secret)))
}

func createSigningKey(dir, kid string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return writeWhole(filepath.Join(dir, signingPrefix+kid+signingSuffix), text)
}

// writeWhole writes a file, readable by its owner alone, that nobody ever sees
// half written.
func writeWhole(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}

// Derive returns a 32-byte symmetric key for one purpose (HKDF, RFC 5869).
func (k *Keys) Derive(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, k.secret, nil, "uim "+purpose, 32)
	if err != nil {
		panic(err) // only for lengths beyond 8160 bytes
	}
	return key
}

// ids returns the ids of the signing keys, the oldest first.
func (k *Keys) ids() []string { return slices.Sorted(maps.Keys(k.signing)) }

// signer returns the newest key.
func (k *Keys) signer() (string, ed25519.PrivateKey) { return k.current, k.signing[k.current] }

func (k *Keys) verifier(id string) (ed25519.PublicKey, bool) {
	key, ok := k.signing[id]
	if !ok {
		return nil, false
	}
	return key.Public().(ed25519.PublicKey), true
}

// PublicKey is one key of the JSON Web Key Set.
type PublicKey struct {
	ID  string
	Key ed25519.PublicKey
}

// Public returns the keys that verify access tokens, ordered by id.
func (k *Keys) Public() []PublicKey {
	keys := make([]PublicKey, 0, len(k.signing))
	for id, key := range k.signing {
		keys = append(keys, PublicKey{ID: id, Key: key.Public().(ed25519.PublicKey)})
	}
	slices.SortFunc(keys, func(a, b PublicKey) int { return strings.Compare(a.ID, b.ID) })
	return keys
}

package auth

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

const goodSecret = "k3x9Qm7TzV1bN5cR8wY2pL6sD4fG0hJu"

// folder writes files into a fresh keys folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func pemOf(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func newSigningKey(t *testing.T) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return pemOf(t, key)
}

func TestKeysThatAreNotGoodEnoughAreRefused(t *testing.T) {
	t.Parallel()
	good := newSigningKey(t)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		files map[string]string
		says  string
	}{
		"no secret":       {map[string]string{"signing-1.pem": good}, "shared secret"},
		"an empty secret": {map[string]string{"secret": "", "signing-1.pem": good}, "0 bytes"},
		"a short secret":  {map[string]string{"secret": goodSecret[:31], "signing-1.pem": good}, "31 bytes"},
		"one letter":      {map[string]string{"secret": strings.Repeat("a", 64), "signing-1.pem": good}, "not random"},
		"a pattern":       {map[string]string{"secret": strings.Repeat("changeme"[:7], 8), "signing-1.pem": good}, "not random"},
		"no signing key":  {map[string]string{"secret": goodSecret}, "no signing-"},
		"another name":    {map[string]string{"secret": goodSecret, "key.pem": good}, "no signing-"},
		"no PEM":          {map[string]string{"secret": goodSecret, "signing-1.pem": "text"}, "no PEM"},
		"no key":          {map[string]string{"secret": goodSecret, "signing-1.pem": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}, "parsing"},
		"an elliptic key": {map[string]string{"secret": goodSecret, "signing-1.pem": pemOf(t, ec)}, "no Ed25519"},
		"an RSA key":      {map[string]string{"secret": goodSecret, "signing-1.pem": pemOf(t, rsaKey)}, "no Ed25519"},
		"one bad of two":  {map[string]string{"secret": goodSecret, "signing-1.pem": good, "signing-2.pem": "text"}, "no PEM"},
	} {
		_, err := LoadKeys(folder(t, c.files))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v", name, err)
		}
		if err != nil && c.files["secret"] != "" && strings.Contains(err.Error(), c.files["secret"]) {
			t.Errorf("%s: the error tells the secret", name)
		}
	}
}

func TestTheNewestKeySignsAndAllVerify(t *testing.T) {
	t.Parallel()
	files := map[string]string{"secret": goodSecret, "signing-20260101t000000z.pem": newSigningKey(t)}
	before, err := LoadKeys(folder(t, files))
	if err != nil {
		t.Fatal(err)
	}
	files["signing-20260201t000000z.pem"] = newSigningKey(t)
	during, err := LoadKeys(folder(t, files))
	if err != nil {
		t.Fatal(err)
	}
	delete(files, "signing-20260101t000000z.pem")
	after, err := LoadKeys(folder(t, files))
	if err != nil {
		t.Fatal(err)
	}
	if during.current != "20260201t000000z" {
		t.Errorf("%s signs", during.current)
	}
	var ids []string
	for _, k := range during.Public() {
		ids = append(ids, k.ID)
	}
	if !slices.Equal(ids, []string{"20260101t000000z", "20260201t000000z"}) {
		t.Errorf("public are %q", ids)
	}

	node := func(k *Keys) *tokens { return newTokens(k, "issuer", time.Minute, time.Now) }
	old, err := node(before).issue(uuid.New(), uuid.New())
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := node(during).issue(uuid.New(), uuid.New())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		keys  *Keys
		token string
		ok    bool
	}{
		"the old key's token while it is there": {during, old, true},
		"the new key's token":                   {during, fresh, true},
		"the old key's when it is gone":         {after, old, false},
		"the new key's when it is alone":        {after, fresh, true},
		"the new key's where it is not yet":     {before, fresh, false},
	} {
		if _, err := node(c.keys).verify(c.token); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCreatedKeysAreTheOwnersAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	if err := CreateKeys(dir, time.Date(2026, 11, 23, 6, 14, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{".": 0o700 | os.ModeDir, "secret": 0o600, "signing-20261123t061400z.pem": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestCreatingKeysTouchesNoneThatAreThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := CreateKeys(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	if err := CreateKeys(dir, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if after := contents(t, dir); !bytes.Equal(before, after) {
		t.Error("the second time changed the folder")
	}
}

func TestCreatingKeysAddsWhatIsMissing(t *testing.T) {
	t.Parallel()
	key := newSigningKey(t)
	for name, files := range map[string]map[string]string{
		"the secret is there": {"secret": goodSecret}, "a signing key is there": {"signing-1.pem": key},
	} {
		dir := folder(t, files)
		if err := CreateKeys(dir, time.Now()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for file, text := range files {
			if got, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(got) != text {
				t.Errorf("%s: it was replaced, %v", name, err)
			}
		}
		if _, err := LoadKeys(dir); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCreatingKeysDoesNotMendBadOnes(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"secret": "short", "signing-1.pem": newSigningKey(t)})
	before := contents(t, dir)
	if err := CreateKeys(dir, time.Now()); err == nil {
		t.Error("a bad secret went unnoticed")
	}
	if !bytes.Equal(before, contents(t, dir)) {
		t.Error("the folder was changed")
	}
}

// contents returns the names and texts of all files in a folder.
func contents(t *testing.T, dir string) []byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(append(all, e.Name()...), text...)
	}
	return all
}

func TestDerivedKeysDifferByPurpose(t *testing.T) {
	t.Parallel()
	k := newKeys(t)
	a, b := k.Derive("one"), k.Derive("two")
	if len(a) != 32 || bytes.Equal(a, b) || !bytes.Equal(a, k.Derive("one")) || bytes.Equal(a, newKeys(t).Derive("one")) {
		t.Error("the keys are not what they should be")
	}
}

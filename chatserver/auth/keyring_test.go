package auth

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
)

// clock tells a time that moves only when told.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// newFolder is a keys folder whose one signing key was made at some time.
func newFolder(t *testing.T, made time.Time) string {
	t.Helper()
	dir := t.TempDir()
	if err := CreateKeys(dir, made); err != nil {
		t.Fatal(err)
	}
	return dir
}

// ring opens a keyring that runs on a clock, and returns what it logs.
func ring(t *testing.T, dir string, c *clock) (*Keyring, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	k, err := OpenKeyring(dir, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	k.now = c.now
	return k, &log
}

func newKeyring(t *testing.T) *Keyring {
	t.Helper()
	k, err := OpenKeyring(newFolder(t, time.Now()), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func rotate(t *testing.T, dir string, at time.Time) Rotation {
	t.Helper()
	r, err := RotateKeys(dir, 15*time.Minute, at)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func signs(k *Keyring) string { id, _ := k.signer(); return id }

// Two nodes on one folder: whenever which of them has read it, each token of
// one is honoured by the other, through a whole rotation.
func TestARotationRefusesNobody(t *testing.T) {
	t.Parallel()
	start := time.Now().Truncate(time.Second)
	c := &clock{start}
	dir := newFolder(t, start)
	here, _ := ring(t, dir, c)
	there, _ := ring(t, dir, c)
	nodes := []*tokens{newTokens(here, "issuer", 15*time.Minute, c.now), newTokens(there, "issuer", 15*time.Minute, c.now)}
	live := map[string]time.Time{} // token → its end
	everyoneIsHonoured := func(when string) {
		t.Helper()
		for _, n := range nodes {
			token, err := n.issue(uuid.New(), uuid.New())
			if err != nil {
				t.Fatal(err)
			}
			live[token] = c.at.Add(15 * time.Minute)
		}
		for token, end := range live {
			if !c.at.Before(end) {
				delete(live, token)
				continue
			}
			for i, n := range nodes {
				if _, err := n.verify(token); err != nil {
					t.Fatalf("%s: node %d refuses a token: %v", when, i, err)
				}
			}
		}
	}
	everyoneIsHonoured("before")
	c.at = start.Add(time.Hour)
	old, added := signs(here), rotate(t, dir, c.at).Added
	everyoneIsHonoured("when nobody has read it")
	here.reload()
	everyoneIsHonoured("when one has read it")
	c.at = c.at.Add(signingDelay - time.Second) // the other one is as late as it may be
	there.reload()
	if signs(here) != old || len(there.Public()) != 2 {
		t.Errorf("%s signs, %v are public", signs(here), there.Public())
	}
	everyoneIsHonoured("when both have read it")
	c.at = c.at.Add(time.Second)
	if signs(here) != added || signs(there) != old {
		t.Errorf("%s and %s sign", signs(here), signs(there))
	}
	everyoneIsHonoured("when one signs with it")
	for range 6 {
		c.at = c.at.Add(5 * time.Minute)
		here.reload()
		there.reload()
		everyoneIsHonoured("minutes later")
	}
	c.at = c.at.Add(2 * settledAge)
	if r := rotate(t, dir, c.at); !slices.Equal(r.Removed, []string{old}) {
		t.Errorf("removed were %q, want %s", r.Removed, old)
	}
	here.reload()
	everyoneIsHonoured("when the old one is gone from one")
	there.reload()
	everyoneIsHonoured("when the old one is gone")
	if signs(here) != added || signs(there) != added {
		t.Errorf("%s and %s sign", signs(here), signs(there))
	}
}

func TestANodeThatStartsTakesOldKeysForKnown(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, c := range map[string]struct {
		newest time.Time
		signs  int // of the two
	}{
		"a key that was made lately may not be everywhere yet": {now.Add(-time.Minute), 0},
		"a key that was made long ago is":                      {now.Add(-2 * settledAge), 1},
	} {
		dir := newFolder(t, now.Add(-4*settledAge))
		rotate(t, dir, c.newest)
		k, _ := ring(t, dir, &clock{now})
		if got := signs(k); got != k.keys.ids()[c.signs] {
			t.Errorf("%s: %s signs", name, got)
		}
	}
}

func TestABrokenFolderChangesNothingAndIsToldOnce(t *testing.T) {
	t.Parallel()
	c := &clock{time.Now()}
	dir := newFolder(t, c.at)
	k, log := ring(t, dir, c)
	id := signs(k)
	pem := filepath.Join(dir, signingPrefix+id+signingSuffix)
	good, err := os.ReadFile(pem)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := os.ReadFile(filepath.Join(dir, secretFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func() error{
		"no signing key": func() error { return os.Remove(pem) },
		"no key in it":   func() error { return os.WriteFile(pem, []byte("text"), 0o600) },
		"another secret": func() error { return os.WriteFile(filepath.Join(dir, secretFile), []byte(goodSecret), 0o600) },
		"no folder":      func() error { return os.Rename(dir, dir+".away") },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		k.reload()
		k.reload()
		if signs(k) != id || len(k.Public()) != 1 {
			t.Errorf("%s: the keys changed", name)
		}
		if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
			t.Errorf("%s: told %d times: %s", name, n, log)
		}
		if strings.Contains(log.String(), goodSecret) || strings.Contains(log.String(), string(secret)) {
			t.Errorf("%s: the secret is in the log", name)
		}
		_ = os.Rename(dir+".away", dir)
		for path, text := range map[string][]byte{pem: good, filepath.Join(dir, secretFile): secret} {
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		k.reload()
		log.Reset()
	}
}

// A Secret's volume is a link to a folder that is swapped for another one.
func TestASwappedLinkIsFollowed(t *testing.T) {
	t.Parallel()
	c := &clock{time.Now()}
	first := newFolder(t, c.at)
	second := t.TempDir()
	if err := os.CopyFS(second, os.DirFS(first)); err != nil {
		t.Fatal(err)
	}
	added := rotate(t, second, c.at.Add(time.Minute)).Added
	mount := filepath.Join(t.TempDir(), "keys")
	if err := os.Symlink(first, mount); err != nil {
		t.Fatal(err)
	}
	k, _ := ring(t, mount, c)
	if err := os.Symlink(second, mount+".new"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(mount+".new", mount); err != nil {
		t.Fatal(err)
	}
	k.reload()
	c.at = c.at.Add(signingDelay)
	if signs(k) != added {
		t.Errorf("%s signs, want %s", signs(k), added)
	}
}

func TestARunningKeyringKeepsUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := newFolder(t, time.Now())
		k, err := OpenKeyring(dir, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); k.Run(ctx) }()
		added := rotate(t, dir, time.Now().Add(time.Second)).Added
		time.Sleep(keysInterval + signingDelay) //nolint:forbidigo // the clock of a synctest bubble
		synctest.Wait()
		if signs(k) != added {
			t.Errorf("%s signs, want %s", signs(k), added)
		}
		cancel()
		<-ended
	})
}

func TestRotationRemovesOnlyWhatNothingNeeds(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 6, 14, 0, 0, time.UTC)
	needed := settledAge + signingDelay + 15*time.Minute
	dir := newFolder(t, now.Add(-3*needed))
	for _, age := range []time.Duration{2 * needed, needed, needed - time.Second} {
		createdAt := now.Add(-age)
		if err := createSigningKey(dir, createdAt.Format(keyIDStyle)); err != nil {
			t.Fatal(err)
		}
	}
	before, err := LoadKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	r := rotate(t, dir, now)
	// The third is followed by one that is not old enough.
	if want := before.ids()[:2]; r.Added != "20261123t061400z" || !slices.Equal(r.Removed, want) {
		t.Errorf("got %+v, want %q removed", r, want)
	}
	if _, err := RotateKeys(dir, time.Minute, now); err == nil {
		t.Error("a second key of the same name was made")
	}
	if _, err := RotateKeys(t.TempDir(), time.Minute, now); err == nil {
		t.Error("an empty folder was rotated")
	}
}

package resources_test

import (
	"crypto/rand"
	"maps"
	"slices"
	"testing"
	"time"

	"uim.dev/uim/controllers/resources"
)

// ring is the keys Secret of a test and the clock it is looked at by.
type ring struct {
	*testing.T
	data  map[string][]byte
	now   time.Time
	every resources.Every
}

func newRing(t *testing.T, every resources.Every) *ring {
	t.Helper()
	data, err := resources.KeysData(nil, noon(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &ring{t, data, noon(), every}
}

// after moves the clock, rotates if that is due or asked for, and answers the names.
func (r *ring) after(d time.Duration, request string) []string {
	r.Helper()
	r.now = r.now.Add(d)
	var err error
	r.data, err = resources.RotateSigningKeys(r.data, resources.SigningRotation{
		Every: r.every, Request: request, TokenTTL: 15 * time.Minute, Now: r.now, Random: rand.Reader,
	})
	if err != nil {
		r.Fatal(err)
	}
	var names []string
	for name := range maps.Keys(r.data) {
		if name != "secret" && name != "rotation-request" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (r *ring) require(got []string, want ...string) {
	r.Helper()
	if !slices.Equal(got, want) {
		r.Errorf("at %s the keys are %v, want %v", r.now.Format(time.RFC3339), got, want)
	}
}

const (
	firstKey  = "signing-20261123t120000z.pem"
	secondKey = "signing-20261203t120000z.pem"
)

func TestSigningKeysFollowTheSchedule(t *testing.T) {
	r := newRing(t, 10)
	r.require(r.after(0, ""), firstKey)
	r.require(r.after(10*24*time.Hour-time.Second, ""), firstKey)
	r.require(r.after(time.Second, ""), firstKey, secondKey)
	// The old one is honoured until every server signs with the new one, and the last
	// token from before has ended: a day, five minutes and a token's life.
	r.require(r.after(24*time.Hour+20*time.Minute-time.Second, ""), firstKey, secondKey)
	if end := resources.NextSigningKeyEnd(r.data, 15*time.Minute); !end.Equal(r.now.Add(time.Second)) {
		t.Errorf("the old key ends at %s", end)
	}
	r.require(r.after(time.Second, ""), secondKey)
	if end := resources.NextSigningKeyEnd(r.data, 15*time.Minute); !end.IsZero() {
		t.Errorf("the only key ends at %s", end)
	}
}

func TestSigningKeysWhenAskedFor(t *testing.T) {
	r := newRing(t, 0)
	r.require(r.after(0, "with the cluster"), firstKey) // what has just been made need not be replaced
	r.require(r.after(10*24*time.Hour, "with the cluster"), firstKey)
	r.require(r.after(0, "again"), firstKey, secondKey)
	r.require(r.after(time.Hour, "again"), firstKey, secondKey)
	r.require(r.after(time.Hour, ""), firstKey, secondKey)
	r.require(r.after(time.Hour, "again"), firstKey, secondKey) // known already
}

// Tokens that live longer are waited for, and a key of a name without a date is kept.
func TestSigningKeysThatMustStay(t *testing.T) {
	r := newRing(t, 10)
	delete(r.data, firstKey)
	r.data["signing-mine.pem"] = []byte("key")
	r.require(r.after(365*24*time.Hour, ""), "signing-mine.pem")

	c := given(t, `chat: {extraEnv: [{name: UIM_ACCESS_TOKEN_TTL, value: 2h}]}`)
	if ttl := c.TokenTTL(); ttl != 2*time.Hour {
		t.Errorf("tokens live %s", ttl)
	}
	for _, short := range []string{"1m", "soon"} {
		if ttl := given(t, `chat: {extraEnv: [{name: UIM_ACCESS_TOKEN_TTL, value: `+short+`}]}`).TokenTTL(); ttl != 15*time.Minute {
			t.Errorf("with %q: tokens live %s", short, ttl)
		}
	}
}

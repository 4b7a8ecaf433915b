package resources_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"uim.dev/uim/controllers/resources"
)

func TestSecrets(t *testing.T) {
	c := given(t, "{}")
	b := dependenciesOf(t, c)
	t.Run("keys", func(t *testing.T) { golden(t, resources.KeysSecret(c, b.keys)) })
	t.Run("postgres", func(t *testing.T) { golden(t, resources.PostgresSecret(c, b.postgres)) })
	t.Run("redis", func(t *testing.T) { golden(t, resources.RedisSecret(c, b.redis)) })
	t.Run("deleted-with-the-cluster", func(t *testing.T) {
		golden(t, resources.KeysSecret(given(t, "deletionPolicy: Delete"), b.keys))
	})
}

// generators make the content of each generated Secret from what exists.
func generators(t *testing.T) map[string]func(existing map[string][]byte) map[string][]byte {
	t.Helper()
	c := given(t, "{}")
	must := func(data map[string][]byte, err error) map[string][]byte {
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	return map[string]func(map[string][]byte) map[string][]byte{
		"keys": func(existing map[string][]byte) map[string][]byte {
			return must(resources.KeysData(existing, noon(), rand.Reader))
		},
		"postgres": func(existing map[string][]byte) map[string][]byte {
			return must(resources.PostgresData(c, existing, authority(), rand.Reader))
		},
		"redis": func(existing map[string][]byte) map[string][]byte {
			return must(resources.RedisData(c, existing, authority(), rand.Reader))
		},
	}
}

func TestGeneratedSecretsAreKept(t *testing.T) {
	for name, generate := range generators(t) {
		first := generate(nil)
		if !maps.EqualFunc(first, generate(first), bytes.Equal) {
			t.Errorf("%s: what exists is made again", name)
		}
		if maps.EqualFunc(first, generate(nil), bytes.Equal) {
			t.Errorf("%s: two clusters get the same secrets", name)
		}
		first["added-by-hand"] = []byte("x")
		if !bytes.Equal(generate(first)["added-by-hand"], []byte("x")) {
			t.Errorf("%s: a key of the user is lost", name)
		}
	}
}

func TestMissingSecretsAreCompleted(t *testing.T) {
	generate := generators(t)["postgres"]
	half := generate(nil)
	password := half["password"]
	delete(half, "superuser-password")
	whole := generate(half)
	if len(whole["superuser-password"]) == 0 || !bytes.Equal(whole["password"], password) {
		t.Error("the missing password is not added, or the other one is replaced")
	}
}

func TestSigningKey(t *testing.T) {
	data := generators(t)["keys"](nil)
	if names := slices.Sorted(maps.Keys(data)); !slices.Equal(names, []string{"secret", "signing-20261123t120000z.pem"}) {
		t.Fatalf("the Secret has %v", names)
	}
	if len(data["secret"]) < 32 {
		t.Errorf("the secret has %d bytes", len(data["secret"]))
	}
	block, rest := pem.Decode(data["signing-20261123t120000z.pem"])
	if block == nil || len(rest) > 0 {
		t.Fatal("the signing key is not one PEM block")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := key.(ed25519.PrivateKey); !ok {
		t.Errorf("the signing key is a %T", key)
	}

	delete(data, "secret")
	if again := generators(t)["keys"](data); len(again) != 2 {
		t.Errorf("a second signing key is made: %v", slices.Sorted(maps.Keys(again)))
	}
}

func TestRedisACLFollowsThePassword(t *testing.T) {
	c := given(t, "{}")
	data, err := resources.RedisData(c, map[string][]byte{"password": []byte("chosen"), "users.acl": []byte("user default on nopass")}, authority(), zeros{})
	if err != nil {
		t.Fatal(err)
	}
	acl := string(data["users.acl"])
	// printf chosen | sha256sum
	const digest = "7be403e3cc82262248913b70f596a31b93f656e0da8ce5d1bf757c63ef7a8db4"
	if strings.Count(acl, "nopass") != 1 || !strings.Contains(acl, "user uim-probe on nopass resetchannels -@all +ping\n") || strings.Contains(acl, "chosen") || !strings.Contains(acl, "user default off\n") || !strings.Contains(acl, "#"+digest+" ") {
		t.Errorf("the ACL file is\n%s", acl)
	}
}

func TestWithoutRandomnessThereAreNoSecrets(t *testing.T) {
	c := given(t, "{}")
	broken := iotest.ErrReader(errors.New("no randomness"))
	if _, err := resources.KeysData(nil, noon(), broken); err == nil {
		t.Error("keys are made")
	}
	if _, err := resources.PostgresData(c, nil, authority(), broken); err == nil {
		t.Error("database passwords are made")
	}
	if _, err := resources.RedisData(c, nil, authority(), broken); err == nil {
		t.Error("a Redis password is made")
	}
}

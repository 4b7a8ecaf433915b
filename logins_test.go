package main

import (
	"crypto/rand"
	"io"
	"slices"
	"testing"
	"time"

	"uim.dev/uim/controllers/resources"
)

// stage is a Secret of a managed server as a step of a rotation leaves it.
type stage struct {
	name   string
	secret map[string]string
}

// rotation walks through the steps of a rotation, as the operator does, beginning
// with what a new server is given.
func rotation(t *testing.T, component resources.Component, complete func(resources.Cluster, map[string][]byte, []byte, io.Reader) (map[string][]byte, error)) []stage {
	t.Helper()
	var (
		data   map[string][]byte
		stages []stage
	)
	for _, step := range []struct {
		name   string
		change func() (map[string][]byte, error)
	}{
		{"a new server", func() (map[string][]byte, error) { return nil, nil }},
		{"two logins", func() (map[string][]byte, error) { return resources.BeginRotation(component, data, "", rand.Reader) }},
		{"the other one first", func() (map[string][]byte, error) { return resources.SwitchLogins(data), nil }},
		{"the old one closed", func() (map[string][]byte, error) { return resources.CloseLogins(data), nil }},
		{"the end", func() (map[string][]byte, error) { return resources.EndRotation(data, time.Now()), nil }},
	} {
		changed, err := step.change()
		if err == nil {
			data, err = complete(resources.Cluster{Name: "acme", Namespace: "chat"}, changed, []byte("an authority"), rand.Reader)
		}
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		secret := map[string]string{}
		for key, value := range data {
			secret[key] = string(value)
		}
		stages = append(stages, stage{step.name, secret})
	}
	return stages
}

// At each step the server is told just the passwords in its Secret, by whoever could
// sign in at the step before.
func TestPostgresIsToldWhatItsSecretHolds(t *testing.T) {
	stages := rotation(t, resources.ComponentPostgres, resources.PostgresData)
	has := stages[0].secret["superuser-password"]
	for _, s := range stages {
		l, err := postgresLogins(s.secret)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if !slices.Contains(l.Superuser.Passwords, has) {
			t.Errorf("%s: nobody tries the superuser's password", s.name)
		}
		has = l.Superuser.Passwords[0]
		roles := map[string]string{"uim": s.secret["owner-password"], s.secret["user"]: s.secret["password"]}
		if other := s.secret["other-user"]; other != "" {
			roles[other] = s.secret["other-password"]
		}
		for _, role := range []string{"uim", "uim_chat", "uim_chat_2"} {
			if l.Roles[role] != roles[role] || (roles[role] == "") != slices.Contains(l.Closed, role) {
				t.Errorf("%s: role %s has not the password that the Secret has for it, or is not closed", s.name, role)
			}
		}
		if has != s.secret["superuser-password"] {
			t.Errorf("%s: the superuser is given another password than the Secret has", s.name)
		}
	}
	if stages[0].secret["password"] == stages[4].secret["password"] || stages[0].secret["owner-password"] == stages[4].secret["owner-password"] || has == stages[0].secret["superuser-password"] {
		t.Error("a password is still the old one")
	}
}

func TestRedisIsToldWhatItsSecretHolds(t *testing.T) {
	stages := rotation(t, resources.ComponentRedis, resources.RedisData)
	has := stages[0].secret["admin-password"]
	for _, s := range stages {
		l, err := redisLogins(s.secret)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if !slices.Contains(l.AdminPasswords, has) {
			t.Errorf("%s: nobody tries the password of the one who may change passwords", s.name)
		}
		has = l.AdminPasswords[0]
		want := given(s.secret, "password", "other-password")
		if has != s.secret["admin-password"] || !slices.Equal(l.UserPasswords, want) || l.User != "uim" {
			t.Errorf("%s: the server is told other passwords than the Secret has", s.name)
		}
	}
	if stages[0].secret["password"] == stages[4].secret["password"] || has == stages[0].secret["admin-password"] {
		t.Error("a password is still the old one")
	}
}

func TestSecretsThatLackSomethingAreRefused(t *testing.T) {
	secret := rotation(t, resources.ComponentPostgres, resources.PostgresData)[0].secret
	delete(secret, "owner-password")
	if _, err := postgresLogins(secret); err == nil || err.Error() != "the Secret lacks owner-password" {
		t.Errorf("got %v", err)
	}
	secret = rotation(t, resources.ComponentRedis, resources.RedisData)[0].secret
	delete(secret, "admin-password")
	if _, err := redisLogins(secret); err == nil || err.Error() != "the Secret lacks admin-password" {
		t.Errorf("got %v", err)
	}
}

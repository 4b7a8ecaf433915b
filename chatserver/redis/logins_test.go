package redis_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"uim.dev/uim/chatserver/redis"
	"uim.dev/uim/chatserver/testenv"
)

// passwordRedis is a Redis of one test with the users that the operator makes.
type passwordRedis struct {
	*testing.T
	redis.Config
}

func newPasswordRedis(t *testing.T) passwordRedis {
	t.Helper()
	addr, _ := testenv.PrivateRedisServer(t)
	client, err := redis.Open(redis.Config{Addr: addr})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	for _, command := range []string{
		"ACL SETUSER uim on >chat1 ~* &* +@all -@admin -@dangerous +info",
		"ACL SETUSER uim-logins on >admin1 resetchannels -@all +acl|setuser +client|setname",
		"ACL SETUSER default off",
	} {
		var words []any
		for word := range strings.FieldsSeq(command) {
			words = append(words, word)
		}
		if err := client.Do(t.Context(), words...).Err(); err != nil {
			t.Fatalf("%s: %v", command, err)
		}
	}
	return passwordRedis{t, redis.Config{Addr: addr}}
}

// signIn connects anew, as a pod does that lost its connection.
func (s passwordRedis) signIn(user, password string) error {
	c := s.Config
	c.Username, c.Password = user, password
	client, err := redis.Open(c)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	return redis.Ping(context.Background(), client)
}

func (s passwordRedis) requireSignIn(user, password string, want bool) {
	s.Helper()
	if err := s.signIn(user, password); (err == nil) != want {
		s.Errorf("%s with %q: %v", user, password, err)
	}
}

func (s passwordRedis) set(l redis.Logins) {
	s.Helper()
	if err := redis.SetLogins(s.Context(), s.Config, l); err != nil {
		s.Fatal(err)
	}
}

func TestRedisLoginsChangeWithoutAMomentOfRefusal(t *testing.T) {
	t.Parallel()
	s := newPasswordRedis(t)
	var refused atomic.Int64
	var pods sync.WaitGroup
	oldPods, stopOldPods := context.WithCancel(t.Context())
	pods.Go(func() {
		for oldPods.Err() == nil {
			if s.signIn("uim", "chat1") != nil {
				refused.Add(1)
			}
		}
	})

	both := redis.Logins{Admin: "uim-logins", AdminPasswords: []string{"admin2", "admin1"}, User: "uim", UserPasswords: []string{"chat1", "chat2"}}
	s.set(both)
	s.requireSignIn("uim", "chat2", true)
	if err := redis.SetLogins(t.Context(), s.Config, redis.Logins{
		Admin: "uim-logins", AdminPasswords: []string{"admin1"}, User: "uim", UserPasswords: []string{"chat1"},
	}); err == nil {
		t.Error("the old password of the admin still works")
	}
	s.set(both) // a Job that was lost after its work runs again

	stopOldPods()
	pods.Wait()
	if n := refused.Load(); n > 0 {
		t.Errorf("pods with the old password were refused %d times", n)
	}
	s.set(redis.Logins{Admin: "uim-logins", AdminPasswords: []string{"admin2"}, User: "uim", UserPasswords: []string{"chat2"}})
	s.requireSignIn("uim", "chat1", false)
	s.requireSignIn("uim", "chat2", true)
}

func TestRedisLoginsNeedTheAdmin(t *testing.T) {
	t.Parallel()
	s := newPasswordRedis(t)
	err := redis.SetLogins(t.Context(), s.Config, redis.Logins{Admin: "uim-logins", AdminPasswords: []string{"x", "y"}, User: "uim", UserPasswords: []string{"chat2"}})
	if err == nil || !strings.Contains(err.Error(), "as uim-logins") {
		t.Errorf("the error is %v", err)
	}
	s.requireSignIn("uim", "chat1", true)
}

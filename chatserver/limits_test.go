package chatserver_test

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"uim.dev/uim/chatserver"
	"uim.dev/uim/chatserver/conformance"
	"uim.dev/uim/chatserver/testenv"
)

// thrifty nodes let a person send 50 messages, and the next after more than a minute.
func thrifty(config *chatserver.Config) { config.MessagesPerMinute, config.MessagesPerHour = 50, 50 }

func TestTwoNodesLetPassFiftyMessagesOfSixty(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	first, _ := c.start(t, thrifty)
	second, _ := c.start(t, thrifty)
	env := conformance.NewEnv(first, second)
	defer env.Close()
	alice, bob := env.NewPerson(t, 0), env.NewPerson(t, 1)
	conversation := alice.Open(t, bob)
	both := []*conformance.Person{alice, alice.On(1)}

	var stored, refused atomic.Int64
	var running sync.WaitGroup
	for i := range 60 {
		running.Go(func() {
			a := both[i%2].TrySend(t, conversation, uuid.NewString(), "hello")
			switch a.Code {
			case "":
				stored.Add(1)
			case "rate_limited":
				refused.Add(1)
				require.Greater(t, a.RetryAfter, time.Minute)
				require.LessOrEqual(t, a.RetryAfter, 72*time.Second)
				require.EqualValues(t, math.Ceil(a.RetryAfter.Seconds()), a.RetryAfterHeader)
			default:
				t.Errorf("answered %s", a.Code)
			}
		})
	}
	running.Wait()
	require.EqualValues(t, 50, stored.Load())
	require.EqualValues(t, 10, refused.Load())
	require.Len(t, bob.History(t, conversation), 50)

	require.Equal(t, "rate_limited", bob.Refusal(t, conversation, 51).Code, "the same over WebSocket")
}

func TestWithoutRedisTheLimitIsANodesOwn(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	redis, stopRedis, _ := testenv.PrivateRedis(t)
	privately := func(config *chatserver.Config) { config.RedisAddr = redis; thrifty(config) }
	first, _ := c.start(t, privately)
	second, _ := c.start(t, privately)
	env := conformance.NewEnv(first, second)
	defer env.Close()
	alice, bob := env.NewPerson(t, 0), env.NewPerson(t, 1)
	conversation := alice.Open(t, bob)
	stopRedis()
	for _, p := range []*conformance.Person{alice, alice.On(1)} {
		for range 50 {
			require.Empty(t, p.TrySend(t, conversation, uuid.NewString(), "hello").Code)
		}
		require.Equal(t, "rate_limited", p.TrySend(t, conversation, uuid.NewString(), "hello").Code)
	}
}

func TestGuessingAPasswordIsSlowOnAllNodesTogether(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	strict := func(config *chatserver.Config) {
		config.LoginsPerMinute, config.TrustedProxies = 10, []string{"127.0.0.0/8"}
	}
	first, _ := c.start(t, strict)
	second, _ := c.start(t, strict)
	env := conformance.NewEnv(first, second)
	defer env.Close()
	alice := env.NewPerson(t, 0)
	both := []*conformance.Person{alice, alice.On(1)}
	require.Empty(t, alice.TryLogin(t, alice.Password(), "192.0.2.1").Code)

	refused := 0
	for i := range 60 { // in less than a minute, from as many addresses
		if a := both[i%2].TryLogin(t, "a wrong guess", fmt.Sprint("198.51.100.", i)); a.Code == "rate_limited" {
			require.Positive(t, a.RetryAfterHeader)
			refused++
		} else {
			require.Equal(t, "invalid_credentials", a.Code)
		}
	}
	require.Greater(t, refused, 30)
	require.Empty(t, alice.On(1).TryLogin(t, alice.Password(), "192.0.2.1").Code, "alice gets in where she was before")
}

func TestAConnectionEndsWithItsToken(t *testing.T) {
	t.Parallel()
	url, _ := newCluster(t).start(t, func(config *chatserver.Config) { config.AccessTokenTTL = 2 * time.Second })
	env := conformance.NewEnv(url)
	defer env.Close()
	person := env.NewPerson(t, 0)
	person.Connect(t)
	code, _, _ := person.Drained(t)
	require.Equal(t, 4401, code)
}

// A stolen access token must not be good for guessing the password.
func TestGuessesOfAPasswordAreCountedForTheSignedIn(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	url, _ := c.start(t, func(config *chatserver.Config) { config.LoginsPerMinute = 5 })
	env := conformance.NewEnv(url)
	defer env.Close()
	alice := env.NewPerson(t, 0)
	for i := range 7 {
		want := "invalid_credentials"
		if i >= 5 {
			want = "rate_limited"
		}
		if i%2 == 0 {
			require.Equal(t, want, alice.TryPasswordChange(t, "not the password").Code)
		} else {
			require.Equal(t, want, alice.TryDeletion(t, "not the password").Code)
		}
	}
	require.Equal(t, "rate_limited", alice.TryPasswordChange(t, alice.Password()).Code)
}

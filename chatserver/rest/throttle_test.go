package rest

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/limit"
)

var (
	errWrong    = &chat.Error{Code: chat.CodeInvalidCredentials}
	errNoAnswer = &chat.Error{Code: chat.CodeUnavailable}
)

// gatekeeper is a throttle in memory of 10 sign-ins and 100 requests a minute.
func gatekeeper(t *testing.T) *throttle {
	t.Helper()
	return newThrottle(Config{LoginsPerMinute: 10, AnonymousRequestsPerMinute: 100}, limit.NewLocal(1000), NewMetrics(prometheus.NewRegistry()))
}

// tryLogin signs in with an outcome; it returns how long to wait if it may not even try.
func (k *throttle) tryLogin(t *testing.T, client, username string, outcome error) time.Duration {
	t.Helper()
	ended, err := k.login(t.Context(), client, username)
	if err != nil {
		e, _ := chat.AsError(err)
		if e.Code != chat.CodeRateLimited || e.RetryAfter <= 0 {
			t.Fatalf("got %v", err)
		}
		return e.RetryAfter
	}
	ended(outcome)
	return 0
}

func TestSignInsOfAnAddressAreThrottled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := gatekeeper(t)
		for i, outcome := range []error{nil, errWrong, nil, errWrong, errNoAnswer, nil, errWrong, nil, errWrong, nil} {
			if wait := k.tryLogin(t, "1.1.1.1", fmt.Sprint("person ", i), outcome); wait != 0 {
				t.Fatalf("the %d. has to wait %v", i+1, wait)
			}
		}
		if wait := k.tryLogin(t, "1.1.1.1", "another", nil); wait != 6*time.Second {
			t.Errorf("the next has to wait %v", wait)
		}
		if wait := k.tryLogin(t, "2.2.2.2", "another", nil); wait != 0 {
			t.Errorf("another address has to wait %v", wait)
		}
		<-time.After(6 * time.Second)
		if wait := k.tryLogin(t, "1.1.1.1", "another", nil); wait != 0 {
			t.Errorf("it still has to wait %v", wait)
		}
	})
}

func TestGuessesOfAPasswordAreThrottledWhereverTheyComeFrom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := gatekeeper(t)
		for i := range 10 {
			k.tryLogin(t, fmt.Sprint("1.1.1.", i), []string{"ann", "Ann"}[i%2], errWrong)
		}
		if wait := k.tryLogin(t, "2.2.2.2", "ANN", errWrong); wait != 6*time.Second {
			t.Errorf("the next guess has to wait %v", wait)
		}
		if wait := k.tryLogin(t, "2.2.2.2", "bob", errWrong); wait != 0 {
			t.Errorf("a guess of another has to wait %v", wait)
		}
	})
}

func TestSignInsThatSucceedAreNoGuesses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := gatekeeper(t)
		for i := range 30 {
			if wait := k.tryLogin(t, fmt.Sprint("1.1.1.", i), "ann", []error{nil, errNoAnswer, errSecret}[i%3]); wait != 0 {
				t.Fatalf("the %d. has to wait %v", i+1, wait)
			}
		}
	})
}

func TestManyGuessesAtOnceAreCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := gatekeeper(t)
		var underWay []func(error)
		for i := range 20 {
			if ended, err := k.login(t.Context(), fmt.Sprint("1.1.1.", i), "ann"); err == nil {
				underWay = append(underWay, ended)
			}
		}
		if len(underWay) != 10 {
			t.Errorf("%d guesses are made at once", len(underWay))
		}
	})
}

// Whoever fails in somebody's name, however often and from wherever, does not
// keep them from signing in where they have signed in before.
func TestNobodyIsLockedOutOfWhereTheySignedInBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := gatekeeper(t)
		k.tryLogin(t, "ann's home", "ann", nil)
		for range 3 {
			for i := range 100 {
				k.tryLogin(t, fmt.Sprint("attacker ", i), "ann", errWrong)
			}
			if wait := k.tryLogin(t, "attacker 100", "ann", errWrong); wait == 0 {
				t.Error("the attack goes on")
			}
			if wait := k.tryLogin(t, "ann's home", "ann", errWrong); wait != 0 {
				t.Errorf("ann has to wait %v", wait)
			}
			if wait := k.tryLogin(t, "ann's home", "ann", nil); wait != 0 {
				t.Errorf("ann has to wait %v", wait)
			}
			<-time.After(9 * 24 * time.Hour)
		}
		for range 20 { // somebody else at her home is bound as well
			<-time.After(time.Second)
			k.tryLogin(t, "ann's home", "ann", errWrong)
		}
		if wait := k.tryLogin(t, "ann's home", "ann", errWrong); wait == 0 {
			t.Error("guessing is free at a familiar address")
		}
	})
}

func TestRequestsWithoutATokenAreThrottled(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method, path string
		header       []string
		before       int // the status while it is not
	}{
		"register":            {http.MethodPost, "/api/auth/register", nil, http.StatusBadRequest},
		"login":               {http.MethodPost, "/api/auth/login", nil, http.StatusBadRequest},
		"refresh":             {http.MethodPost, "/api/auth/refresh", nil, http.StatusUnauthorized},
		"WebSocket":           {http.MethodGet, "/ws", nil, http.StatusBadRequest},
		"with no token":       {http.MethodGet, "/api/me", nil, http.StatusUnauthorized},
		"a login with a junk": {http.MethodPost, "/api/auth/login", []string{"Authorization", "Bearer junk"}, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, Config{LoginsPerMinute: 1, AnonymousRequestsPerMinute: 5})
			for range 5 {
				if w := s.request(c.method, c.path, "", c.header...); w.Code != c.before {
					t.Fatalf("got %d %s", w.Code, w.Body)
				}
			}
			w := s.request(c.method, c.path, "", c.header...)
			p := problemOf(t, w, chat.CodeRateLimited)
			if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "12" || p.RetryAfterMs <= 11_000 || p.RetryAfterMs > 12_000 {
				t.Errorf("got %d, Retry-After %q, %d ms", w.Code, w.Header().Get("Retry-After"), p.RetryAfterMs)
			}
			if w := s.request(http.MethodGet, "/livez", ""); w.Code != http.StatusOK {
				t.Errorf("probes are throttled: %d", w.Code)
			}
		})
	}
}

func TestAWrongTokenIsNoWayAroundTheThrottle(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{LoginsPerMinute: 1, AnonymousRequestsPerMinute: 5}, func(s *Services) {
		s.WebSocket = refusal{&chat.Error{Code: chat.CodeUnauthenticated}}
	})
	for i := range 6 {
		want := http.StatusUnauthorized
		if i == 5 {
			want = http.StatusTooManyRequests
		}
		if w := s.request(http.MethodGet, "/ws", "", "Authorization", "Bearer junk"); w.Code != want {
			t.Errorf("the %d. got %d, want %d", i+1, w.Code, want)
		}
	}
}

func TestWhatAnAddressIsCountedBy(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7":             "192.0.2.7",
		"::ffff:192.0.2.7":      "192.0.2.7",
		"2001:db8:1:2:3:4:5:6":  "2001:db8:1:2::",
		"2001:db8:1:2:ffff::1":  "2001:db8:1:2::",
		"fe80::1%eth0":          "fe80::",
		"":                      "unknown",
		"not an address at all": "unknown",
	} {
		if got := clientKey(address); got != want {
			t.Errorf("%q is counted by %q, want %q", address, got, want)
		}
	}
}

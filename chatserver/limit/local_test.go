package limit_test

import (
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"uim.dev/uim/chatserver/limit"
)

var messages = limit.Policy{Name: "messages", Rates: []limit.Rate{{Count: 50, Per: time.Minute}, {Count: 120, Per: time.Hour}}}

func take(t *testing.T, l *limit.Local, key string, tokens int) limit.Grant {
	t.Helper()
	return l.Take(t.Context(), messages, []limit.Request{{Key: key, Tokens: tokens}})[0]
}

func TestAMinutesAllowanceMayGoAtOnceAndComesBackBitByBit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limit.NewLocal(10)
		const interval = time.Minute / 50
		if g := take(t, l, "ann", 60); g.Tokens != 50 || g.RetryAfter != interval {
			t.Errorf("got %+v, want 50, and one more after %v", g, interval)
		}
		<-time.After(interval - time.Millisecond)
		if g := take(t, l, "ann", 1); g.Tokens != 0 || g.RetryAfter != time.Millisecond {
			t.Errorf("a moment too early: %+v", g)
		}
		<-time.After(time.Millisecond)
		if g := take(t, l, "ann", 2); g.Tokens != 1 || g.RetryAfter != interval {
			t.Errorf("at the time that was told: %+v", g)
		}
		if g := take(t, l, "bob", 1); g.Tokens != 1 || g.RetryAfter != 0 {
			t.Errorf("another one: %+v", g)
		}
	})
}

func TestTheSlowerRateTellsWhen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limit.NewLocal(10)
		take(t, l, "ann", 50)
		<-time.After(time.Minute)
		take(t, l, "ann", 50)
		<-time.After(time.Minute)
		const interval = time.Hour / 120
		g := take(t, l, "ann", 50) // 20 of the hour are left, and 4 came back
		if g.Tokens != 24 || g.RetryAfter != interval {
			t.Errorf("got %+v, want 24, and one more after %v", g, interval)
		}
	})
}

func TestWhatIsGivenBackMayBeTakenAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limit.NewLocal(10)
		take(t, l, "ann", 50)
		take(t, l, "ann", -20)
		if g := take(t, l, "ann", 50); g.Tokens != 20 {
			t.Errorf("got %+v, want 20", g)
		}
		take(t, l, "ann", -1000) // more than was taken
		if g := take(t, l, "ann", 100); g.Tokens != 50 {
			t.Errorf("got %+v, want 50", g)
		}
	})
}

func TestAskingTakesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limit.NewLocal(10)
		if g := take(t, l, "ann", 0); g != (limit.Grant{}) {
			t.Errorf("before: %+v", g)
		}
		take(t, l, "ann", 50)
		if g := take(t, l, "ann", 0); g != (limit.Grant{RetryAfter: time.Minute / 50}) {
			t.Errorf("when all are taken: %+v", g)
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limit.NewLocal(100)
		for i := range 1000 {
			take(t, l, strconv.Itoa(i), 1)
			if n := l.Len(); n > 100 {
				t.Fatalf("%d keys are remembered", n)
			}
		}
		<-time.After(time.Hour)
		for i := range 100 - l.Len() + 1 {
			take(t, l, fmt.Sprint("later ", i), 1)
		}
		if n := l.Len(); n > 100 {
			t.Errorf("%d keys are remembered", n)
		}
	})
}

// However it is asked: never more than a rate's Count and what came back since
// the start; and what it says of the next token is true.
func TestNoRateIsExceeded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		synctest.Test(t, func(t *testing.T) {
			policy := limit.Policy{Name: "p", Rates: []limit.Rate{
				{Count: rapid.IntRange(1, 40).Draw(r, "count a"), Per: time.Minute},
				{Count: rapid.IntRange(1, 200).Draw(r, "count b"), Per: time.Hour},
			}}
			l, start, total := limit.NewLocal(1), time.Now(), 0
			ask := func(n int) limit.Grant {
				g := l.Take(t.Context(), policy, []limit.Request{{Key: "k", Tokens: n}})[0]
				total += g.Tokens
				return g
			}
			for range rapid.IntRange(1, 30).Draw(r, "steps") {
				<-time.After(time.Duration(rapid.Int64Range(0, int64(2*time.Minute)).Draw(r, "wait")))
				n := rapid.IntRange(1, 60).Draw(r, "tokens")
				g := ask(n)
				for _, rate := range policy.Rates {
					back := float64(time.Since(start)) / float64(rate.Per) * float64(rate.Count)
					if float64(total) > float64(rate.Count)+back+1e-3 {
						r.Fatalf("%d granted after %v by %+v", total, time.Since(start), rate)
					}
				}
				if g.Tokens < n {
					<-time.After(g.RetryAfter)
					if again := ask(1); again.Tokens != 1 {
						r.Fatalf("refused after the wait of %v it had told: %+v", g.RetryAfter, again)
					}
				}
			}
		})
	})
}

package chat_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/limit"
)

// toll is a LimitedSender at work, on a limiter in memory. What it let pass and
// refused is in the journals; asks has what the limiter was asked.
type toll struct {
	*chat.LimitedSender
	passed, refused, asks journal

	limiter *limit.Local
	answer  chan struct{} // when set, the limiter waits for one before it answers
	full    bool          // whoever comes next takes nothing
	stop    func()
	mu      sync.Mutex
	wait    time.Duration // told with the last refusal
}

func (o *toll) Take(ctx context.Context, p limit.Policy, requests []limit.Request) []limit.Grant {
	for _, r := range requests {
		o.asks.note("%d", r.Tokens)
	}
	if o.answer != nil {
		<-o.answer
	}
	return o.limiter.Take(ctx, p, requests)
}

// next is what stands behind a toll.
type next struct{ *toll }

func (n next) Submit(draft chat.Draft, done func(chat.Stored, error)) error {
	if n.full {
		return chat.NewError(chat.CodeOverloaded, "")
	}
	n.passed.note("%s", draft.Content)
	done(chat.Stored{}, nil)
	return nil
}

// openToll starts a toll; call it in a bubble.
func openToll(t *testing.T, perMinute, perHour int) *toll {
	t.Helper()
	o := &toll{limiter: limit.NewLocal(100)}
	o.LimitedSender = chat.NewLimitedSender(next{o}, o, chat.Limits{MessagesPerMinute: perMinute, MessagesPerHour: perHour})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); o.Run(ctx) }()
	o.stop = sync.OnceFunc(func() { cancel(); <-ended })
	t.Cleanup(o.stop)
	return o
}

// send submits messages of a person, numbered from first to last.
func (o *toll) send(sender uuid.UUID, first, last int) {
	for i := first; i <= last; i++ {
		d := draft(strconv.Itoa(i))
		d.SenderID = sender
		done := func(_ chat.Stored, err error) {
			if err != nil {
				o.refused.note("%s %s", d.Content, chat.CodeOf(err))
				e, _ := chat.AsError(err)
				o.mu.Lock()
				o.wait = e.RetryAfter
				o.mu.Unlock()
			}
		}
		if err := o.Submit(d, done); err != nil {
			done(chat.Stored{}, err)
		}
	}
}

// numbers returns "first", … "last", each with a suffix.
func numbers(first, last int, suffix string) []string {
	var list []string
	for i := first; i <= last; i++ {
		list = append(list, strconv.Itoa(i)+suffix)
	}
	return list
}

func TestAMinutesMessagesPassAndTheNextIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := openToll(t, 50, 500)
		o.send(ann, 1, 60)
		synctest.Wait()
		o.passed.expect(t, numbers(1, 50, "")...)
		o.refused.expect(t, numbers(51, 60, " rate_limited")...)
		if o.wait != 1200*time.Millisecond {
			t.Errorf("told to wait %v", o.wait)
		}
		<-time.After(o.wait - time.Millisecond)
		o.send(ann, 61, 61)
		<-time.After(time.Millisecond)
		o.send(ann, 62, 62)
		o.send(bob, 70, 70)
		synctest.Wait()
		o.passed.expect(t, "62", "70")
		o.refused.expect(t, "61 rate_limited")
	})
}

func TestWhileTheLimiterIsAskedTheNextGather(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := openToll(t, 50, 500)
		o.answer = make(chan struct{})
		o.send(ann, 1, 1)
		synctest.Wait()
		o.send(ann, 2, 9)
		o.send(bob, 10, 12)
		o.answer <- struct{}{}
		synctest.Wait()
		o.passed.expect(t, "1")
		o.answer <- struct{}{}
		synctest.Wait()
		o.passed.expect(t, numbers(2, 12, "")...)
		o.asks.expect(t, "1", "8", "3")
	})
}

// Whoever floods the server costs Redis nothing.
func TestTheLimiterIsNotAskedBeforeItHasSomethingToGive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := openToll(t, 50, 500)
		o.send(ann, 1, 51)
		synctest.Wait()
		o.asks.take()
		for range 10 {
			o.send(ann, 1, 100)
			<-time.After(time.Millisecond)
		}
		o.asks.expect(t)
		if n := o.Refused(); n != 1001 {
			t.Errorf("%d were refused", n)
		}
	})
}

func TestHighLimitsAreLeased(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := openToll(t, 10_000, 1_000_000)
		for i := range 250 {
			o.send(ann, i, i)
			synctest.Wait()
		}
		o.passed.expect(t, numbers(0, 249, "")...)
		o.asks.expect(t, "100", "100", "100")
		<-time.After(5 * time.Second)
		synctest.Wait()
		o.asks.expect(t, "-50") // what was left is given back
		o.send(ann, 250, 250)
		synctest.Wait()
		o.stop()
		o.asks.expect(t, "100", "-99")
	})
}

func TestWhatIsNotTakenCostsNoToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := openToll(t, 50, 500)
		o.full = true
		o.send(ann, 1, 50)
		synctest.Wait()
		o.refused.expect(t, numbers(1, 50, " overloaded")...)
		o.full = false
		o.send(ann, 1, 50)
		synctest.Wait()
		o.passed.expect(t, numbers(1, 50, "")...)
	})
}

func TestAFullTollIsOverloaded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := openToll(t, 50, 500)
		o.answer = make(chan struct{})
		o.send(ann, 0, 0)
		synctest.Wait()
		o.send(ann, 1, chat.DefaultSenderConfig.QueueLength)
		o.refused.expect(t)
		if n := o.QueueLength(); n != chat.DefaultSenderConfig.QueueLength {
			t.Errorf("%d wait", n)
		}
		o.send(ann, 5000, 5001)
		o.refused.expect(t, "5000 overloaded", "5001 overloaded")
		close(o.answer)
	})
}

func TestAStoppingTollDecidesOnWhatItTook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := openToll(t, 50, 500)
		o.answer = make(chan struct{})
		o.send(ann, 1, 1)
		synctest.Wait()
		o.send(ann, 2, 60)
		go close(o.answer)
		o.stop()
		o.passed.expect(t, numbers(1, 50, "")...)
		o.refused.expect(t, numbers(51, 60, " rate_limited")...)
		o.send(ann, 61, 61)
		o.refused.expect(t, "61 unavailable")
	})
}

// However people send, and with whatever leases: everybody's messages pass in
// the order in which they were submitted, each is answered once, and never more
// than a limit pass.
func TestTheTollKeepsOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		synctest.Test(t, func(t *testing.T) {
			perMinute := rapid.SampledFrom([]int{1, 20, 300, 2000}).Draw(r, "per minute")
			o := openToll(t, perMinute, 1_000_000)
			began, sent, whose := time.Now(), 0, map[string]int{}
			for range rapid.IntRange(1, 40).Draw(r, "steps") {
				n, person := rapid.IntRange(1, 30).Draw(r, "messages"), rapid.IntRange(0, 1).Draw(r, "sender")
				for _, content := range numbers(sent+1, sent+n, "") {
					whose[content] = person
				}
				o.send(people[person], sent+1, sent+n)
				sent += n
				if rapid.Bool().Draw(r, "pause") {
					<-time.After(time.Duration(rapid.IntRange(0, 3000).Draw(r, "milliseconds")) * time.Millisecond)
				}
			}
			o.stop()
			passed, refused := o.passed.take(), o.refused.take()
			if len(passed)+len(refused) != sent {
				r.Fatalf("%d of %d were answered", len(passed)+len(refused), sent)
			}
			var last [2]int
			for _, content := range passed {
				n, err := strconv.Atoi(content)
				if person := whose[content]; err != nil || n <= last[person] {
					r.Fatalf("%d passed after %d: %v", n, last[person], passed)
				}
				last[whose[content]] = n
			}
			if most := 2 * (float64(perMinute) + time.Since(began).Minutes()*float64(perMinute) + 1); float64(len(passed)) > most {
				r.Fatalf("%d passed", len(passed))
			}
		})
	})
}

package gather_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"uim.dev/uim/chatserver/gather"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// oracle answers numbers with their text, one query at a time as it is let.
type oracle struct {
	mu      sync.Mutex
	queries [][]int
	let     chan error
}

func (o *oracle) ask(ctx context.Context, questions []int) ([]string, error) {
	o.mu.Lock()
	o.queries = append(o.queries, slices.Clone(questions))
	o.mu.Unlock()
	select {
	case err := <-o.let:
		if err != nil {
			return nil, err
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	answers := make([]string, len(questions))
	for i, q := range questions {
		answers[i] = strconv.Itoa(q)
	}
	return answers, nil
}

var config = gather.Config{AtOnce: 1, Size: 3, Timeout: time.Second}

// asker asks in a goroutine of its own and fails the test on another answer.
func asker(t *testing.T, running *sync.WaitGroup, g *gather.Group[int, string], question int, wantErr error) {
	t.Helper()
	running.Go(func() {
		answer, err := g.Ask(t.Context(), question)
		if !errors.Is(err, wantErr) || err == nil && answer != strconv.Itoa(question) {
			t.Errorf("%d was answered %q, %v", question, answer, err)
		}
	})
	synctest.Wait()
}

func TestQuestionsGatherWhileOneIsAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &oracle{let: make(chan error)}
		g := gather.New(config, o.ask)
		var running sync.WaitGroup
		for i := 1; i <= 5; i++ {
			asker(t, &running, g, i, nil)
		}
		for range 3 {
			o.let <- nil
			synctest.Wait()
		}
		running.Wait()
		if want := [][]int{{1}, {2, 3, 4}, {5}}; !slices.EqualFunc(o.queries, want, slices.Equal[[]int]) {
			t.Errorf("asked %v, want %v", o.queries, want)
		}
	})
}

func TestAFailureIsThatOfItsGroupAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &oracle{let: make(chan error)}
		g := gather.New(config, o.ask)
		away := errors.New("away")
		var running sync.WaitGroup
		asker(t, &running, g, 1, nil)
		asker(t, &running, g, 2, away)
		asker(t, &running, g, 3, away)
		o.let <- nil
		o.let <- away
		running.Wait()
		asker(t, &running, g, 4, nil)
		o.let <- nil
		running.Wait()
	})
}

func TestWhoLeavesDoesNotTakeTheOthersAlong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &oracle{let: make(chan error)}
		g := gather.New(config, o.ask)
		var running sync.WaitGroup
		ctx, leave := context.WithCancel(t.Context())
		running.Go(func() {
			if _, err := g.Ask(ctx, 1); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		asker(t, &running, g, 2, nil)
		leave()
		synctest.Wait()
		o.let <- nil
		o.let <- nil
		running.Wait()
	})
}

func TestAQueryThatHangsIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &oracle{let: make(chan error)}
		var running sync.WaitGroup
		asker(t, &running, gather.New(config, o.ask), 1, context.DeadlineExceeded)
		running.Wait()
	})
}

package conformance

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
)

// Result is what became of one check.
type Result struct {
	Name     string        `json:"name"`
	Failures []string      `json:"failures,omitempty"`
	Took     time.Duration `json:"took_ns"`
}

// OK reports whether the check passed.
func (r Result) OK() bool { return len(r.Failures) == 0 }

// Run runs checks, at most so many at a time, and calls done for each, one after
// the other, as it ends. A check that has begun is finished when ctx ends.
func Run(ctx context.Context, e *Env, checks []Check, atATime int, done func(Result)) {
	slots := make(chan struct{}, max(1, atATime))
	var running sync.WaitGroup
	var telling sync.Mutex
	for _, c := range checks {
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		running.Go(func() {
			defer func() { <-slots }()
			r := runOne(e, c)
			telling.Lock()
			defer telling.Unlock()
			done(r)
		})
	}
	running.Wait()
}

func runOne(e *Env, c Check) Result {
	begin := time.Now()
	r := &recorder{}
	ended := make(chan struct{})
	go func() { // of its own, since FailNow ends it
		defer close(ended)
		defer r.cleanUp()
		defer r.caught()
		c.Run(r, e)
	}()
	<-ended
	return Result{Name: c.Name, Failures: r.failures, Took: time.Since(begin)}
}

// recorder is the T of a check that runs outside go test.
type recorder struct {
	mu       sync.Mutex
	failures []string
	cleanups []func()
}

// Helper implements T.
func (r *recorder) Helper() {}

// Errorf implements T.
func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, strings.TrimSpace(fmt.Sprintf(format, args...)))
}

// FailNow implements T. It must be called from the check's goroutine.
func (r *recorder) FailNow() {
	r.mu.Lock()
	if len(r.failures) == 0 {
		r.failures = append(r.failures, "failed")
	}
	r.mu.Unlock()
	runtime.Goexit()
}

// Cleanup implements T.
func (r *recorder) Cleanup(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, f)
}

func (r *recorder) caught() {
	if p := recover(); p != nil {
		r.Errorf("the check panicked: %v\n%s", p, debug.Stack())
	}
}

func (r *recorder) cleanUp() {
	for _, f := range slices.Backward(r.cleanups) {
		f()
	}
}

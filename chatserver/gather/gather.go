// Package gather lets questions that many ask at about the same time share one
// answer's cost, as group commit does for writes: while one query runs, the
// questions that arrive gather and become the next one. There is no timer, so a
// lone question is asked at once.
package gather

import (
	"context"
	"sync"
	"time"
)

// Config bounds a Group.
type Config struct {
	AtOnce  int           // queries that run beside each other
	Size    int           // questions in one query at most
	Timeout time.Duration // for one query
}

// Group asks questions together. It is safe for use by many goroutines.
type Group[Q, A any] struct {
	ask    func(ctx context.Context, questions []Q) ([]A, error)
	config Config

	mu      sync.Mutex
	waiting []*pending[Q, A]
	running int
}

type pending[Q, A any] struct {
	question Q
	answered chan struct{} // closed when answer and err are set
	answer   A
	err      error
}

// New returns a Group. ask returns one answer for each question, in their
// order; its error is that of all of them.
func New[Q, A any](config Config, ask func(ctx context.Context, questions []Q) ([]A, error)) *Group[Q, A] {
	return &Group[Q, A]{ask: ask, config: config}
}

// Ask returns the answer to a question. It does not wait longer than ctx lives;
// the query is not bound to it, since it is others' too.
func (g *Group[Q, A]) Ask(ctx context.Context, question Q) (A, error) {
	p := &pending[Q, A]{question: question, answered: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, p)
	begin := g.running < g.config.AtOnce
	if begin {
		g.running++
	}
	g.mu.Unlock()
	if begin {
		go g.run(context.WithoutCancel(ctx))
	}
	select {
	case <-p.answered:
		return p.answer, p.err
	case <-ctx.Done():
		var none A
		return none, ctx.Err()
	}
}

// run asks until nothing waits.
func (g *Group[Q, A]) run(ctx context.Context) {
	for {
		g.mu.Lock()
		n := min(len(g.waiting), g.config.Size)
		if n == 0 {
			g.running--
			g.mu.Unlock()
			return
		}
		batch := g.waiting[:n:n]
		g.waiting = g.waiting[n:]
		if len(g.waiting) == 0 {
			g.waiting = nil
		}
		g.mu.Unlock()
		g.answer(ctx, batch)
	}
}

func (g *Group[Q, A]) answer(ctx context.Context, batch []*pending[Q, A]) {
	questions := make([]Q, len(batch))
	for i, p := range batch {
		questions[i] = p.question
	}
	ctx, cancel := context.WithTimeout(ctx, g.config.Timeout)
	defer cancel()
	answers, err := g.ask(ctx, questions)
	for i, p := range batch {
		if err == nil {
			p.answer = answers[i]
		}
		p.err = err
		close(p.answered)
	}
}

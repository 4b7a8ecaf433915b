package faults

import (
	"context"
	"syscall"
	"time"
)

// Fault is a way in which a system breaks.
type Fault struct {
	Name  string
	Text  string // what is broken, for people
	Bulky bool   // it needs long messages in some conversations
	// Round breaks the system and repairs it; i counts the rounds.
	Round func(ctx context.Context, r *Rig, i int) error
}

// All returns every fault, the sound system first.
func All() []Fault {
	return []Fault{
		{Name: "none", Text: "nothing is broken", Round: func(ctx context.Context, _ *Rig, _ int) error { return wait(ctx, time.Second) }},
		{Name: "kill-node", Text: "kill -9 of a node, restart", Round: killNode},
		{Name: "restart-node", Text: "rolling restart by SIGTERM", Round: restartNode},
		{Name: "pause-node", Text: "SIGSTOP of a node for seconds", Round: pauseNode},
		{Name: "kill-postgres", Text: "kill -9 of Postgres, crash recovery", Round: endPostgres(syscall.SIGKILL)},
		{Name: "stop-postgres", Text: "immediate shutdown of Postgres", Round: endPostgres(syscall.SIGQUIT)},
		{Name: "pause-postgres", Text: "SIGSTOP of Postgres for seconds", Round: pausePostgres},
		{Name: "stop-redis", Text: "stop or kill -9 of Redis, restart", Round: endRedis},
		{Name: "pause-redis", Text: "SIGSTOP of Redis for seconds", Round: pauseRedis},
		{Name: "flush-redis", Text: "FLUSHALL all the time", Round: flushRedis},
		{Name: "cut-clients", Text: "a node's clients are cut off", Round: cut(func(n *node) *link { return n.public })},
		{Name: "cut-postgres", Text: "a node is cut off Postgres", Round: cut(func(n *node) *link { return n.store })},
		{Name: "cut-redis", Text: "a node is cut off Redis", Round: cut(func(n *node) *link { return n.cache })},
		{Name: "reset-links", Text: "connections of all links are reset", Round: resetLinks},
		{Name: "mute-clients", Text: "links to clients carry nothing, silently", Round: muteClients},
		{Name: "slow-links", Text: "all links are late, jittery and sliced", Round: slowLinks},
		{Name: "slow-readers", Text: "clients read slower than they are told", Bulky: true, Round: slowReaders},
		{Name: "everything", Text: "all of these, by turns, two at a time", Round: everything},
	}
}

// outage is how long something stays broken, a little different each time.
func outage(i int) time.Duration { return time.Duration(300+(i*370)%1400) * time.Millisecond }

func (r *Rig) node(i int) *node { return r.nodes[i%len(r.nodes)] }

func killNode(ctx context.Context, r *Rig, i int) error {
	n := r.node(i)
	if err := end(ctx, n.process, syscall.SIGKILL); err != nil {
		return err
	}
	if err := wait(ctx, outage(i)); err != nil {
		return err
	}
	return n.start(ctx)
}

func restartNode(ctx context.Context, r *Rig, i int) error {
	n := r.node(i)
	if err := end(ctx, n.process, syscall.SIGTERM); err != nil {
		return err
	}
	return n.start(ctx)
}

func pauseNode(ctx context.Context, r *Rig, i int) error {
	n := r.node(i)
	pause(n.process)
	defer resume(n.process)
	return wait(ctx, 2*outage(i))
}

func endPostgres(signal syscall.Signal) func(context.Context, *Rig, int) error {
	return func(ctx context.Context, r *Rig, i int) error {
		if err := end(ctx, r.pg, signal); err != nil {
			return err
		}
		if err := wait(ctx, outage(i)); err != nil {
			return err
		}
		return r.startPostgres(ctx)
	}
}

func pausePostgres(ctx context.Context, r *Rig, i int) error {
	pause(r.pg)
	defer resume(r.pg)
	return wait(ctx, 2*outage(i))
}

func endRedis(ctx context.Context, r *Rig, i int) error {
	if err := end(ctx, r.redis, []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL}[i%2]); err != nil {
		return err
	}
	if err := wait(ctx, 2*outage(i)); err != nil {
		return err
	}
	return r.startRedis(ctx)
}

func pauseRedis(ctx context.Context, r *Rig, i int) error {
	pause(r.redis)
	defer resume(r.redis)
	return wait(ctx, 2*outage(i))
}

func flushRedis(ctx context.Context, r *Rig, _ int) error {
	for range 20 {
		if err := r.cache.FlushAll(ctx).Err(); err != nil {
			return err
		}
		if err := wait(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// cut cuts one link of a node for a while.
func cut(which func(*node) *link) func(context.Context, *Rig, int) error {
	return func(ctx context.Context, r *Rig, i int) error {
		l := which(r.node(i))
		l.cut()
		err := wait(ctx, outage(i))
		if mendErr := l.mend(); mendErr != nil {
			return mendErr
		}
		return err
	}
}

// ill makes links ill for a while.
func ill(ctx context.Context, links []*link, d time.Duration, illnesses ...toxic) error {
	for _, l := range links {
		if err := l.infect(illnesses...); err != nil {
			return err
		}
	}
	err := wait(ctx, d)
	for _, l := range links {
		l.heal(context.WithoutCancel(ctx))
	}
	return err
}

func resetLinks(ctx context.Context, r *Rig, i int) error {
	return ill(ctx, r.network.links, outage(i)/2,
		toxic{"reset_peer", "downstream", map[string]int{"timeout": 100}}, toxic{"reset_peer", "upstream", map[string]int{"timeout": 100}})
}

// muteClients holds everything back without closing, longer than clients wait.
func muteClients(ctx context.Context, r *Rig, i int) error {
	direction := []string{"upstream", "downstream"}[i%2]
	return ill(ctx, []*link{r.node(i / 2).public}, patience+outage(i), toxic{"timeout", direction, map[string]int{"timeout": 0}})
}

func slowLinks(ctx context.Context, r *Rig, i int) error {
	return ill(ctx, r.network.links, 2*outage(i),
		toxic{"latency", "upstream", map[string]int{"latency": 20, "jitter": 15}}, toxic{"latency", "downstream", map[string]int{"latency": 20, "jitter": 15}},
		toxic{"slicer", "downstream", map[string]int{"average_size": 40, "size_variation": 30, "delay": 20}})
}

func slowReaders(ctx context.Context, r *Rig, i int) error {
	return ill(ctx, []*link{r.node(i).public}, 2*time.Second+outage(i), toxic{"bandwidth", "downstream", map[string]int{"rate": 50}})
}

// everything breaks a node and something it needs at the same time.
func everything(ctx context.Context, r *Rig, i int) error {
	nodes := []func(context.Context, *Rig, int) error{
		killNode, cut(func(n *node) *link { return n.public }), restartNode, pauseNode,
	}
	needs := []func(context.Context, *Rig, int) error{
		endPostgres(syscall.SIGKILL), endRedis, flushRedis, cut(func(n *node) *link { return n.store }), pausePostgres,
		cut(func(n *node) *link { return n.cache }), pauseRedis,
	}
	failed := make(chan error, 2)
	go func() { failed <- nodes[i%len(nodes)](ctx, r, i) }()
	go func() { failed <- needs[i%len(needs)](ctx, r, i) }()
	err := <-failed
	if other := <-failed; err == nil {
		err = other
	}
	return err
}

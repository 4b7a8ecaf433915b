// Package conformance is a black-box test of the public contract: it knows a
// server's address, or several nodes' of one cluster, and nothing of how it is
// made. It registers people of its own and leaves them behind.
package conformance

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// T is what a check reports to; *testing.T is one.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	FailNow()
	Cleanup(func())
}

// Check is one statement about the contract.
type Check struct {
	Name string
	Run  func(t T, e *Env)
}

// Checks returns the whole suite.
func Checks() []Check {
	var all []Check
	for _, group := range [][]Check{
		accountChecks, sessionChecks, deletionChecks, profileChecks, blockChecks, conversationChecks, listChecks, messageChecks, socketChecks,
		syncChecks, presenceChecks, offlineChecks, groupChecks, invitationChecks, mentionChecks, searchChecks, receiptChecks, typingChecks,
		frontChecks, operationsChecks,
	} {
		all = append(all, group...)
	}
	for _, group := range [][]Check{frameChecks, boundChecks, raceChecks, contractChecks} { // of everything at once
		all = append(all, group...)
	}
	return all
}

// patience is how long something that must happen may take before a check
// fails. It is no statement about speed.
const patience = 15 * time.Second

// Env is the server under test.
type Env struct {
	nodes []string // base URLs
	next  atomic.Int64
	run   string // makes usernames unique to this run
	http  *http.Client

	// Waited, if not nil, is told of each wait for a rate limit of the server.
	Waited func(time.Duration)

	contract contract // read when first needed
	extras   extras   // people of whom checks want nothing but that they exist
}

// NewEnv returns the environment of one or more nodes of the same cluster,
// given by URLs such as http://localhost:8080.
func NewEnv(nodes ...string) *Env {
	trimmed := make([]string, len(nodes))
	for i, n := range nodes {
		trimmed[i] = strings.TrimSuffix(n, "/")
	}
	return &Env{
		nodes: trimmed, run: fmt.Sprintf("%08x", rand.Uint32()),
		http: &http.Client{Timeout: patience, Transport: http.DefaultTransport.(*http.Transport).Clone()},
	}
}

// Close releases connections.
func (e *Env) Close() { e.http.CloseIdleConnections() }

// extras are people who are shared by checks.
type extras struct {
	mu     sync.Mutex
	people []*user
}

// extra returns n people of whom a check wants nothing but that they exist.
// They may be in conversations of other checks.
func (e *Env) extra(t T, n int) []*user {
	t.Helper()
	e.extras.mu.Lock()
	defer e.extras.mu.Unlock()
	for len(e.extras.people) < n {
		e.extras.people = append(e.extras.people, e.newUser(t))
	}
	return e.extras.people[:n]
}

// password is the one of every person made here.
const password = "correct horse battery"

// username returns one that nobody has.
func (e *Env) username() string { return fmt.Sprintf("c%s-%d", e.run, e.next.Add(1)) }

// newUser registers a person, who talks to the nodes in turn.
func (e *Env) newUser(t T) *user {
	t.Helper()
	n := e.next.Add(1)
	u := &user{env: e, url: e.nodes[int(n)%len(e.nodes)]}
	a := u.call(t, http.MethodPost, "/api/auth/register", object{"username": e.username(), "password": password})
	a.wants(t, http.StatusCreated)
	a.into(t, &u.tokens)
	return u
}

// newPair registers two people, on different nodes where there are several, and
// opens their conversation.
func (e *Env) newPair(t T) (a, b *user, conversation string) {
	t.Helper()
	a, b = e.newUser(t), e.newUser(t)
	a.url, b.url = e.nodes[0], e.nodes[len(e.nodes)-1]
	return a, b, a.open(t, b)
}

package uimcluster_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// requestLog notes the requests of the operator.
type requestLog struct {
	mu  sync.Mutex
	all []request
}

type request struct{ method, path string }

func (l *requestLog) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		l.mu.Lock()
		l.all = append(l.all, request{r.Method, r.URL.Path})
		l.mu.Unlock()
		return next.RoundTrip(r)
	})
}

// in are the requests for objects of a namespace from the mark on.
func (l *requestLog) in(namespace string, mark int) []request {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []request
	for _, r := range l.all[mark:] {
		if strings.Contains(r.path, "/namespaces/"+namespace+"/") {
			found = append(found, r)
		}
	}
	return found
}

// from are all requests from the mark on.
func (l *requestLog) from(mark int) []request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all[mark:])
}

// mark is now, for in and from.
func (l *requestLog) mark() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}

// passes counts passes over the cluster acme: each reads its keys Secret once.
func passes(all []request) int {
	n := 0
	for _, r := range all {
		if r.method == http.MethodGet && strings.HasSuffix(r.path, "/secrets/acme-keys") {
			n++
		}
	}
	return n
}

func writes(all []request) []request {
	return slices.DeleteFunc(slices.Clone(all), func(r request) bool { return r.method == http.MethodGet })
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

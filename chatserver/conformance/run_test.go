package conformance

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write what is compared")

//go:generate go test -run TestThePageListsTheChecks . -update

// The list in docs/conformance.md is made of the checks' names.
func TestThePageListsTheChecks(t *testing.T) {
	const page, mark = "../../docs/conformance.md", "<!-- The list below is generated: go generate ./chatserver/conformance -->\n"
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	head, _, found := strings.Cut(string(text), mark)
	require.True(t, found)
	var list strings.Builder
	for _, c := range Checks() {
		fmt.Fprintf(&list, "- %s\n", c.Name)
	}
	want := head + mark + "\n" + list.String()
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(text), "run go generate ./chatserver/conformance")
}

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Checks() {
		require.False(t, seen[c.Name], c.Name)
		seen[c.Name] = true
	}
}

func results(t *testing.T, checks ...Check) []Result {
	t.Helper()
	e := NewEnv("http://nowhere.invalid")
	defer e.Close()
	var all []Result
	Run(t.Context(), e, checks, 2, func(r Result) { all = append(all, r) })
	slices.SortFunc(all, func(a, b Result) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func TestACheckEndsAsItShould(t *testing.T) {
	var order []string
	got := results(t,
		Check{"a passes", func(T, *Env) {}},
		Check{"b fails and goes on", func(t T, _ *Env) { t.Errorf("one"); t.Errorf("two %d", 2) }},
		Check{"c stops", func(t T, _ *Env) { failf(t, "stop"); t.Errorf("not reached") }},
		Check{"d panics", func(T, *Env) { panic("oh") }},
		Check{"e says nothing", func(t T, _ *Env) { t.FailNow() }},
		Check{"f cleans up, the last first", func(t T, _ *Env) {
			t.Cleanup(func() { order = append(order, "first") })
			t.Cleanup(func() { order = append(order, "second") })
			t.FailNow()
		}},
	)
	require.Len(t, got, 6)
	require.True(t, got[0].OK())
	require.Equal(t, []string{"one", "two 2"}, got[1].Failures)
	require.Equal(t, []string{"stop"}, got[2].Failures)
	require.Contains(t, got[3].Failures[0], "the check panicked: oh")
	require.False(t, got[4].OK())
	require.Equal(t, []string{"second", "first"}, order)
}

func TestChecksRunABoundedNumberAtATime(t *testing.T) {
	var now, most atomic.Int32
	gate := make(chan struct{})
	c := func(T, *Env) {
		most.Store(max(most.Load(), now.Add(1)))
		gate <- struct{}{}
		now.Add(-1)
	}
	go func() {
		for range 6 {
			<-gate
		}
	}()
	results(t, Check{"1", c}, Check{"2", c}, Check{"3", c}, Check{"4", c}, Check{"5", c}, Check{"6", c})
	require.LessOrEqual(t, most.Load(), int32(2))
}

func TestNoCheckBeginsAfterTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e := NewEnv("http://nowhere.invalid")
	defer e.Close()
	Run(ctx, e, []Check{{"never", func(T, *Env) { t.Error("it ran") }}}, 1, func(Result) {})
}

func TestARateLimitIsWaitedFor(t *testing.T) {
	tries := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if tries++; tries == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}))
	defer s.Close()
	e := NewEnv(s.URL)
	defer e.Close()
	var waited time.Duration
	e.Waited = func(d time.Duration) { waited += d }
	a := (&user{env: e, url: s.URL}).call(t, http.MethodGet, "/", nil)
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, time.Second, waited)
}

func TestARateLimitWithoutAdviceIsAFailure(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }))
	defer s.Close()
	e := NewEnv(s.URL)
	defer e.Close()
	got := []Result{}
	Run(t.Context(), e, []Check{{"limited", func(t T, e *Env) { (&user{env: e, url: s.URL}).call(t, http.MethodGet, "/", nil) }}}, 1, func(r Result) { got = append(got, r) })
	require.Contains(t, got[0].Failures[0], "Retry-After")
}

func TestChoosingChecks(t *testing.T) {
	all, err := choose("")
	require.NoError(t, err)
	require.Len(t, all, len(Checks()))
	some, err := choose("^ping gets pong$")
	require.NoError(t, err)
	require.Len(t, some, 1)
	for _, bad := range []string{"no such check", "("} {
		_, err := choose(bad)
		require.Error(t, err)
	}
}

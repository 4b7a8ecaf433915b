package controllers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"

	"uim.dev/uim/controllers/metrics"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// read is the code that a reader of figures gets from a filter.
func read(t *testing.T, config *rest.Config, tokens ...string) (codes []int) {
	t.Helper()
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	filter, err := metrics.OnlyReaders(config, client)
	if err != nil {
		t.Fatal(err)
	}
	handler, err := filter(logr.Discard(), http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	for _, authorization := range tokens {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
		request.Header.Set("Authorization", authorization)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		codes = append(codes, answer.Code)
	}
	return codes
}

// letIn is what the figures' place answers in these tests.
const letIn = http.StatusNotFound

// Prometheus comes every few seconds: Kubernetes is not asked each time, neither about
// it nor about those who may not.
func TestReadersAreRemembered(t *testing.T) {
	namespace := kubernetes.Namespace(t)
	prometheus, stranger := givenToken(t, namespace, "prometheus"), givenToken(t, namespace, "stranger")
	givenMetricsReader(t, namespace, "prometheus")
	var asked atomic.Int32
	config := rest.CopyConfig(kubernetes.Config)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			asked.Add(1)
			return next.RoundTrip(r)
		})
	})
	eventually(t, "the right to take effect", func() error {
		if codes := read(t, config, "Bearer "+prometheus); codes[0] != letIn {
			return fmt.Errorf("the answer is %d", codes[0])
		}
		return nil
	})

	asked.Store(0)
	codes := read(t, config, "Bearer "+prometheus, "bearer "+prometheus, "Bearer "+stranger, "Bearer "+stranger, "Bearer forged", "Bearer forged",
		"", "Bearer", "Basic "+prometheus, prometheus)
	for i, want := range []int{letIn, letIn, 403, 403, 401, 401, 401, 401, 401, 401} {
		if codes[i] != want {
			t.Errorf("reader %d gets %d, want %d", i, codes[i], want)
		}
	}
	// A question about each of three tokens, and one about the rights of two of them.
	if n := asked.Load(); n != 5 {
		t.Errorf("Kubernetes was asked %d times, want 5", n)
	}
}

func TestNobodyReadsWhenKubernetesIsAway(t *testing.T) {
	config := rest.CopyConfig(kubernetes.Config)
	config.Host = "https://" + freeAddress(t)
	if codes := read(t, config, "Bearer whatever"); codes[0] != http.StatusServiceUnavailable {
		t.Errorf("the answer is %d", codes[0])
	}
}

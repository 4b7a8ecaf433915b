package uimcluster_test

import (
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/controllers"
)

// outage lets requests through but for one write, which fails: it is lost on the way
// there, or its answer is lost on the way back.
type outage struct {
	mu     sync.Mutex
	write  int // which one, from 1
	after  bool
	writes int
}

func (o *outage) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if !o.fails(r) {
			return next.RoundTrip(r)
		}
		if o.after {
			if response, err := next.RoundTrip(r); err == nil {
				_ = response.Body.Close()
			}
		}
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: errors.New("the API server restarts")}
	})
}

func (o *outage) fails(r *http.Request) bool {
	if r.Method == http.MethodGet || strings.Contains(r.URL.Path, "/leases") || strings.Contains(r.URL.Path, "/events") {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.writes++
	return o.writes == o.write
}

func (o *outage) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.writes
}

// The API server goes away at any write on the way of a new cluster, before or after
// it has taken effect: the cluster becomes Ready all the same, with each object made
// once and one set of passwords.
func TestAPIServerThatGoesAwayAtAnyWrite(t *testing.T) {
	const everyObjectAndItsStatus = 30
	for n := 1; n <= everyObjectAndItsStatus; n++ {
		s, operator := newStoryOfAnother(t)
		o := &outage{write: n, after: n%2 == 0}
		config, err := kubernetes.As("system:serviceaccount:uim-system:uim-operator", "system:serviceaccounts")
		if err != nil {
			t.Fatal(err)
		}
		config.Wrap(o.wrap)
		stop := s.startAnotherAs(config, controllers.Options{Namespaces: []string{s.namespace}, Name: operator})
		s.givenRunning(`{ingress: {host: chat.example.com}}`)
		if o.count() < n {
			t.Logf("a cluster takes %d writes", o.count())
			return
		}
		made := names(s.everything())
		if len(slices.Compact(slices.Clone(made))) != len(made) || len(s.migrations()) != 1 {
			t.Errorf("write %d: objects were made twice: %v", n, made)
		}
		stop()
	}
}

// Somebody deleted half of a cluster, and a finalizer holds an object back: nothing
// is made under a name that is still taken, and all is whole again in the end.
func TestHalfDeletedObjects(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	change(s, "acme-chat", &corev1.Service{}, func(o *corev1.Service) { o.Finalizers = []string{"somebody.example/slow"} })
	held := &corev1.Service{}
	s.get("acme-chat", held)
	s.delete(held)
	s.delete(s.deployment())
	s.delete(&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "acme-chat"}})
	s.thenCondition("Ready", "False", "WaitingForDeletion", `Service "acme-chat" is being deleted; it is made anew when it is gone`)
	s.eventually("the other objects", func() error {
		return errors.Join(s.find("acme-chat", &corev1.ServiceAccount{}), s.findOwned("acme-chat", s.deployment()))
	})

	change(s, "acme-chat", &corev1.Service{}, func(o *corev1.Service) { o.Finalizers = nil })
	s.eventually("another Service", func() error {
		now := &corev1.Service{}
		if err := s.find("acme-chat", now); err != nil {
			return err
		}
		if now.UID == held.UID {
			return errors.New("is the old one")
		}
		return nil
	})
	s.whenChatIsRolledOut()
	s.thenCondition("Ready", "True", "AllPartsReady", "")
}

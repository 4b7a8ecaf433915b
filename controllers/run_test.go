package controllers_test

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers"
	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/testenv"
)

// kubernetes is the API server of this package's tests.
var kubernetes *testenv.Environment

func TestMain(m *testing.M) {
	os.Exit(testenv.Run(m, func(e *testenv.Environment) (func(), error) {
		kubernetes = e
		quiet := logr.FromSlogHandler(slog.DiscardHandler)
		ctrl.SetLogger(quiet)
		klog.SetLogger(quiet)
		return func() {}, nil
	}))
}

// startOperator runs an operator until the test or what it answers ends it.
func startOperator(t *testing.T, o controllers.Options) (stop func()) {
	t.Helper()
	o.MetricsAddress, o.ProbeAddress = cmp.Or(o.MetricsAddress, "0"), "0"
	o.Images = resources.Images{UIM: "uim:1", Postgres: "postgres:1", Redis: "redis:1"}
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- controllers.Run(ctx, kubernetes.Config, o) }()
	stop = func() {
		cancel()
		if err := <-stopped; err != nil {
			t.Errorf("the operator failed: %v", err)
		}
		stopped <- nil
	}
	t.Cleanup(stop)
	return stop
}

func givenCluster(t *testing.T, namespace, name string) {
	t.Helper()
	if err := kubernetes.Client.Create(t.Context(), clusterNamed(namespace, name)); err != nil {
		t.Fatal(err)
	}
}

func clusterNamed(namespace, name string) *v1alpha1.UIMCluster {
	return &v1alpha1.UIMCluster{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
}

func phaseOf(t *testing.T, namespace, name string) v1alpha1.Phase {
	t.Helper()
	cluster := &v1alpha1.UIMCluster{}
	if err := kubernetes.Client.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, cluster); err != nil {
		t.Fatal(err)
	}
	return cluster.Status.Phase
}

func thenLookedAfter(t *testing.T, namespace, name string) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, 30*time.Second, true, func(context.Context) (bool, error) {
		return phaseOf(t, namespace, name) != "", nil
	})
	if err != nil {
		t.Fatalf("nobody looks after UIMCluster %s in %s", name, namespace)
	}
}

func TestOperatorOfSomeNamespacesLeavesOthersAlone(t *testing.T) {
	ours, theirs, oursToo := kubernetes.Namespace(t), kubernetes.Namespace(t), kubernetes.Namespace(t)
	givenCluster(t, theirs, "a")
	givenCluster(t, ours, "a")
	startOperator(t, controllers.Options{Namespaces: []string{ours, oursToo}})
	thenLookedAfter(t, ours, "a")
	givenCluster(t, oursToo, "b")
	thenLookedAfter(t, oursToo, "b")
	if phase := phaseOf(t, theirs, "a"); phase != "" {
		t.Errorf("the cluster of others is %s", phase)
	}
}

// An operator that ends gives its Lease up, so that the next one need not wait for
// the Lease to run out.
func TestLeadershipIsHandedOver(t *testing.T) {
	namespace := kubernetes.Namespace(t)
	o := controllers.Options{Namespaces: []string{namespace}, LeaderElect: true, LeaderElectionNamespace: namespace}
	holder := func() string {
		lease := &coordinationv1.Lease{}
		err := kubernetes.Client.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: "uim-operator"}, lease)
		if client.IgnoreNotFound(err) != nil {
			t.Fatal(err)
		}
		if lease.Spec.HolderIdentity == nil {
			return ""
		}
		return *lease.Spec.HolderIdentity
	}
	stopFirst := startOperator(t, o)
	givenCluster(t, namespace, "a")
	thenLookedAfter(t, namespace, "a")
	first := holder()
	stopStandBy := startOperator(t, o)
	givenCluster(t, namespace, "b")
	thenLookedAfter(t, namespace, "b")
	if now := holder(); now != first {
		t.Errorf("%s works although %s does", now, first)
	}

	stopFirst()
	stopped := time.Now()
	givenCluster(t, namespace, "c")
	thenLookedAfter(t, namespace, "c")
	t.Logf("the other one looked after a new UIMCluster %s after the first had ended", time.Since(stopped).Round(time.Millisecond))
	stopStandBy()
	if now := holder(); now != "" {
		t.Errorf("the Lease is still held by %s", now)
	}
}

func TestCommandNeedsImages(t *testing.T) {
	for _, variable := range []string{"UIM_IMAGE", "UIM_POSTGRES_IMAGE", "UIM_REDIS_IMAGE"} {
		t.Setenv(variable, "")
	}
	command := controllers.NewCommand("1.4.0")
	command.SetArgs([]string{"--redis-image=redis:7"})
	command.SetOut(io.Discard)
	command.SetErr(io.Discard)
	err := command.ExecuteContext(t.Context())
	if err == nil || !strings.Contains(err.Error(), "set --image or UIM_IMAGE\nset --postgres-image or UIM_POSTGRES_IMAGE") ||
		strings.Contains(err.Error(), "redis") {
		t.Errorf("the error is %v", err)
	}
}

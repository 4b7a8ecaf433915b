package uimcluster_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers"
)

// fleetSize is how many UIMClusters there are in BenchmarkFleet.
const fleetSize = 200

// BenchmarkFleet measures an operator with many UIMClusters, each in a namespace of
// its own, on a real API server whose controllers and kubelets the benchmark plays:
// how long all take to become Ready, how many requests that costs, and what a pass
// costs when all is as it should be. Run it alone:
//
//	go test ./controllers/uimcluster -run '^$' -bench Fleet -benchtime 1x
func BenchmarkFleet(b *testing.B) {
	for range b.N {
		benchmarkFleet(b)
	}
}

func benchmarkFleet(b *testing.B) {
	b.Helper()
	log := &requestLog{}
	config, err := kubernetes.As("system:serviceaccount:uim-system:uim-operator", "system:serviceaccounts")
	if err != nil {
		b.Fatal(err)
	}
	config.QPS = -1
	config.Wrap(log.wrap)
	namespaces := givenNamespaces(b, fleetSize)
	heapBefore, secondsBefore, passesBefore := heap(), reconcileSeconds(b), reconciles(b)
	stop, err := run(config, controllers.Options{Namespaces: namespaces, Name: namespaces[0]})
	if err != nil {
		b.Fatal(err)
	}
	defer stop()

	begin := time.Now()
	var players sync.WaitGroup
	for _, namespace := range namespaces {
		players.Go(func() {
			if err := playUntilReady(b.Context(), namespace, "uim-system/"+namespaces[0]); err != nil {
				b.Errorf("%s: %v", namespace, err)
			}
		})
	}
	players.Wait()
	elapsed := time.Since(begin)
	b.ReportMetric(elapsed.Seconds(), "s/fleet-ready")
	b.ReportMetric(float64(log.mark())/fleetSize, "requests/cluster")
	b.ReportMetric(float64(log.mark())/elapsed.Seconds(), "requests/s")
	b.ReportMetric((heap()-heapBefore)/1e6, "MB-heap")
	b.ReportMetric(1000*(reconcileSeconds(b)-secondsBefore)/float64(reconciles(b)-passesBefore), "ms/pass-on-the-way")

	// A change by somebody else that the operator has nothing to do about.
	mark, steadySeconds, steadyPasses := log.mark(), reconcileSeconds(b), reconciles(b)
	begin = time.Now()
	for _, namespace := range namespaces {
		service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "acme-chat"}}
		patch := client.RawPatch("application/merge-patch+json", []byte(`{"metadata": {"annotations": {"somebody.example/else": "1"}}}`))
		if err := kubernetes.Client.Patch(b.Context(), service, patch); err != nil {
			b.Fatal(err)
		}
	}
	err = wait.PollUntilContextTimeout(b.Context(), 50*time.Millisecond, 10*time.Minute, true, func(context.Context) (bool, error) {
		return reconciles(b)-steadyPasses >= fleetSize, nil
	})
	if err != nil {
		b.Fatal(err)
	}
	n := float64(reconciles(b) - steadyPasses)
	reads, written := 0, 0
	for _, r := range log.from(mark) {
		switch {
		case strings.Contains(r.path, "/leases/"):
		case r.method == http.MethodGet:
			reads++
		default:
			written++
		}
	}
	b.ReportMetric(float64(reads)/n, "reads/steady-pass")
	b.ReportMetric(float64(written), "writes/steady")
	b.ReportMetric(1000*(reconcileSeconds(b)-steadySeconds)/n, "ms/steady-pass")
	b.ReportMetric(n/time.Since(begin).Seconds(), "steady-passes/s")
}

func givenNamespaces(b *testing.B, n int) []string {
	b.Helper()
	var names []string
	for range n {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "fleet-"}}
		if err := kubernetes.Client.Create(b.Context(), namespace); err != nil {
			b.Fatal(err)
		}
		names = append(names, namespace.Name)
	}
	return names
}

// playUntilReady makes a UIMCluster and plays Kubernetes until it is Ready.
func playUntilReady(ctx context.Context, namespace, operator string) error {
	cluster := &v1alpha1.UIMCluster{ObjectMeta: metav1.ObjectMeta{
		Namespace: namespace, Name: "acme", Annotations: map[string]string{v1alpha1.AnnotationOperator: operator},
	}}
	if err := kubernetes.Client.Create(ctx, cluster); err != nil {
		return err
	}
	for _, step := range []func(context.Context, string) error{
		func(ctx context.Context, ns string) error { return playServer(ctx, ns, "acme-postgres") },
		func(ctx context.Context, ns string) error { return playServer(ctx, ns, "acme-redis") },
		playMigration, playRollout, requireReady,
	} {
		var last error
		err := wait.PollUntilContextTimeout(ctx, 200*time.Millisecond, 20*time.Minute, true, func(ctx context.Context) (bool, error) {
			last = step(ctx, namespace)
			return last == nil, nil
		})
		if err != nil {
			return errors.Join(err, last)
		}
	}
	return nil
}

func playServer(ctx context.Context, namespace, name string) error {
	set := &appsv1.StatefulSet{}
	if err := kubernetes.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, set); err != nil {
		return err
	}
	set.Status = appsv1.StatefulSetStatus{ObservedGeneration: set.Generation, Replicas: 1, ReadyReplicas: 1, CurrentRevision: "1", UpdateRevision: "1"}
	return kubernetes.Client.Status().Update(ctx, set)
}

func playMigration(ctx context.Context, namespace string) error {
	jobs := &batchv1.JobList{}
	if err := kubernetes.Client.List(ctx, jobs, client.InNamespace(namespace)); err != nil || len(jobs.Items) == 0 {
		return errors.Join(err, errors.New("no migration"))
	}
	return endJob(ctx, &jobs.Items[0], true)
}

func playRollout(ctx context.Context, namespace string) error {
	deployment := &appsv1.Deployment{}
	if err := kubernetes.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "acme-chat"}, deployment); err != nil {
		return err
	}
	n := *deployment.Spec.Replicas
	deployment.Status = appsv1.DeploymentStatus{
		ObservedGeneration: deployment.Generation, Replicas: n, UpdatedReplicas: n, ReadyReplicas: n, AvailableReplicas: n,
	}
	return kubernetes.Client.Status().Update(ctx, deployment)
}

func requireReady(ctx context.Context, namespace string) error {
	cluster := &v1alpha1.UIMCluster{}
	if err := kubernetes.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "acme"}, cluster); err != nil {
		return err
	}
	if !meta.IsStatusConditionTrue(cluster.Status.Conditions, v1alpha1.ConditionReady) {
		return errors.New("not Ready")
	}
	return nil
}

func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse)
}

// reconcileSeconds and reconciles are the figures that the operator serves of itself.
func reconcileSeconds(tb testing.TB) float64 {
	tb.Helper()
	var sum float64
	for _, m := range gathered(tb, "controller_runtime_reconcile_time_seconds") {
		sum += m.GetHistogram().GetSampleSum()
	}
	return sum
}

func reconciles(tb testing.TB) uint64 {
	tb.Helper()
	var n uint64
	for _, m := range gathered(tb, "controller_runtime_reconcile_time_seconds") {
		n += m.GetHistogram().GetSampleCount()
	}
	return n
}

func gathered(tb testing.TB, name string) []*dto.Metric {
	tb.Helper()
	families, err := metrics.Registry.Gather()
	if err != nil {
		tb.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == name {
			return family.GetMetric()
		}
	}
	return nil
}

package uimcluster

import (
	"context"
	"errors"
	"io"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/metrics"
	"uim.dev/uim/controllers/resources"
)

//go:generate go tool -modfile=../../hack/tools/go.mod controller-gen rbac:roleName=uim-operator paths=. output:rbac:dir=../../config/rbac

// +kubebuilder:rbac:groups=uim.dev,resources=uimclusters,verbs=get;list;watch
// +kubebuilder:rbac:groups=uim.dev,resources=uimclusters/status,verbs=patch
// +kubebuilder:rbac:groups=uim.dev,resources=uimclusters/finalizers,verbs=update
// +kubebuilder:rbac:groups="",resources=secrets;serviceaccounts;persistentvolumeclaims,verbs=get;list;watch;create;patch
// +kubebuilder:rbac:groups="",resources=pods,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=services;configmaps,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=apps,resources=deployments,verbs=get;list;watch;create;patch
// +kubebuilder:rbac:groups=apps,resources=statefulsets,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=autoscaling,resources=horizontalpodautoscalers,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=batch,resources=jobs,verbs=get;list;watch;create;patch
// +kubebuilder:rbac:groups=networking.k8s.io,resources=ingresses;networkpolicies,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=gateway.networking.k8s.io,resources=httproutes,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=cert-manager.io,resources=certificates,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=policy,resources=poddisruptionbudgets,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=postgresql.cnpg.io,resources=clusters,verbs=get;list;watch;create;patch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups=coordination.k8s.io,namespace=uim-system,resources=leases,verbs=get;create;update
// +kubebuilder:rbac:groups="",namespace=uim-system,resources=events,verbs=create;patch

// retryBlocked is how soon a pass looks again at what only a person can solve and
// no watch reports, such as a foreign object that is in the way.
const retryBlocked = time.Minute

// Reconciler looks after UIMClusters. All fields are needed; it has no state, and
// may run for several clusters at once.
type Reconciler struct {
	// Client reads from a cache that holds the operator's own objects only, and
	// reads Secrets live.
	Client client.Client
	// Live reads from the API server; it sees objects of others.
	Live client.Reader
	// Optional reads objects of other projects' APIs that may not be there.
	Optional *OptionalKinds
	Events   events.EventRecorder
	Images   resources.Images
	// Name tells operators apart: the namespace and name of its Lease.
	Name string
	// Version of the operator, as status has it.
	Version string
	// Random makes passwords and keys: crypto/rand's reader.
	Random io.Reader
	Now    func() time.Time
	// Figures show clusters to Prometheus.
	Figures *metrics.Clusters
}

// Reconcile is one pass over one cluster.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (result ctrl.Result, err error) {
	cluster := &v1alpha1.UIMCluster{}
	if err := r.Client.Get(ctx, request.NamespacedName, cluster); err != nil {
		if apierrors.IsNotFound(err) {
			r.Figures.Forget(request.NamespacedName)
			return ctrl.Result{}, nil
		}
		return ctrl.Result{}, err
	}
	if !cluster.DeletionTimestamp.IsZero() {
		// Nothing to do: what goes is owned and collected, what stays is not.
		return ctrl.Result{}, nil
	}

	ours, err := r.claimCluster(ctx, cluster)
	if err != nil {
		return conflictsLater(ctrl.Result{}, err)
	}
	if !ours {
		r.Figures.Forget(request.NamespacedName)
		return ctrl.Result{}, nil
	}
	p := newPass(r, cluster)
	defer func() {
		err = errors.Join(err, r.writeStatus(ctx, p))
		r.Figures.Observe(request.NamespacedName, p.object.Status, p.certificates)
		result, err = conflictsLater(result, err)
	}()
	if err := p.run(ctx, phases()); err != nil {
		return ctrl.Result{}, err
	}
	if len(p.facts.Problems) > 0 {
		p.wakeAfter(retryBlocked)
	}
	return ctrl.Result{RequeueAfter: p.wake}, nil
}

// conflictsLater waits a moment when somebody wrote in between; the cache catches up.
func conflictsLater(result ctrl.Result, err error) (ctrl.Result, error) {
	if apierrors.IsConflict(err) {
		return ctrl.Result{RequeueAfter: time.Second}, nil
	}
	return result, err
}

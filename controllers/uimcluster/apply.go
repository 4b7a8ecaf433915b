package uimcluster

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/status"
)

// applyConfiguration is what all apply configurations have in common.
type applyConfiguration interface {
	runtime.ApplyConfiguration
	GetName() *string
	GetNamespace() *string
}

// extractor picks out of an object the fields that a field manager owns.
type extractor[O client.Object, A applyConfiguration] func(object O, fieldManager string) (A, error)

// apply makes an object as wanted, if it is not already, by server-side apply. It
// loads the object as it was before into live, and answers whether it had to
// change; a cluster that is paused only notes it.
//
// An object is as wanted when the fields that the operator owns are just the
// wanted ones with the wanted values: a field that somebody else changed is no
// longer owned, and a field that is no longer wanted still is. Fields of others are
// never touched.
func apply[O client.Object, A applyConfiguration](ctx context.Context, p *pass, wanted A, live O, extract extractor[O, A]) (changed bool, err error) {
	exists, err := p.load(ctx, *wanted.GetName(), live)
	if err != nil {
		return false, err
	}
	if exists {
		owned, err := extract(live, resources.FieldManager)
		if err != nil {
			return false, fmt.Errorf("read the owned fields of %s: %w", p.describe(live), err)
		}
		if equality.Semantic.DeepEqual(owned, wanted) {
			return false, nil
		}
	} else {
		live.SetName(*wanted.GetName())
	}
	if p.hold(live) {
		return true, nil
	}
	if err := p.Client.Apply(ctx, wanted, client.FieldOwner(resources.FieldManager), client.ForceOwnership); err != nil {
		return false, fmt.Errorf("apply %s: %w", p.describe(live), err)
	}
	log.FromContext(ctx).Info("Applied an object", "object", p.describe(live), "created", !exists)
	return true, nil
}

// remove deletes an object of the cluster that must not exist. live is an empty
// object of its kind; objects of others are left alone.
func (p *pass) remove(ctx context.Context, name string, live client.Object) error {
	key := client.ObjectKey{Namespace: p.cluster.Namespace, Name: name}
	if err := p.Client.Get(ctx, key, live); err != nil {
		return client.IgnoreNotFound(err)
	}
	return p.delete(ctx, live)
}

// delete deletes an object that was read, if it is the cluster's own.
func (p *pass) delete(ctx context.Context, live client.Object) error {
	if !metav1.IsControlledBy(live, p.object) || !live.GetDeletionTimestamp().IsZero() || p.hold(live) {
		return nil
	}
	uid := live.GetUID()
	err := p.Client.Delete(ctx, live, client.Preconditions{UID: &uid}, client.PropagationPolicy(metav1.DeletePropagationBackground))
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete %s: %w", p.describe(live), err)
	}
	log.FromContext(ctx).Info("Deleted an object", "object", p.describe(live))
	return nil
}

// load reads an object that the cluster may change, and says whether it exists. The
// cache holds only objects with the operator's label, so what it lacks is looked
// up live before anything is made under that name.
func (p *pass) load(ctx context.Context, name string, live client.Object) (bool, error) {
	return p.loadFrom(ctx, p.Client, name, live)
}

// loadFrom is load with another cache.
func (p *pass) loadFrom(ctx context.Context, cache client.Reader, name string, live client.Object) (bool, error) {
	key := client.ObjectKey{Namespace: p.cluster.Namespace, Name: name}
	err := cache.Get(ctx, key, live)
	if apierrors.IsNotFound(err) {
		err = p.Live.Get(ctx, key, live)
	}
	switch {
	case apierrors.IsNotFound(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("read %s %q: %w", p.kindOf(live), name, err)
	}
	return true, p.claim(live)
}

// claim refuses an object that is not the cluster's. Without an owner it is the
// cluster's if it has its labels: it outlived a UIMCluster of the same name.
func (p *pass) claim(live client.Object) error {
	owner := metav1.GetControllerOf(live)
	what := p.describe(live)
	switch {
	case owner != nil && owner.UID == p.object.UID, owner == nil && resources.BelongsTo(live.GetLabels(), p.cluster.Name):
		if live.GetDeletionTimestamp().IsZero() {
			return nil
		}
		return &problemError{status.Problem{
			Reason:  "WaitingForDeletion",
			Message: what + " is being deleted; it is made anew when it is gone",
		}}
	case owner != nil && owner.Kind == v1alpha1.Kind && owner.Name == p.cluster.Name:
		return &problemError{status.Problem{
			Reason:  "WaitingForDeletion",
			Message: what + " belongs to an earlier UIMCluster of this name and waits to be collected",
		}}
	default:
		return &problemError{status.Problem{
			Reason: "NameTaken",
			Message: what + " was there before and is not this UIMCluster's: delete or rename it, " +
				"or give the UIMCluster another name",
			NeedsHelp: true,
		}}
	}
}

// hold notes a change and answers true when the cluster is paused.
func (p *pass) hold(object client.Object) bool {
	if p.facts.Paused {
		p.facts.Pending = append(p.facts.Pending, p.describe(object))
	}
	return p.facts.Paused
}

// describe names an object as people do: Service "acme-chat".
func (p *pass) describe(object client.Object) string {
	return fmt.Sprintf("%s %q", p.kindOf(object), object.GetName())
}

func (p *pass) kindOf(object client.Object) string {
	gvk, err := apiutil.GVKForObject(object, p.Client.Scheme())
	if err != nil {
		return "object"
	}
	return gvk.Kind
}

package uimcluster

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/status"
)

// missing is the problem of a part that needs a kind that is not there.
type missing status.Problem

// applyOptional is apply for an object of another project's API, and answers the
// object as it was before; nil when it did not exist. Without that API it answers the
// problem.
func (p *pass) applyOptional(ctx context.Context, wanted *unstructured.Unstructured, without missing) (*unstructured.Unstructured, error) {
	there, err := p.Optional.available(wanted.GroupVersionKind())
	if err != nil {
		return nil, err
	}
	if !there {
		p.wakeAfter(lookAgain)
		return nil, &problemError{status.Problem(without)}
	}
	live := empty(wanted.GroupVersionKind())
	exists, err := p.loadFrom(ctx, p.Optional, wanted.GetName(), live)
	if err != nil {
		return nil, err
	}
	if exists {
		same, err := asWanted(live, wanted)
		if err != nil || same {
			return live, err
		}
	} else {
		live.SetName(wanted.GetName())
	}
	if p.hold(live) {
		return live, nil
	}
	err = p.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(wanted), client.FieldOwner(resources.FieldManager), client.ForceOwnership)
	switch {
	case apierrors.IsNotFound(err) || meta.IsNoMatchError(err): // The API went away.
		return nil, &problemError{status.Problem(without)}
	case err != nil:
		return nil, fmt.Errorf("apply %s: %w", p.describe(live), err)
	}
	log.FromContext(ctx).Info("Applied an object", "object", p.describe(live), "created", !exists)
	if !exists {
		return nil, nil
	}
	return live, nil
}

// removeOptional is remove for an object of another project's API.
func (p *pass) removeOptional(ctx context.Context, kind schema.GroupVersionKind, name string) error {
	there, err := p.Optional.available(kind)
	if err != nil || !there {
		return err
	}
	live := empty(kind)
	if err := p.Optional.Get(ctx, client.ObjectKey{Namespace: p.cluster.Namespace, Name: name}, live); err != nil {
		return client.IgnoreNotFound(err)
	}
	return p.delete(ctx, live)
}

// asWanted says whether an object has all the wanted fields, and the operator owns no
// others in it. Unlike for apply, there is no schema to read the owned fields by.
func asWanted(live, wanted *unstructured.Unstructured) (bool, error) {
	if !has(live.Object, wanted.Object) {
		return false, nil
	}
	for _, entry := range live.GetManagedFields() {
		if entry.Manager != resources.FieldManager || entry.Operation != metav1.ManagedFieldsOperationApply || entry.Subresource != "" {
			continue
		}
		owned := map[string]any{}
		if err := json.Unmarshal(entry.FieldsV1.Raw, &owned); err != nil {
			return false, fmt.Errorf("read the owned fields of %s %q: %w", live.GetKind(), live.GetName(), err)
		}
		return ownsOnly(wanted.Object, owned), nil
	}
	return false, nil
}

// ownsOnly says whether an object has every field of a set of fields as in
// metadata.managedFields, where "f:" begins the name of one.
func ownsOnly(wanted map[string]any, owned map[string]any) bool {
	for name := range maps.Keys(owned) {
		field, isField := strings.CutPrefix(name, "f:")
		if !isField {
			continue
		}
		value, ok := wanted[field]
		if !ok {
			return false
		}
		inner, isObject := value.(map[string]any)
		deeper, hasMore := owned[name].(map[string]any)
		if isObject && hasMore && !ownsOnly(inner, deeper) {
			return false
		}
	}
	return true
}

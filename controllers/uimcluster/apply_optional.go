package uimcluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"uim.dev/uim/controllers/resources"
)

// errKindMissing says that Kubernetes does not have a kind of another project.
var errKindMissing = errors.New("kind is not installed")

// hasKind says whether Kubernetes has a kind of another project that the cluster
// needs, and looks again soon if not.
func (p *pass) hasKind(kind schema.GroupVersionKind) (bool, error) {
	there, err := p.Optional.available(kind)
	if err == nil && !there {
		p.wakeAfter(lookAgain)
	}
	return there, err
}

// applyOptional is apply for an object of another project's API. It answers the
// object as it was before, with its name only when it did not exist, and
// errKindMissing without that API.
func (p *pass) applyOptional(ctx context.Context, wanted *unstructured.Unstructured) (live *unstructured.Unstructured, changed bool, err error) {
	kind := wanted.GroupVersionKind()
	if there, err := p.hasKind(kind); err != nil {
		return nil, false, err
	} else if !there {
		return nil, false, errKindMissing
	}
	live = empty(kind)
	exists, err := p.loadFrom(ctx, p.Optional, wanted.GetName(), live)
	if err != nil {
		return nil, false, err
	}
	if exists {
		same, err := asWanted(live, wanted)
		if err != nil || same {
			return live, false, err
		}
	} else {
		live.SetName(wanted.GetName())
	}
	if p.hold(live) {
		return live, true, nil
	}
	err = p.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(wanted), client.FieldOwner(resources.FieldManager), client.ForceOwnership)
	switch {
	case apierrors.IsNotFound(err) || meta.IsNoMatchError(err): // The API went away; its watch goes on when it is back.
		p.wakeAfter(lookAgain)
		return nil, false, errKindMissing
	case err != nil:
		return nil, false, fmt.Errorf("apply %s: %w", p.describe(live), err)
	}
	log.FromContext(ctx).Info("Applied an object", "object", p.describe(live), "created", !exists)
	return live, true, nil
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
		if err := json.Unmarshal(entry.FieldsV1.GetRawBytes(), &owned); err != nil {
			return false, fmt.Errorf("read the owned fields of %s %q: %w", live.GetKind(), live.GetName(), err)
		}
		return ownsOnly(wanted.Object, owned), nil
	}
	return false, nil
}

// has says whether all that is wanted is there; there may be more, such as defaults
// and fields of others.
func has(live, wanted any) bool {
	switch wanted := wanted.(type) {
	case map[string]any:
		within, ok := live.(map[string]any)
		for key := range wanted {
			ok = ok && has(within[key], wanted[key])
		}
		return ok
	case []any:
		within, ok := live.([]any)
		ok = ok && len(within) == len(wanted)
		for i := range wanted {
			ok = ok && has(within[i], wanted[i])
		}
		return ok
	default:
		return equality.Semantic.DeepEqual(live, wanted)
	}
}

// ownsOnly says whether an object has every field of a set of fields as in
// metadata.managedFields, where "f:" begins the name of one.
func ownsOnly(wanted map[string]any, owned map[string]any) bool {
	for name, fields := range owned {
		field, isField := strings.CutPrefix(name, "f:")
		if !isField {
			continue
		}
		value, ok := wanted[field]
		if !ok {
			return false
		}
		inner, isObject := value.(map[string]any)
		deeper, hasMore := fields.(map[string]any)
		if isObject && hasMore && !ownsOnly(inner, deeper) {
			return false
		}
	}
	return true
}

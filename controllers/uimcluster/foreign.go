package uimcluster

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"uim.dev/uim/controllers/resources"
)

// knows says whether Kubernetes has a kind, now: it may be installed at any time.
func (p *pass) knows(kind schema.GroupVersionKind) (bool, error) {
	_, err := p.Client.RESTMapper().RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find out about kind %s: %w", kind.Kind, err)
	}
	return true, nil
}

// applyForeign makes an object of another operator's kind as wanted, as apply does,
// and answers it as it was before. It is read live.
func (p *pass) applyForeign(ctx context.Context, wanted *unstructured.Unstructured) (live *unstructured.Unstructured, changed bool, err error) {
	live = &unstructured.Unstructured{}
	live.SetGroupVersionKind(wanted.GroupVersionKind())
	err = p.Live.Get(ctx, client.ObjectKeyFromObject(wanted), live)
	exists := err == nil
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, false, fmt.Errorf("read %s: %w", p.describe(wanted), err)
	}
	if exists {
		if err := p.claim(live); err != nil {
			return nil, false, err
		}
		if has(live.Object, wanted.Object) {
			return live, false, nil
		}
	}
	live.SetName(wanted.GetName())
	if p.hold(live) {
		return live, true, nil
	}
	if err := p.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(wanted), client.FieldOwner(resources.FieldManager), client.ForceOwnership); err != nil {
		return nil, false, fmt.Errorf("apply %s: %w", p.describe(live), err)
	}
	log.FromContext(ctx).Info("Applied an object", "object", p.describe(live), "created", !exists)
	return live, true, nil
}

// has says whether all that is wanted is there; there may be more, such as defaults
// and fields of others. What is no longer wanted shows in an annotation with a hash.
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

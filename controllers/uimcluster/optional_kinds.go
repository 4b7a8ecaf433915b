package uimcluster

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

const (
	// lookAgain is how long a kind that was not there is not looked for again.
	lookAgain = 5 * time.Second
	// syncPatience is how long the first read of a kind may take.
	syncPatience = 10 * time.Second
)

// OptionalKinds are kinds of other projects, such as the Gateway API's, that a
// Kubernetes may have or not, and may be given while the operator runs. A kind that
// is there is watched from then on. Its methods are safe for concurrent use.
type OptionalKinds struct {
	mapper meta.RESTMapper
	// cache holds the operator's own objects of these kinds only.
	cache cache.Cache
	now   func() time.Time
	// watch makes changes of a kind lead to passes; it is set before the first pass.
	watch func(*unstructured.Unstructured) error

	looking singleflight.Group

	mu sync.Mutex // of the two maps
	// known are the kinds that are watched.
	known map[schema.GroupVersionKind]bool
	// missed is when a kind was looked for last.
	missed map[schema.GroupVersionKind]time.Time
}

// NewOptionalKinds begins without any kind. The cache has to be run by the manager.
func NewOptionalKinds(mapper meta.RESTMapper, objects cache.Cache, now func() time.Time) *OptionalKinds {
	return &OptionalKinds{
		mapper: mapper,
		cache:  objects,
		now:    now,
		known:  map[schema.GroupVersionKind]bool{},
		missed: map[schema.GroupVersionKind]time.Time{},
	}
}

// connect makes changes of the kinds lead to passes of the controller.
func (f *OptionalKinds) connect(to controller.Controller, changed handler.EventHandler) {
	f.watch = func(kind *unstructured.Unstructured) error {
		return to.Watch(source.Kind[client.Object](f.cache, kind, changed))
	}
}

// available says whether Kubernetes has a kind.
func (f *OptionalKinds) available(kind schema.GroupVersionKind) (bool, error) {
	f.mu.Lock()
	known, missed := f.known[kind], f.missed[kind]
	f.mu.Unlock()
	if known || f.now().Sub(missed) < lookAgain {
		return known, nil
	}
	// Passes of several clusters ask at the same time; a kind is watched once.
	found, err, _ := f.looking.Do(kind.String(), func() (any, error) { return f.look(kind) })
	return found == true, err
}

func (f *OptionalKinds) look(kind schema.GroupVersionKind) (bool, error) {
	f.mu.Lock()
	known := f.known[kind]
	f.mu.Unlock()
	if known {
		return true, nil
	}
	_, err := f.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil && !meta.IsNoMatchError(err) {
		return false, fmt.Errorf("look for %s: %w", kind.GroupKind(), err)
	}
	found := err == nil
	if found {
		if err := f.watch(empty(kind)); err != nil {
			return false, fmt.Errorf("watch %s: %w", kind.GroupKind(), err)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known[kind], f.missed[kind] = found, f.now()
	return found, nil
}

// Get reads from the cache an object of a kind that is available. It does not wait
// for ever where the operator may not read the kind.
func (f *OptionalKinds) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	ctx, cancel := context.WithTimeout(ctx, syncPatience)
	defer cancel()
	return f.cache.Get(ctx, key, object, options...)
}

// List completes a client.Reader.
func (f *OptionalKinds) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	ctx, cancel := context.WithTimeout(ctx, syncPatience)
	defer cancel()
	return f.cache.List(ctx, list, options...)
}

func empty(kind schema.GroupVersionKind) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	return object
}

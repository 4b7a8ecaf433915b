package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
)

// controllerName is what routes' statuses know this controller by.
const controllerName = "uim.dev/test-ingress"

var (
	gatewaysResource = schema.GroupVersionResource{Group: "gateway.networking.k8s.io", Version: "v1", Resource: "gateways"}
	routesResource   = schema.GroupVersionResource{Group: "gateway.networking.k8s.io", Version: "v1", Resource: "httproutes"}
)

// gatewayAPI reads Gateways and HTTPRoutes, once Kubernetes knows them.
type gatewayAPI struct {
	client    dynamic.Interface
	discovery discovery.DiscoveryInterface
	// factory is nil while Kubernetes does not know them.
	factory dynamicinformer.DynamicSharedInformerFactory
}

// appeared starts to follow the Gateway API when it is there for the first time.
func (a *gatewayAPI) appeared(ctx context.Context, handler cache.ResourceEventHandler) (bool, error) {
	if a.factory != nil {
		return false, nil
	}
	if _, err := a.discovery.ServerResourcesForGroupVersion(routesResource.GroupVersion().String()); err != nil {
		return false, nil //nolint:nilerr // it is looked for again
	}
	a.factory = dynamicinformer.NewDynamicSharedInformerFactory(a.client, 0)
	for _, resource := range []schema.GroupVersionResource{gatewaysResource, routesResource} {
		if _, err := a.factory.ForResource(resource).Informer().AddEventHandler(handler); err != nil {
			return false, err
		}
	}
	a.factory.Start(ctx.Done())
	a.factory.WaitForCacheSync(ctx.Done())
	return true, nil
}

// objects are the Gateways of a class, and all routes.
func (a *gatewayAPI) objects(class string) (gateways []*gateway, routes []*route, err error) {
	if a.factory == nil {
		return nil, nil, nil
	}
	if routes, err = listAs[route](a.factory, routesResource); err != nil {
		return nil, nil, err
	}
	all, err := listAs[gateway](a.factory, gatewaysResource)
	for _, g := range all {
		if g.Spec.GatewayClassName == class {
			gateways = append(gateways, g)
		}
	}
	return gateways, routes, err
}

func listAs[T any](factory dynamicinformer.DynamicSharedInformerFactory, resource schema.GroupVersionResource) ([]*T, error) {
	found, err := factory.ForResource(resource).Lister().List(labels.Everything())
	if err != nil {
		return nil, err
	}
	all := make([]*T, 0, len(found))
	for _, object := range found {
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
		if err != nil {
			return nil, err
		}
		one := new(T)
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// publish writes what became of the routes into their statuses.
func (a *gatewayAPI) publish(ctx context.Context, answers []answer) {
	for i := 0; i < len(answers); {
		r := answers[i].route
		var parents []any
		for ; i < len(answers) && answers[i].route == r; i++ {
			parents = append(parents, parentStatus(answers[i]))
		}
		if err := a.publishRoute(ctx, r, parents); err != nil {
			slog.WarnContext(ctx, "could not write the status", "route", r.Name, "error", err)
		}
	}
}

func (a *gatewayAPI) publishRoute(ctx context.Context, r *route, parents []any) error {
	client := a.client.Resource(routesResource).Namespace(r.Namespace)
	live, err := client.Get(ctx, r.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	before, _, _ := unstructured.NestedSlice(live.Object, "status", "parents")
	if fmt.Sprint(before) == fmt.Sprint(keepTimes(before, parents)) {
		return nil
	}
	if err := unstructured.SetNestedSlice(live.Object, keepTimes(before, parents), "status", "parents"); err != nil {
		return err
	}
	_, err = client.UpdateStatus(ctx, live, metav1.UpdateOptions{})
	return err
}

// parentStatus is an entry of a route's status.parents, without times.
func parentStatus(a answer) map[string]any {
	p := a.route.Spec.ParentRefs[a.parent]
	reference := map[string]any{"group": routesResource.Group, "kind": "Gateway", "name": p.Name}
	if p.Namespace != "" {
		reference["namespace"] = p.Namespace
	}
	if p.SectionName != "" {
		reference["sectionName"] = p.SectionName
	}
	condition := func(name, reason, message string, status metav1.ConditionStatus) any {
		return map[string]any{
			"type": name, "status": string(status), "reason": reason, "message": message,
			"observedGeneration": a.route.Generation, "lastTransitionTime": time.Now().UTC().Format(time.RFC3339),
		}
	}
	conditions := []any{condition("Accepted", "Accepted", "", metav1.ConditionTrue), condition("ResolvedRefs", "ResolvedRefs", "", metav1.ConditionTrue)}
	if a.err != nil {
		name := "Accepted"
		if a.reason == "BackendNotFound" {
			name = "ResolvedRefs"
		}
		conditions[map[string]int{"Accepted": 0, "ResolvedRefs": 1}[name]] = condition(name, a.reason, a.err.Error(), metav1.ConditionFalse)
	}
	return map[string]any{"parentRef": reference, "controllerName": controllerName, "conditions": conditions}
}

// keepTimes gives conditions that did not change the times that they have.
func keepTimes(before, after []any) []any {
	for i, parent := range after {
		var known any
		if i < len(before) {
			known = before[i]
		}
		for _, now := range conditionsOf(parent) {
			for _, then := range conditionsOf(known) {
				if then["type"] == now["type"] && then["status"] == now["status"] {
					now["lastTransitionTime"] = then["lastTransitionTime"]
				}
			}
		}
	}
	return after
}

func conditionsOf(parent any) []map[string]any {
	content, _ := parent.(map[string]any)
	list, _ := content["conditions"].([]any)
	all := make([]map[string]any, 0, len(list))
	for _, c := range list {
		if c, ok := c.(map[string]any); ok {
			all = append(all, c)
		}
	}
	return all
}

package resources

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"uim.dev/uim/api/v1alpha1"
)

// HTTPRouteKind is the kind of ChatRoute.
func HTTPRouteKind() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute"}
}

// ChatRoute lets browsers in by a Gateway, or is nil when there is none. Everything
// that the API server would fill in is said, so that the object is as it was applied.
func ChatRoute(c Cluster) *unstructured.Unstructured {
	if c.Gateway == nil {
		return nil
	}
	parents := make([]any, 0, len(c.Gateway.Parents))
	for _, p := range c.Gateway.Parents {
		parents = append(parents, parentReference(p))
	}
	route := optionalObject(c, HTTPRouteKind(), ChatName(c), ComponentChat, map[string]any{
		"parentRefs": parents,
		"hostnames":  []any{c.Host},
		"rules": []any{map[string]any{
			"matches": []any{map[string]any{"path": map[string]any{"type": "PathPrefix", "value": "/"}}},
			"backendRefs": []any{map[string]any{
				"group": "", "kind": "Service", "name": ChatServiceName(c), "port": int64(80), "weight": int64(1),
			}},
		}},
	})
	route.SetAnnotations(c.Gateway.Annotations)
	return route
}

func parentReference(p v1alpha1.GatewayReference) map[string]any {
	reference := map[string]any{"group": HTTPRouteKind().Group, "kind": "Gateway", "name": p.Name}
	if p.Namespace != "" {
		reference["namespace"] = p.Namespace
	}
	if p.SectionName != "" {
		reference["sectionName"] = p.SectionName
	}
	if p.Port != nil {
		reference["port"] = int64(*p.Port)
	}
	return reference
}

package resources

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"uim.dev/uim/api/v1alpha1"
)

// AnnotationApplied stands on objects of the Prometheus operator and is a hash of
// what was applied: it tells a field that is no longer wanted.
const AnnotationApplied = "uim.dev/applied"

// labelCluster is the label that the PodMonitor gives to all series of a cluster; its
// alerts and its dashboard pick them by it and by the namespace.
const labelCluster = "uim_cluster"

// PodMonitorKind is a kind of the Prometheus operator.
func PodMonitorKind() schema.GroupVersionKind { return monitoringKind("PodMonitor") }

// PrometheusRuleKind is a kind of the Prometheus operator.
func PrometheusRuleKind() schema.GroupVersionKind { return monitoringKind("PrometheusRule") }

func monitoringKind(kind string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "monitoring.coreos.com", Version: "v1", Kind: kind}
}

// PodMonitor makes Prometheus read the metrics of the chat servers. It is nil when
// none is asked for.
func PodMonitor(c Cluster) *unstructured.Unstructured {
	if !c.Monitoring.PodMonitor.Enabled {
		return nil
	}
	return monitoringObject(c, PodMonitorKind(), c.Monitoring.PodMonitor.Labels, map[string]any{
		"selector": map[string]any{"matchLabels": toAny(SelectorLabels(c.Name, ComponentChat))},
		"podMetricsEndpoints": []any{map[string]any{
			"port":     opsPort,
			"interval": c.Monitoring.PodMonitor.Interval,
			"relabelings": []any{map[string]any{
				"action":       "replace",
				"sourceLabels": []any{"__meta_kubernetes_pod_label_app_kubernetes_io_instance"},
				"targetLabel":  labelCluster,
			}},
		}},
	})
}

// PrometheusRule holds the alerts on a cluster. It is nil when none are asked for.
func PrometheusRule(c Cluster) *unstructured.Unstructured {
	if !c.Monitoring.PrometheusRule.Enabled {
		return nil
	}
	return monitoringObject(c, PrometheusRuleKind(), c.Monitoring.PrometheusRule.Labels, map[string]any{
		"groups": []any{map[string]any{"name": "uim-" + c.Namespace + "-" + c.Name, "rules": alertRules(c)}},
	})
}

// monitoringObject is an object of the Prometheus operator. Its Go types would bring
// in that whole project for a few fields.
func monitoringObject(c Cluster, kind schema.GroupVersionKind, more map[string]string, spec map[string]any) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	object.SetGroupVersionKind(kind)
	object.SetNamespace(c.Namespace)
	object.SetName(ChatName(c))
	all := labels(c, ComponentMonitor)
	maps.Copy(all, more)
	object.SetLabels(all)
	yes := true
	object.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion: v1alpha1.GroupVersion().String(), Kind: v1alpha1.Kind, Name: c.Name, UID: c.UID,
		Controller: &yes, BlockOwnerDeletion: &yes,
	}})
	object.SetAnnotations(map[string]string{AnnotationApplied: hashOf(object)})
	return object
}

// hashOf is short, and the same for the same content.
func hashOf(object *unstructured.Unstructured) string {
	text, err := json.Marshal(object.Object)
	if err != nil {
		panic(err) // It is made of maps, slices and strings.
	}
	return shortHash(string(text))
}

func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

func toAny(in map[string]string) map[string]any {
	out := map[string]any{}
	for key, value := range in {
		out[key] = value
	}
	return out
}

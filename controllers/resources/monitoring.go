package resources

import (
	"maps"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

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

// monitoringObject is an object of the Prometheus operator, with labels of the user's
// beside the operator's.
func monitoringObject(c Cluster, kind schema.GroupVersionKind, more map[string]string, spec map[string]any) *unstructured.Unstructured {
	object := optionalObject(c, kind, ChatName(c), ComponentMonitor, spec)
	all := maps.Clone(more)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, object.GetLabels())
	object.SetLabels(all)
	return object
}

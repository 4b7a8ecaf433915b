package resources

import (
	"encoding/json"
	"maps"
	"strings"

	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

// LabelDashboard marks ConfigMaps that Grafana's sidecar loads.
const LabelDashboard = "grafana_dashboard"

// Dashboard is a ConfigMap with the dashboard of a cluster. It is nil when none is
// asked for.
func Dashboard(c Cluster) *corev1ac.ConfigMapApplyConfiguration {
	if !c.Monitoring.Dashboard.Enabled {
		return nil
	}
	text, err := json.MarshalIndent(dashboard(c), "", "  ")
	if err != nil {
		panic(err) // It is made of maps, slices and strings.
	}
	all := labels(c, ComponentMonitor)
	all[LabelDashboard] = "1"
	maps.Copy(all, c.Monitoring.Dashboard.Labels)
	return corev1ac.ConfigMap(DashboardName(c), c.Namespace).
		WithLabels(all).
		WithOwnerReferences(owner(c)).
		WithData(map[string]string{"uim-" + c.Namespace + "-" + c.Name + ".json": string(text) + "\n"})
}

// dashboard is in the model of Grafana 9 and later.
func dashboard(c Cluster) map[string]any {
	return map[string]any{
		// Grafana knows a dashboard by its uid, of 40 characters at most.
		"uid":           "uim-" + sha256Hex([]byte(c.Namespace + "/" + c.Name))[:16],
		"title":         "UIM " + c.Namespace + "/" + c.Name,
		"tags":          []string{"uim"},
		"schemaVersion": 39,
		"editable":      true,
		"refresh":       "30s",
		"time":          map[string]any{"from": "now-3h", "to": "now"},
		"templating": map[string]any{"list": []any{
			map[string]any{"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"},
			constant("namespace", c.Namespace),
			constant("cluster", c.Name),
		}},
		"panels": panels(),
	}
}

func constant(name, value string) map[string]any {
	return map[string]any{
		"name": name, "type": "constant", "hide": 2, "query": value,
		"current": map[string]any{"text": value, "value": value},
	}
}

// panels lays the sections out: three panels a row of 24 columns.
func panels() []any {
	const width, height, columns = 8, 8, 3
	var all []any
	y := 0
	for _, section := range dashboardSections() {
		all = append(all, map[string]any{
			"id": len(all) + 1, "type": "row", "title": section.title, "collapsed": false, "panels": []any{},
			"gridPos": map[string]any{"x": 0, "y": y, "w": width * columns, "h": 1},
		})
		y++
		for i, p := range section.panels {
			all = append(all, panelModel(p, len(all)+1, map[string]any{
				"x": i % columns * width, "y": y + i/columns*height, "w": width, "h": height,
			}))
		}
		y += (len(section.panels) + columns - 1) / columns * height
	}
	return all
}

func panelModel(p panel, id int, at map[string]any) map[string]any {
	source := map[string]any{"type": "prometheus", "uid": "${datasource}"}
	var targets []any
	for i, q := range p.queries {
		targets = append(targets, map[string]any{
			"refId": string(rune('A' + i)), "datasource": source, "legendFormat": q.legend,
			"expr": strings.ReplaceAll(q.expr, "CLUSTER", `namespace="$namespace",`+labelCluster+`="$cluster"`),
		})
	}
	return map[string]any{
		"id": id, "type": "timeseries", "title": p.title, "description": p.description, "gridPos": at,
		"datasource": source, "targets": targets,
		"fieldConfig": map[string]any{
			"defaults":  map[string]any{"unit": p.unit, "min": 0, "custom": map[string]any{"fillOpacity": 10, "showPoints": "never"}},
			"overrides": []any{},
		},
		"options": map[string]any{
			"legend":  map[string]any{"displayMode": "list", "placement": "bottom", "showLegend": true},
			"tooltip": map[string]any{"mode": "multi", "sort": "desc"},
		},
	}
}

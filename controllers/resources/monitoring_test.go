package resources_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"uim.dev/uim/controllers/resources"
)

func TestPodMonitor(t *testing.T) {
	monitor := resources.PodMonitor(given(t, fullSpec))
	selector, _, _ := unstructured.NestedStringMap(monitor.Object, "spec", "selector", "matchLabels")
	if monitor.GetName() != "acme-chat" || monitor.GetLabels()["release"] != "prometheus" ||
		!maps.Equal(selector, resources.SelectorLabels("acme", resources.ComponentChat)) {
		t.Errorf("it is %v", monitor.Object)
	}
	endpoints, _, _ := unstructured.NestedSlice(monitor.Object, "spec", "podMetricsEndpoints")
	endpoint, _ := endpoints[0].(map[string]any)
	if endpoint["port"] != "ops" || endpoint["interval"] != "15s" {
		t.Errorf("it reads %v", endpoint)
	}
}

// Alerts can be routed by how bad they are and by the cluster they are about.
func TestPrometheusRule(t *testing.T) {
	rule := resources.PrometheusRule(given(t, fullSpec))
	if rule.GetName() != "acme-chat" || rule.GetNamespace() != "chat" || rule.GetLabels()["release"] != "prometheus" {
		t.Errorf("it is %s/%s with the labels %v", rule.GetNamespace(), rule.GetName(), rule.GetLabels())
	}
	for _, alert := range rulesOf(t, rule) {
		labels, _, _ := unstructured.NestedStringMap(alert, "labels")
		if !slices.Contains([]string{"critical", "warning", "info"}, labels["severity"]) || labels["uim_namespace"] != "chat" || labels["uim_cluster"] != "acme" {
			t.Errorf("%s has the labels %v", alert["alert"], labels)
		}
		for _, text := range []string{"summary", "description"} {
			if words, _, _ := unstructured.NestedString(alert, "annotations", text); words == "" {
				t.Errorf("%s has no %s", alert["alert"], text)
			}
		}
		if expression, _ := alert["expr"].(string); strings.Contains(expression, "CLUSTER") || !strings.Contains(expression, `namespace="chat"`) {
			t.Errorf("%s is not about this cluster: %s", alert["alert"], expression)
		}
	}
}

func TestDashboard(t *testing.T) {
	dashboard := resources.Dashboard(given(t, fullSpec))
	if dashboard.Labels["grafana_dashboard"] != "1" || dashboard.Labels["grafana_folder"] != "chat" {
		t.Errorf("it has the labels %v", dashboard.Labels)
	}
	var model struct {
		UID    string
		Panels []struct {
			Title, Type string
			GridPos     struct{ X, Y, W, H int }
		}
		Templating struct {
			List []struct{ Name, Query string }
		}
	}
	if err := json.Unmarshal([]byte(dashboard.Data["uim-chat-acme.json"]), &model); err != nil {
		t.Fatal(err)
	}
	if len(model.UID) > 40 || model.Templating.List[1].Query != "chat" || model.Templating.List[2].Query != "acme" {
		t.Errorf("it is of %+v, with the uid %s", model.Templating, model.UID)
	}
	// No two panels lie on one another, and none reaches beyond Grafana's 24 columns.
	type cell struct{ x, y int }
	taken := map[cell]string{}
	for _, panel := range model.Panels {
		for x := range panel.GridPos.W {
			for y := range panel.GridPos.H {
				at := cell{panel.GridPos.X + x, panel.GridPos.Y + y}
				if other, ok := taken[at]; ok || at.x >= 24 {
					t.Fatalf("%q and %q are both at %v", panel.Title, other, at)
				}
				taken[at] = panel.Title
			}
		}
	}
}

func TestNothingIsMonitoredUnasked(t *testing.T) {
	c := given(t, `{}`)
	if resources.PodMonitor(c) != nil || resources.PrometheusRule(c) != nil || resources.Dashboard(c) != nil {
		t.Error("there is an object that nobody asked for")
	}
}

func TestAlertsFitTheCluster(t *testing.T) {
	for name, test := range map[string]struct {
		spec    string
		missing []string
	}{
		"hibernated": {`{chat: {replicas: 0}, monitoring: {prometheusRule: {enabled: true}}}`, []string{"UIMNoChatServer"}},
		"external": {
			`{postgres: {external: {secretName: a}}, redis: {external: {secretName: b}}, monitoring: {prometheusRule: {enabled: true}}}`,
			[]string{"UIMVolumeFilling", "UIMVolumeFull"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			names := alertNames(t, resources.PrometheusRule(given(t, test.spec)))
			for _, alert := range test.missing {
				if slices.Contains(names, alert) {
					t.Errorf("%s can never be well", alert)
				}
			}
		})
	}
}

// Each alert leads to a section of the runbook.
func TestEveryAlertIsInTheRunbook(t *testing.T) {
	text := readFile(t, "../../docs/runbook.md")
	for _, rule := range allRules(t) {
		url, _, _ := unstructured.NestedString(rule, "annotations", "runbook_url")
		name, _ := rule["alert"].(string)
		page, anchor, _ := strings.Cut(url, "#")
		if page != resources.RunbookURL || anchor != strings.ToLower(name) {
			t.Errorf("%s leads to %s", name, url)
		}
		if !strings.Contains(text, "\n## "+name+"\n") {
			t.Errorf("docs/runbook.md has no section %s", name)
		}
	}
	for _, match := range regexp.MustCompile(`(?m)^## (UIM\w+)$`).FindAllStringSubmatch(text, -1) {
		if !slices.ContainsFunc(allRules(t), func(rule map[string]any) bool { return rule["alert"] == match[1] }) {
			t.Errorf("docs/runbook.md explains %s, which is no alert", match[1])
		}
	}
}

// What alerts and dashboard speak of is what servers and operator serve: the tables
// of the two pages are held against their /metrics by tests there.
func TestMonitoringSpeaksOfFiguresThatExist(t *testing.T) {
	known := map[string][]string{}
	maps.Copy(known, documentedFigures(t, "../../docs/metrics.md"))
	maps.Copy(known, documentedFigures(t, "../../docs/operator-metrics.md"))
	used := map[string]bool{}
	for _, expression := range append(ruleExpressions(t), dashboardExpressions(t)...) {
		for _, figure := range regexp.MustCompile(`\b(uim_[a-z_]+)\{?`).FindAllStringSubmatch(expression, -1) {
			name := figure[1]
			if name == "uim_cluster" || name == "uim_namespace" {
				continue
			}
			if _, ok := known[name]; !ok {
				name = regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "")
			}
			if _, ok := known[name]; !ok {
				t.Errorf("there is no figure %s, in %s", figure[1], expression)
			}
			used[name] = true
		}
		checkLabels(t, known, expression)
	}
	for name := range known {
		if !used[name] {
			t.Errorf("neither an alert nor the dashboard shows %s", name)
		}
	}
}

// checkLabels holds the labels that an expression picks or groups by against those
// that its figures have, and those that Prometheus gives.
func checkLabels(t *testing.T, known map[string][]string, expression string) {
	t.Helper()
	have := []string{"namespace", "pod", "uim_cluster", "uim_namespace", "le", "controller", "persistentvolumeclaim"}
	for name, labels := range known {
		if strings.Contains(expression, name) {
			have = append(have, labels...)
		}
	}
	var asked []string
	for _, match := range regexp.MustCompile(`([a-z_]+)(?:=~|!=|!~|=)"`).FindAllStringSubmatch(expression, -1) {
		asked = append(asked, match[1])
	}
	for _, match := range regexp.MustCompile(`\b(?:by|ignoring|on) \(([a-z_, ]*)\)`).FindAllStringSubmatch(expression, -1) {
		asked = append(asked, strings.FieldsFunc(match[1], func(r rune) bool { return r == ',' || r == ' ' })...)
	}
	for _, label := range asked {
		if !slices.Contains(have, label) {
			t.Errorf("no figure of it has the label %s: %s", label, expression)
		}
	}
}

// documentedFigures reads the names and labels in the tables of a page.
func documentedFigures(t *testing.T, file string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(uim_[a-z_]+)` \\| ([^|]*) \\|").FindAllStringSubmatch(readFile(t, file), -1) {
		found[row[1]] = nil
		for _, label := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(row[2], -1) {
			found[row[1]] = append(found[row[1]], label[1])
		}
	}
	if len(found) == 0 {
		t.Fatalf("%s has no table of figures", file)
	}
	return found
}

func dashboardExpressions(t *testing.T) []string {
	t.Helper()
	var model struct {
		Panels []struct {
			Targets []struct{ Expr string }
		}
	}
	for _, text := range resources.Dashboard(given(t, fullSpec)).Data {
		if err := json.Unmarshal([]byte(text), &model); err != nil {
			t.Fatal(err)
		}
	}
	var all []string
	for _, panel := range model.Panels {
		for _, target := range panel.Targets {
			all = append(all, target.Expr)
		}
	}
	if len(all) < 20 {
		t.Fatalf("the dashboard has %d expressions", len(all))
	}
	return all
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

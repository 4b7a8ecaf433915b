package resources_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/testenv"
)

// alertCase is what raises an alert, and what, else being equal, does not. A series is
// its name, its labels but for those of the cluster, and its values, one a minute.
type alertCase struct {
	alert string
	at    string
	ill   []string
	well  []string
}

func alertCases() []alertCase {
	slow := func(histogram string, fastBucket, slowBucket string) (ill, well []string) {
		bucket := func(le, values string) string { return fmt.Sprintf(`%s_bucket{le="%s"} %s`, histogram, le, values) }
		return []string{bucket(fastBucket, "0+0x30"), bucket(slowBucket, "0+60x30"), bucket("+Inf", "0+60x30")},
			[]string{bucket(fastBucket, "0+60x30"), bucket(slowBucket, "0+60x30"), bucket("+Inf", "0+60x30")}
	}
	sendsIll, sendsWell := slow("uim_message_commit_seconds", "0.5", "1")
	deliveryIll, deliveryWell := slow("uim_message_delivery_seconds", "1", "2.5")
	operator := func(rest string) string {
		return strings.ReplaceAll(rest, "OF", `uim_namespace="chat",uim_cluster="acme"`)
	}
	return []alertCase{
		{"UIMNoChatServer", "10m", []string{`up{} 0x30`}, []string{`up{pod="a"} 0x30`, `up{pod="b"} 1x30`}},
		{"UIMPostgresAway", "10m", []string{`uim_breaker_state{pod="a",dependency="postgres"} 2x30`, `uim_breaker_state{pod="b",dependency="postgres"} 0x30`},
			[]string{`uim_breaker_state{dependency="postgres"} 0x30`, `uim_breaker_state{dependency="redis"} 2x30`}},
		{"UIMRedisAway", "10m", []string{`uim_breaker_state{dependency="redis"} 1 2x30`}, []string{`uim_breaker_state{dependency="redis"} 0x30`}},
		{"UIMBusDown", "10m", []string{`uim_bus_up{} 0x30`, `uim_breaker_state{dependency="redis"} 0x30`},
			[]string{`uim_bus_up{} 0x30`, `uim_breaker_state{dependency="redis"} 2x30`}},
		{"UIMRedisPoolExhausted", "15m", []string{`uim_redis_pool_timeouts_total{} 0+1x30`}, []string{`uim_redis_pool_timeouts_total{} 7x30`}},
		{"UIMPostgresPoolExhausted", "15m",
			[]string{`uim_postgres_connections{state="in_use"} 16x30`, `uim_postgres_connections_limit{} 16x30`, `uim_postgres_acquire_waits_total{} 0+600x30`},
			[]string{`uim_postgres_connections{state="in_use"} 16x30`, `uim_postgres_connections_limit{} 16x30`, `uim_postgres_acquire_waits_total{} 5x30`}},
		{"UIMSendsFail", "15m", []string{`uim_messages_sent_total{result="failed"} 0+1x30`}, []string{`uim_messages_sent_total{result="refused"} 0+9x30`}},
		{"UIMSendsSlow", "20m", sendsIll, sendsWell},
		{"UIMDeliverySlow", "20m", deliveryIll, deliveryWell},
		{"UIMSendQueueFull", "10m", []string{`uim_sender_queue_length{} 4000x30`}, []string{`uim_sender_queue_length{} 100x30`}},
		{"UIMMessagesReconciled", "20m", []string{`uim_reconciled_messages_total{} 0+1x30`, `uim_bus_up{} 1x30`},
			[]string{`uim_reconciled_messages_total{} 0+1x30`, `uim_bus_up{} 0x30`}},
		{"UIMOfflineQueueGrows", "3h", []string{`uim_offline_queue_messages{} 20000+10x200`}, []string{`uim_offline_queue_messages{} 90000-10x200`}},
		{"UIMServerErrors", "20m", []string{`uim_http_request_duration_seconds_count{status="500"} 0+6x30`, `uim_http_request_duration_seconds_count{status="200"} 0+60x30`},
			[]string{`uim_http_request_duration_seconds_count{status="404"} 0+6x30`, `uim_http_request_duration_seconds_count{status="200"} 0+60x30`}},
		{"UIMClientsTooSlow", "40m", []string{`uim_websocket_closed_total{code="4008"} 0+60x60`}, []string{`uim_websocket_closed_total{code="4000"} 0+60x60`}},
		{"UIMVolumeFilling", "30m", volume("acme-redis", 15), volume("acme-redis", 25)},
		{"UIMVolumeFull", "30m", volume("acme-postgres", 4), volume("acme-postgres", 6)},

		{"UIMOperatorDown", "20m", []string{`up{} 1x30`}, []string{`uim_operator_build_info{version="1"} 1x30`}},
		{"UIMOperatorErrors", "30m", []string{`controller_runtime_reconcile_errors_total{controller="uimcluster"} 0+1x60`},
			[]string{`controller_runtime_reconcile_errors_total{controller="other"} 0+1x60`}},
		{"UIMOperatorStuck", "20m", []string{`workqueue_longest_running_processor_seconds{controller="uimcluster"} 0+60x30`},
			[]string{`workqueue_longest_running_processor_seconds{controller="uimcluster"} 2x30`}},
		{"UIMClusterNotReady", "30m", []string{operator(`uim_operator_cluster_condition{OF,condition="Ready"} 0x60`)},
			[]string{operator(`uim_operator_cluster_condition{OF,condition="Ready"} 1x60`), operator(`uim_operator_cluster_condition{OF,condition="Paused"} 0x60`)}},
		{"UIMClusterBlocked", "20m", []string{operator(`uim_operator_cluster_phase{OF,phase="Blocked"} 1x30`)},
			[]string{operator(`uim_operator_cluster_phase{OF,phase="Blocked"} 0x30`)}},
		{"UIMClusterPaused", "25h", []string{operator(`uim_operator_cluster_condition{OF,condition="Paused"} 1x1600`)},
			[]string{operator(`uim_operator_cluster_condition{OF,condition="Paused"} 0x1600`)}},
		{"UIMCertificateExpires", "3h", endsAt(864000, 0), endsAt(864000, 800000)},
	}
}

// endsAt is a certificate that ends at a second, and is late from another on.
func endsAt(end, late int) []string {
	const of = `uim_namespace="chat",uim_cluster="acme",secret="a"`
	return []string{
		fmt.Sprintf(`uim_operator_certificate_expiry_timestamp_seconds{%s} %dx200`, of, end),
		fmt.Sprintf(`uim_operator_certificate_late_timestamp_seconds{%s} %dx200`, of, late),
	}
}

// volume is a volume of which so many percent are left.
func volume(name string, left int) []string {
	return []string{
		fmt.Sprintf(`kubelet_volume_stats_available_bytes{persistentvolumeclaim="%s"} %dx60`, name, left),
		fmt.Sprintf(`kubelet_volume_stats_capacity_bytes{persistentvolumeclaim="%s"} 100x60`, name),
	}
}

// Prometheus' own tool takes the rules and the expressions of the dashboard, and raises
// each alert when it should and not otherwise.
func TestAlerts(t *testing.T) {
	promtool := testenv.Tool(t, "promtool")
	folder := t.TempDir()
	writeYAML(t, folder, "rules.yaml", map[string]any{"groups": []any{
		map[string]any{"name": "all", "interval": "1m", "rules": toAny(allRules(t))},
	}})
	var panels []any
	for i, expression := range dashboardExpressions(t) {
		plain := strings.NewReplacer("$__rate_interval", "5m").Replace(expression)
		panels = append(panels, map[string]any{"record": fmt.Sprintf("panel:%d", i), "expr": plain})
	}
	writeYAML(t, folder, "dashboard.yaml", map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": panels}}})

	var tests []any
	covered := map[string]bool{}
	for _, c := range alertCases() {
		covered[c.alert] = true
		tests = append(tests, ruleTest(c, "is raised", c.ill, 1), ruleTest(c, "is not raised", c.well, 0))
	}
	writeYAML(t, folder, "test.yaml", map[string]any{
		"rule_files": []any{"rules.yaml"}, "evaluation_interval": "1m", "tests": tests,
	})
	for _, rule := range allRules(t) {
		if name, _ := rule["alert"].(string); !covered[name] {
			t.Errorf("there is no case for %s", name)
		}
	}
	for _, arguments := range [][]string{{"check", "rules", "rules.yaml", "dashboard.yaml"}, {"test", "rules", "test.yaml"}} {
		command := exec.CommandContext(t.Context(), promtool, arguments...)
		command.Dir = folder
		if output, err := command.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(arguments, " "), err, output)
		}
	}
}

// ruleTest counts the alerts of a name that are raised.
func ruleTest(c alertCase, title string, series []string, want int) map[string]any {
	var input []any
	for _, s := range series {
		name, values, _ := strings.Cut(s, "} ")
		name = strings.Replace(name, "{", `{namespace="chat",uim_cluster="acme",`, 1) + "}"
		if strings.Contains(s, "uim_namespace=") {
			name, _, _ = strings.Cut(s, "} ")
			name += "}"
		}
		input = append(input, map[string]any{"series": strings.ReplaceAll(name, ",}", "}"), "values": values})
	}
	return map[string]any{
		"name": c.alert + " " + title, "interval": "1m", "input_series": input,
		"promql_expr_test": []any{map[string]any{
			"expr":        fmt.Sprintf(`count(ALERTS{alertname=%q,alertstate="firing"}) or vector(0)`, c.alert),
			"eval_time":   c.at,
			"exp_samples": []any{map[string]any{"labels": "{}", "value": want}},
		}},
	}
}

// allRules are those of a cluster and those of the operator.
func allRules(t *testing.T) []map[string]any {
	t.Helper()
	operator := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(readFile(t, "../../config/prometheus/rule.yaml")), &operator.Object); err != nil {
		t.Fatal(err)
	}
	return slices.Concat(rulesOf(t, resources.PrometheusRule(given(t, fullSpec))), rulesOf(t, operator))
}

func rulesOf(t *testing.T, object *unstructured.Unstructured) []map[string]any {
	t.Helper()
	groups, _, err := unstructured.NestedSlice(object.DeepCopy().Object, "spec", "groups")
	if err != nil || len(groups) != 1 {
		t.Fatalf("there are %d groups (%v)", len(groups), err)
	}
	group, _ := groups[0].(map[string]any)
	list, _ := group["rules"].([]any)
	var all []map[string]any
	for _, rule := range list {
		if r, ok := rule.(map[string]any); ok {
			all = append(all, r)
		}
	}
	return all
}

func alertNames(t *testing.T, object *unstructured.Unstructured) []string {
	t.Helper()
	var names []string
	for _, rule := range rulesOf(t, object) {
		name, _ := rule["alert"].(string)
		names = append(names, name)
	}
	return names
}

func ruleExpressions(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, rule := range allRules(t) {
		expression, _ := rule["expr"].(string)
		all = append(all, expression)
	}
	return all
}

func toAny(rules []map[string]any) []any {
	all := make([]any, len(rules))
	for i, rule := range rules {
		all[i] = rule
	}
	return all
}

func writeYAML(t *testing.T, folder, name string, content any) {
	t.Helper()
	text, err := yaml.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

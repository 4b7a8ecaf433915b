package charts_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"uim.dev/uim/controllers/testenv"
)

// Rights, definitions and the operator's pod are those of config/.
func TestChartIsMadeFromConfig(t *testing.T) {
	rendered := newHelm(t, "helm4").render("uim-operator", "metrics: {prometheusRule: {enabled: true}}")
	source := parse(t, mustKubectl(t, "kustomize", "../config/default"))
	same := func(what string, got, want any) {
		t.Helper()
		if difference := cmp.Diff(want, got); difference != "" {
			t.Errorf("%s is not as in config/ (make generate). Difference (- config, + chart):\n%s", what, difference)
		}
	}
	for chart, config := range map[string]string{
		"uim-operator":                "uim-operator",
		"uim-operator-metrics-auth":   "uim-operator-metrics-auth",
		"uim-operator-metrics-reader": "uim-operator-metrics-reader",
		"uim-edit":                    "uim-edit",
		"uim-view":                    "uim-view",
	} {
		same("ClusterRole "+chart, find(t, rendered, "ClusterRole", chart).Object["rules"], find(t, source, "ClusterRole", config).Object["rules"])
	}
	same("the Role", find(t, rendered, "Role", "uim-operator-leader").Object["rules"], find(t, source, "Role", "uim-operator").Object["rules"])
	for _, object := range source {
		if object.GetKind() == "CustomResourceDefinition" {
			same(object.GetName(), find(t, rendered, object.GetKind(), object.GetName()).Object["spec"], object.Object["spec"])
		}
	}
	pod := func(objects []*unstructured.Unstructured) any {
		spec, _, err := unstructured.NestedMap(find(t, objects, "Deployment", "uim-operator").Object, "spec", "template", "spec")
		if err != nil {
			t.Fatal(err)
		}
		return spec
	}
	same("the operator's pod", pod(rendered), pod(source))
	rule, err := os.ReadFile("../config/prometheus/rule.yaml")
	if err != nil {
		t.Fatal(err)
	}
	same("the alerts", find(t, rendered, "PrometheusRule", "uim-operator").Object["spec"], parse(t, string(rule))[0].Object["spec"])
}

// Every image can be chosen, and none is named but by values.
func TestImagesCanBeChosen(t *testing.T) {
	values := `{image: {repository: registry.example/uim, tag: v9}, postgresImage: registry.example/pg:9, redisImage: registry.example/redis:9}`
	text := newHelm(t, "helm4").must("template", "x", "uim-operator", "--values="+newHelm(t, "helm4").values(values))
	if strings.Contains(text, "localhost/") || strings.Count(text, "registry.example/uim:v9") != 3 ||
		!strings.Contains(text, "registry.example/pg:9") || !strings.Contains(text, "registry.example/redis:9") {
		t.Error("an image is not the one of the values")
	}
}

// With names of namespaces, no right reaches further, but for finding out who reads
// the metrics.
func TestNamespacedOperatorHasNoRightsElsewhere(t *testing.T) {
	h := newHelm(t, "helm4")
	for _, object := range h.render("uim-operator", `{watchNamespaces: [chat, team], metrics: {secure: false}, rbac: {userRoles: false}}`) {
		if strings.HasPrefix(object.GetKind(), "ClusterRole") {
			t.Errorf("there is a %s %s", object.GetKind(), object.GetName())
		}
	}
	objects := h.render("uim-operator", `{watchNamespaces: [chat, team]}`)
	for _, object := range objects {
		if object.GetKind() == "ClusterRoleBinding" && object.GetName() != "uim-operator-metrics-auth" {
			t.Errorf("there is a ClusterRoleBinding %s", object.GetName())
		}
	}
	if arguments := operatorArguments(t, objects, "uim-operator"); !strings.Contains(arguments, "--namespace=chat,team") {
		t.Errorf("the arguments are %s", arguments)
	}
}

// Two releases in one namespace hold a Lease each: neither waits for the other's.
func TestReleasesHoldLeasesOfTheirOwn(t *testing.T) {
	h := newHelm(t, "helm4")
	if arguments := operatorArguments(t, h.render("uim-operator", `fullnameOverride: second`), "second"); !strings.Contains(arguments, "--name=second") {
		t.Errorf("the arguments of the second are %s", arguments)
	}
}

// operatorArguments are those of the container of an operator's Deployment.
func operatorArguments(t *testing.T, objects []*unstructured.Unstructured, name string) string {
	t.Helper()
	containers, _, _ := unstructured.NestedSlice(find(t, objects, "Deployment", name).Object, "spec", "template", "spec", "containers")
	container, _ := containers[0].(map[string]any)
	arguments, _, _ := unstructured.NestedStringSlice(container, "args")
	return strings.Join(arguments, " ")
}

// The single file is what kustomize makes, and the API server takes it as it is.
func TestInstallFile(t *testing.T) {
	file := filepath.Join("..", "config", "dist", "install.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	built := parse(t, mustKubectl(t, "kustomize", "../config/default"))
	if difference := cmp.Diff(built, parse(t, string(text))); difference != "" {
		t.Errorf("%s is old (make generate). Difference (- config, + file):\n%s", file, difference)
	}
	mustKubectl(t, "apply", "--server-side", "--force-conflicts", "-f", file)
	mustKubectl(t, "-n", "uim-system", "get", "deployment/uim-operator", "service/uim-operator-metrics", "serviceaccount/uim-operator")
	mustKubectl(t, "delete", "--wait=false", "-n", "uim-system", "deployment/uim-operator")
}

// The bundle passes the checks of the Operator Lifecycle Manager's own tool, but for
// those that came after it.
func TestBundle(t *testing.T) {
	verify := testenv.Tool(t, "operator-verify")
	out, err := commandOutput(t, verify, "manifests", "../config/olm/bundle")
	if err != nil || strings.Contains(strings.ToLower(out), "error") {
		t.Errorf("operator-verify: %v\n%s", err, out)
	}
}

func mustKubectl(t *testing.T, arguments ...string) string {
	t.Helper()
	out, err := kubernetes.Kubectl(arguments...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Package charts_test holds the Helm charts against the manifests that they are made
// from, and installs them into a real API server with both Helm 3 and Helm 4.
package charts_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"uim.dev/uim/controllers/testenv"
)

// kubernetes is the API server of this package's tests.
var kubernetes *testenv.Environment

func TestMain(m *testing.M) {
	os.Exit(testenv.Run(m, func(e *testenv.Environment) (func(), error) {
		kubernetes = e
		return func() {}, nil
	}))
}

// helm is a version of Helm with a home of its own.
type helm struct {
	*testing.T
	program string
}

// eachHelm runs a test with both versions.
func eachHelm(t *testing.T, test func(h *helm)) {
	t.Helper()
	for _, version := range []string{"helm3", "helm4"} {
		t.Run(version, func(t *testing.T) { test(newHelm(t, version)) })
	}
}

func newHelm(t *testing.T, version string) *helm {
	t.Helper()
	return &helm{t, testenv.Tool(t, version)}
}

// run answers what Helm printed.
func (h *helm) run(arguments ...string) (string, error) {
	h.Helper()
	command := exec.CommandContext(h.Context(), h.program, arguments...)
	home := h.TempDir()
	command.Env = append(os.Environ(), "HELM_CONFIG_HOME="+home, "HELM_CACHE_HOME="+home, "HELM_DATA_HOME="+home)
	var out, problems bytes.Buffer
	command.Stdout, command.Stderr = &out, &problems
	err := command.Run()
	return out.String() + problems.String(), err
}

func (h *helm) must(arguments ...string) string {
	h.Helper()
	out, err := h.run(arguments...)
	if err != nil {
		h.Fatalf("helm %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
	return out
}

// kubernetesVersion is said to Helm, since one that go build makes believes in an old
// Kubernetes when it asks none.
const kubernetesVersion = "1.37.2"

// render is what a chart makes with values in YAML, for a release named after it in
// the namespace uim-system.
func (h *helm) render(chart, values string) []*unstructured.Unstructured {
	h.Helper()
	return parse(h.T, h.must("template", chart, chart, "--namespace=uim-system", "--kube-version="+kubernetesVersion, "--values="+h.values(values)))
}

func (h *helm) values(text string) string {
	h.Helper()
	file := filepath.Join(h.TempDir(), "values.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		h.Fatal(err)
	}
	return file
}

func parse(t *testing.T, text string) []*unstructured.Unstructured {
	t.Helper()
	var all []*unstructured.Unstructured
	for part := range strings.SplitSeq("\n"+text, "\n---\n") {
		object := &unstructured.Unstructured{}
		if err := yaml.UnmarshalStrict([]byte(part), &object.Object); err != nil {
			t.Fatalf("%v in\n%s", err, part)
		}
		if len(object.Object) > 0 {
			all = append(all, object)
		}
	}
	return all
}

// find is the object of a kind whose name ends so.
func find(t *testing.T, objects []*unstructured.Unstructured, kind, name string) *unstructured.Unstructured {
	t.Helper()
	i := slices.IndexFunc(objects, func(o *unstructured.Unstructured) bool {
		return o.GetKind() == kind && o.GetName() == name
	})
	if i < 0 {
		t.Fatalf("there is no %s %s", kind, name)
	}
	return objects[i]
}

// allOperatorValues set everything that the operator's chart takes.
const allOperatorValues = `
image: {repository: registry.example/uim, digest: "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", pullPolicy: Always}
postgresImage: registry.example/postgres:16
redisImage: registry.example/valkey:8
imagePullSecrets: [{name: registry}]
watchNamespaces: [chat, uim-system]
serviceAccount: {name: operator, annotations: {a: b}}
replicas: 2
nodeSelector: {disk: ssd}
tolerations: [{operator: Exists}]
affinity: {nodeAffinity: {}}
priorityClassName: system-cluster-critical
podAnnotations: {c: d}
podLabels: {e: f}
extraArgs: [--leader-election-namespace=uim-system]
metrics:
  certificateSecret: metrics-tls
  serviceMonitor: {enabled: true, labels: {release: prometheus}}
  prometheusRule: {enabled: true, labels: {release: prometheus}}
`

// allClusterValues set much of what a UIMCluster takes.
const allClusterValues = `
name: acme
labels: {team: chat}
annotations: {owner: somebody}
image: registry.example/uim:1.4.0
chat: {replicas: 3, resources: {requests: {cpu: 1, memory: 1Gi}}, extraEnv: [{name: UIM_LOG_LEVEL, value: debug}]}
postgres: {managed: {storage: {size: 50Gi}, parameters: {work_mem: 16MB}}}
redis: {external: {secretName: cache}}
ingress: {host: chat.example.com, annotations: {a.example/b: c}}
tls: {secretName: chat-tls}
monitoring: {podMonitor: {enabled: true}}
deletionPolicy: Delete
paused: false
`

func TestLint(t *testing.T) {
	eachHelm(t, func(h *helm) {
		h.must("lint", "--strict", "uim-operator")
		h.must("lint", "--strict", "uim-operator", "--values="+h.values(allOperatorValues))
		h.must("lint", "--strict", "uim-cluster")
		h.must("lint", "--strict", "uim-cluster", "--values="+h.values(allClusterValues))
	})
}

// Both versions of Helm make the same of the same values.
func TestRendering(t *testing.T) {
	for name, chart := range map[string][2]string{
		"operator-default": {"uim-operator", ""},
		"operator-all":     {"uim-operator", allOperatorValues},
		"cluster-default":  {"uim-cluster", ""},
		"cluster-all":      {"uim-cluster", allClusterValues},
	} {
		t.Run(name, func(t *testing.T) {
			three, four := newHelm(t, "helm3").render(chart[0], chart[1]), newHelm(t, "helm4").render(chart[0], chart[1])
			if difference := cmp.Diff(three, four); difference != "" {
				t.Errorf("Helm 3 and 4 differ (- 3, + 4):\n%s", difference)
			}
			if len(four) < 5 && chart[0] == "uim-operator" || len(four) < 2 {
				t.Errorf("there are only %d objects", len(four))
			}
		})
	}
}

func TestBadValuesAreRefused(t *testing.T) {
	for _, c := range []struct{ chart, values, says string }{
		{"uim-operator", `image: {repository: ""}`, "repository"},
		{"uim-operator", `imag: {}`, "imag"},
		{"uim-operator", `replicas: many`, "replicas"},
		{"uim-operator", `watchNamespaces: [Chat]`, "watchNamespaces"},
		{"uim-operator", `metrics: {serviceMonitor: {interval: often}}`, "interval"},
		{"uim-cluster", `name: ACME`, "name"},
		{"uim-cluster", `chat: {replicas: -1}`, "replicas"},
		{"uim-cluster", `chat: {replica: 1}`, "replica"},
		{"uim-cluster", `ingress: {}`, "host"},
		{"uim-cluster", `deletionPolicy: Maybe`, "deletionPolicy"},
		{"uim-cluster", `postgres: {managed: {storage: {size: [1]}}}`, "size"},
	} {
		t.Run(c.values, func(t *testing.T) {
			eachHelm(t, func(h *helm) {
				out, err := h.run("template", "x", c.chart, "--values="+h.values(c.values))
				if err == nil || !strings.Contains(out, c.says) || !strings.Contains(out, "schema") {
					h.Errorf("Helm says %v\n%s", err, out)
				}
			})
		})
	}
}

// Package config_test applies the manifests as users do, to a real API server.
package config_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"uim.dev/uim/api/v1alpha1"
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

// kubectl runs kubectl and fails the test if it fails.
func kubectl(t *testing.T, arguments ...string) string {
	t.Helper()
	output, err := kubernetes.Kubectl(arguments...)
	if err != nil {
		t.Fatal(err)
	}
	return output
}

func TestInstall(t *testing.T) {
	// Twice: the second time is an upgrade.
	for range 2 {
		kubectl(t, "apply", "-k", "default")
	}
	operator := &appsv1.Deployment{}
	if err := kubernetes.Client.Get(t.Context(), client.ObjectKey{Namespace: "uim-system", Name: "uim-operator"}, operator); err != nil {
		t.Fatal(err)
	}
	// The namespace admits restricted pods only.
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "uim-system", Name: "operator"}, Spec: operator.Spec.Template.Spec}
	if err := kubernetes.Client.Create(t.Context(), pod, client.DryRunAll); err != nil {
		t.Errorf("the operator's pod: %v", err)
	}
	k := pod.Spec.Containers[0]
	if k.Resources.Requests.Memory().IsZero() || k.Resources.Limits.Memory().IsZero() || k.StartupProbe == nil || k.ReadinessProbe == nil ||
		k.LivenessProbe == nil || !*k.SecurityContext.ReadOnlyRootFilesystem {
		t.Error("the operator's container lacks resources, a probe or a read-only root")
	}
}

// Images are changed in one place, for the operator and for what it starts.
func TestImagesCanBeChanged(t *testing.T) {
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("manager")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "kustomization.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.NewReplacer("newTag: dev", "newName: registry.example/uim\n  newTag: '1'", `newTag: "15"`, "newTag: '16'", `newTag: "7"`, "newTag: '8'")
	if err := os.WriteFile(file, []byte(other.Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	rendered := kubectl(t, "kustomize", folder)
	for _, want := range []string{"image: registry.example/uim:1", "value: registry.example/uim:1", "value: localhost/uim-postgres:16", "value: localhost/uim-redis:8"} {
		if !strings.Contains(rendered, want) {
			t.Errorf("there is no %q in\n%s", want, rendered)
		}
	}
}

func TestSamples(t *testing.T) {
	samples, err := filepath.Glob("samples/*.yaml")
	if err != nil || len(samples) < 9 {
		t.Fatalf("there are %d samples (%v)", len(samples), err)
	}
	for _, sample := range samples {
		t.Run(filepath.Base(sample), func(t *testing.T) {
			kubectl(t, "apply", "--validate=strict", "-n", kubernetes.Namespace(t), "-f", sample)
		})
	}
}

func crd(t *testing.T) *apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	text, err := os.ReadFile("crd/bases/uim.dev_uimclusters.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// kubectl apply keeps the whole in an annotation, which may have 256 KiB.
	const limit = 150_000
	if len(text) > limit {
		t.Errorf("the CRD has %d bytes, more than %d", len(text), limit)
	}
	t.Logf("the CRD has %d bytes", len(text))
	c := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.UnmarshalStrict(text, c); err != nil {
		t.Fatal(err)
	}
	return c
}

// kubectl explain reads like documentation: every field has a description.
func TestEveryFieldIsDocumented(t *testing.T) {
	var walk func(path string, schema apiextensionsv1.JSONSchemaProps)
	walk = func(path string, schema apiextensionsv1.JSONSchemaProps) {
		for name, field := range schema.Properties {
			at := path + "." + name
			if field.Description == "" && at != ".metadata" {
				t.Errorf("%s has no description", at)
			}
			walk(at, field)
		}
		if schema.Items != nil && schema.Items.Schema != nil {
			walk(path+"[]", *schema.Items.Schema)
		}
	}
	walk("", *crd(t).Spec.Versions[0].Schema.OpenAPIV3Schema)

	explained := kubectl(t, "explain", "uimcluster.spec.postgres.external.secretName")
	if !strings.Contains(explained, "Secret in this namespace with the keys host") {
		t.Errorf("kubectl explain says\n%s", explained)
	}
}

func TestKubectlGet(t *testing.T) {
	namespace := kubernetes.Namespace(t)
	kubectl(t, "apply", "-n", namespace, "-f", "samples/uimcluster-minimal.yaml")
	cluster := &v1alpha1.UIMCluster{}
	if err := kubernetes.Client.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: "chat"}, cluster); err != nil {
		t.Fatal(err)
	}
	cluster.Status = v1alpha1.UIMClusterStatus{
		Conditions: []metav1.Condition{{
			Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: "AllPartsReady",
			LastTransitionTime: metav1.Now(), ObservedGeneration: cluster.Generation,
		}},
		ObservedGeneration: cluster.Generation,
		Phase:              v1alpha1.PhaseRunning,
		Replicas:           "2/2",
		Version:            "1.4.0",
		URL:                "https://chat.example.com",
	}
	if err := kubernetes.Client.Status().Update(t.Context(), cluster); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(kubectl(t, "get", "uim", "-n", namespace), "\n")
	if header := strings.Fields(lines[0]); !slices.Equal(header, []string{"NAME", "READY", "REPLICAS", "VERSION", "PHASE", "URL", "AGE"}) {
		t.Errorf("the columns are %v", header)
	}
	if row := strings.Fields(lines[1]); len(row) != 7 || !slices.Equal(row[:6], []string{"chat", "True", "2/2", "1.4.0", "Running", "https://chat.example.com"}) {
		t.Errorf("the row is %v", row)
	}
	kubectl(t, "wait", "--for=condition=Ready", "uim/chat", "-n", namespace, "--timeout=10s")
}

var update = flag.Bool("update", false, "write namespaced/role.yaml anew")

// In one namespace the operator needs the same rights as in all of them, and none
// beyond it.
func TestNamespacedRightsAreTheSameRights(t *testing.T) {
	text, err := os.ReadFile("rbac/role.yaml")
	if err != nil {
		t.Fatal(err)
	}
	role := rbacv1.Role{
		TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "Role"},
		ObjectMeta: metav1.ObjectMeta{Name: "uim-operator"},
	}
	for document := range strings.SplitSeq(string(text), "\n---\n") {
		part := rbacv1.Role{}
		if err := yaml.Unmarshal([]byte(document), &part); err != nil {
			t.Fatal(err)
		}
		role.Rules = append(role.Rules, part.Rules...)
	}
	want, err := yaml.Marshal(role)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("namespaced/role.yaml", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err = os.ReadFile("namespaced/role.yaml")
	if err != nil {
		t.Fatal(err)
	}
	namespaced := rbacv1.Role{}
	if err := yaml.UnmarshalStrict(text, &namespaced); err != nil {
		t.Fatal(err)
	}
	if !equality.Semantic.DeepEqual(namespaced, role) {
		t.Error("namespaced/role.yaml is not what rbac/role.yaml says: go test ./config -update")
	}

	rendered := kubectl(t, "kustomize", "namespaced")
	for document := range strings.SplitSeq(rendered, "\n---\n") {
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &o.Object); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(o.GetKind(), "Cluster") || o.GetKind() != "Namespace" && o.GetNamespace() != "uim-system" {
			t.Errorf("%s %s is not in the namespace", o.GetKind(), o.GetName())
		}
	}
	if !strings.Contains(rendered, "--namespace=$(UIM_NAMESPACE)") {
		t.Error("the operator looks after all namespaces")
	}
}

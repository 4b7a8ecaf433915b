package charts_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/plugin"
)

func commandOutput(t *testing.T, program string, arguments ...string) (string, error) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, arguments...).CombinedOutput()
	return string(out), err
}

// release is a namespace in which an administrator uses Helm.
type release struct {
	*helm
	namespace string
}

func newRelease(h *helm) *release {
	h.Helper()
	h.Setenv("KUBECONFIG", kubernetes.Kubeconfig(h.T, "helm", "system:masters"))
	return &release{h, kubernetes.Namespace(h.T)}
}

// do runs a command of Helm in the namespace.
func (r *release) do(arguments ...string) string {
	r.Helper()
	return r.must(append(arguments, "--namespace="+r.namespace)...)
}

// The definitions that other tests of this package and the operator's manifests made
// are taken over, as docs/install.md says for who changes to Helm.
func (r *release) installOperator(chart string, more ...string) {
	r.Helper()
	r.do(append([]string{"upgrade", "--install", "--take-ownership", "uim-operator", chart}, more...)...)
}

// Install, upgrade to definitions with a new field, uninstall: clusters and their
// definitions stay through all of it.
func TestOperatorChartKeepsClusters(t *testing.T) {
	eachHelm(t, func(h *helm) {
		r := newRelease(h)
		r.installOperator("uim-operator")
		mustKubectl(t, "apply", "-n", r.namespace, "-f", "../config/samples/uimcluster-minimal.yaml")

		newer := r.chartWithNewField()
		r.installOperator(newer)
		definition := r.definition()
		spec := definition.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
		if _, ok := spec.Properties["novelty"]; !ok {
			r.Error("the upgrade did not bring the new field of the definition")
		}
		r.requireCluster()

		r.do("uninstall", "uim-operator")
		if r.definition().DeletionTimestamp != nil {
			r.Error("the definition goes with the release")
		}
		r.requireCluster()
		if err := kubernetes.Client.Get(r.Context(), client.ObjectKey{Namespace: r.namespace, Name: "uim-operator"}, deployment()); !apierrors.IsNotFound(err) {
			r.Errorf("the operator is still there (%v)", err)
		}

		// Installed anew it finds everything again.
		r.installOperator("uim-operator")
		r.requireCluster()
		r.do("uninstall", "uim-operator")
	})
}

func deployment() *unstructured.Unstructured {
	d := &unstructured.Unstructured{}
	d.SetAPIVersion("apps/v1")
	d.SetKind("Deployment")
	return d
}

// chartWithNewField is the chart of a later version, as it were.
func (r *release) chartWithNewField() string {
	r.Helper()
	folder := filepath.Join(r.TempDir(), "uim-operator")
	if err := os.CopyFS(folder, os.DirFS("uim-operator")); err != nil {
		r.Fatal(err)
	}
	file := filepath.Join(folder, "templates", "crds", "uimclusters.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		r.Fatal(err)
	}
	const at = "              paused:\n"
	newer := strings.Replace(string(text), at, "              novelty:\n                type: string\n"+at, 1)
	if newer == string(text) {
		r.Fatal("the definition has no field paused to put another before")
	}
	if err := os.WriteFile(file, []byte(newer), 0o600); err != nil {
		r.Fatal(err)
	}
	return folder
}

func (r *release) definition() *apiextensionsv1.CustomResourceDefinition {
	r.Helper()
	definition := &unstructured.Unstructured{}
	definition.SetAPIVersion("apiextensions.k8s.io/v1")
	definition.SetKind("CustomResourceDefinition")
	if err := kubernetes.Client.Get(r.Context(), client.ObjectKey{Name: "uimclusters.uim.dev"}, definition); err != nil {
		r.Fatal(err)
	}
	typed := &apiextensionsv1.CustomResourceDefinition{}
	if err := convert(definition, typed); err != nil {
		r.Fatal(err)
	}
	return typed
}

func (r *release) requireCluster() {
	r.Helper()
	if err := kubernetes.Client.Get(r.Context(), client.ObjectKey{Namespace: r.namespace, Name: "chat"}, &v1alpha1.UIMCluster{}); err != nil {
		r.Errorf("the UIMCluster: %v", err)
	}
}

// The API server takes everything that the charts make with every value set.
func TestEverythingIsTakenByTheAPIServer(t *testing.T) {
	eachHelm(t, func(h *helm) {
		r := newRelease(h)
		values := strings.ReplaceAll(allOperatorValues, "watchNamespaces: [chat, uim-system]", "watchNamespaces: ["+r.namespace+"]")
		values = strings.ReplaceAll(values, "Rule: {enabled: true", "Rule: {enabled: false")
		values = strings.ReplaceAll(values, "Monitor: {enabled: true", "Monitor: {enabled: false")
		r.installOperator("uim-operator", "--values="+r.values(values))
		r.requireRestricted("uim-operator")

		r.do("install", "acme", "uim-cluster", "--values="+r.values(allClusterValues))
		cluster := &v1alpha1.UIMCluster{}
		if err := kubernetes.Client.Get(r.Context(), client.ObjectKey{Namespace: r.namespace, Name: "acme"}, cluster); err != nil {
			r.Fatal(err)
		}
		if *cluster.Spec.Chat.Replicas != 3 || cluster.Spec.Ingress.Host != "chat.example.com" || cluster.Labels["team"] != "chat" || cluster.Spec.DeletionPolicy != v1alpha1.Delete {
			r.Errorf("the UIMCluster is %+v", cluster)
		}
		r.do("upgrade", "acme", "uim-cluster", "--reuse-values", "--set=chat.replicas=5")
		if err := kubernetes.Client.Get(r.Context(), client.ObjectKeyFromObject(cluster), cluster); err != nil || *cluster.Spec.Chat.Replicas != 5 {
			r.Errorf("after the upgrade there are %d replicas (%v)", *cluster.Spec.Chat.Replicas, err)
		}
		r.do("uninstall", "acme")
		r.do("uninstall", "uim-operator")
	})
}

// requireRestricted lets the API server judge the pods of the operator and of helm test.
func (r *release) requireRestricted(chart string) {
	r.Helper()
	for _, object := range r.render(chart, "") {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: object.GetName(), Namespace: r.namespace}}
		switch object.GetKind() {
		case "Pod":
			spec, _, _ := unstructured.NestedMap(object.Object, "spec")
			r.decode(spec, &pod.Spec)
		case "Deployment":
			spec, _, _ := unstructured.NestedMap(object.Object, "spec", "template", "spec")
			r.decode(spec, &pod.Spec)
		default:
			continue
		}
		pod.Spec.ServiceAccountName = ""
		if err := kubernetes.Client.Create(r.Context(), pod, client.DryRunAll); err != nil {
			r.Errorf("%s %s: %v", object.GetKind(), object.GetName(), err)
		}
	}
}

// What helm test runs is run here with the rights that its pod would have.
func TestHelmTestOfACluster(t *testing.T) {
	r := newRelease(newHelm(t, "helm4"))
	r.do("install", "acme", "uim-cluster", "--set=test.timeout=1ms")
	hooks := parse(t, r.do("template", "acme", "uim-cluster", "--set=test.timeout=1ms", "--show-only=templates/tests/ready.yaml"))
	for _, hook := range hooks {
		if err := kubernetes.Client.Create(t.Context(), hook); err != nil {
			t.Fatal(err)
		}
	}
	pod := &corev1.Pod{}
	spec, _, _ := unstructured.NestedMap(find(t, hooks, "Pod", "acme-test").Object, "spec")
	r.decode(spec, &pod.Spec)
	t.Setenv("KUBECONFIG", kubernetes.Kubeconfig(t, "system:serviceaccount:"+r.namespace+":acme-test", "system:serviceaccounts"))
	run := func() error {
		command := plugin.NewCommand("test")
		command.SetArgs(pod.Spec.Containers[0].Args[1:])
		return command.ExecuteContext(t.Context())
	}
	if err := run(); err == nil || !strings.Contains(err.Error(), "was not Ready within 1ms") {
		t.Errorf("before it is Ready: %v", err)
	}
	cluster := &v1alpha1.UIMCluster{}
	if err := kubernetes.Client.Get(t.Context(), client.ObjectKey{Namespace: r.namespace, Name: "acme"}, cluster); err != nil {
		t.Fatal(err)
	}
	cluster.Status.Phase = v1alpha1.PhaseRunning
	cluster.Status.Conditions = []metav1.Condition{{
		Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: "AllPartsReady", ObservedGeneration: cluster.Generation, LastTransitionTime: metav1.Now(),
	}}
	if err := kubernetes.Client.Status().Update(t.Context(), cluster); err != nil {
		t.Fatal(err)
	}
	if err := run(); err != nil {
		t.Errorf("when it is Ready: %v", err)
	}
}

package plugin_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/plugin"
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

// person runs the plugin in a namespace, with the rights of a user.
type person struct {
	*testing.T
	namespace  string
	kubeconfig string
}

func administrator(t *testing.T) *person {
	t.Helper()
	return &person{t, kubernetes.Namespace(t), kubernetes.Kubeconfig(t, "administrator", "system:masters")}
}

// run runs the plugin and answers what it printed, errors behind the rest.
func (p *person) run(arguments ...string) (string, error) {
	p.Helper()
	var out bytes.Buffer
	problems, err := p.runUntil(p.Context(), &out, arguments...)
	return out.String() + problems, err
}

// runUntil runs it until it or the context ends, and answers its complaints.
func (p *person) runUntil(ctx context.Context, out io.Writer, arguments ...string) (string, error) {
	p.Helper()
	command := plugin.NewPluginCommand("1.4.0")
	command.SetArgs(append([]string{"--kubeconfig=" + p.kubeconfig, "-n", p.namespace}, arguments...))
	var problems bytes.Buffer
	command.SetOut(out)
	command.SetErr(&problems)
	err := command.ExecuteContext(ctx)
	return problems.String(), err
}

// mustSay runs the plugin and requires each of the words in what it printed.
func (p *person) mustSay(words []string, arguments ...string) {
	p.Helper()
	said, err := p.run(arguments...)
	if err != nil {
		p.Fatalf("kubectl uim %s: %v\n%s", strings.Join(arguments, " "), err, said)
	}
	for _, word := range words {
		if !strings.Contains(said, word) {
			p.Errorf("kubectl uim %s does not say %q, but\n%s", strings.Join(arguments, " "), word, said)
		}
	}
}

// mustFail runs the plugin and requires it to fail with the words.
func (p *person) mustFail(words string, arguments ...string) {
	p.Helper()
	if said, err := p.run(arguments...); err == nil || !strings.Contains(err.Error(), words) {
		p.Errorf("kubectl uim %s fails with %v, want %q\n%s", strings.Join(arguments, " "), err, words, said)
	}
}

func (p *person) givenCluster(name, spec string) *v1alpha1.UIMCluster {
	p.Helper()
	cluster := &v1alpha1.UIMCluster{ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: name}}
	if err := yaml.UnmarshalStrict([]byte(spec), &cluster.Spec); err != nil {
		p.Fatal(err)
	}
	p.create(cluster)
	return cluster
}

// givenReady is a UIMCluster that an operator has found to be Ready or not.
func (p *person) givenReady(name string, ready metav1.ConditionStatus, reason string) *v1alpha1.UIMCluster {
	p.Helper()
	cluster := p.givenCluster(name, "{}")
	cluster.Status = v1alpha1.UIMClusterStatus{
		ObservedGeneration: cluster.Generation, Phase: v1alpha1.PhaseRunning, Replicas: "2/2", Version: "1.4.0",
		Image: "localhost/uim:1.4.0", URL: "https://chat.example.com",
		Conditions: []metav1.Condition{{
			Type: v1alpha1.ConditionReady, Status: ready, Reason: reason, Message: "This is how it is",
			ObservedGeneration: cluster.Generation, LastTransitionTime: metav1.Now(),
		}},
	}
	if err := kubernetes.Client.Status().Update(p.Context(), cluster); err != nil {
		p.Fatal(err)
	}
	return cluster
}

func (p *person) create(object client.Object) {
	p.Helper()
	if err := kubernetes.Client.Create(p.Context(), object); err != nil {
		p.Fatal(err)
	}
}

func (p *person) get(name string, object client.Object) {
	p.Helper()
	if err := kubernetes.Client.Get(p.Context(), client.ObjectKey{Namespace: p.namespace, Name: name}, object); err != nil {
		p.Fatal(err)
	}
}

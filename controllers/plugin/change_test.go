package plugin_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/api/v1alpha1"
)

func TestScale(t *testing.T) {
	p := administrator(t)
	p.givenCluster("acme", `{chat: {drainSeconds: 7}}`)
	p.mustSay([]string{"UIMCluster acme is asked for 4 chat servers"}, "scale", "--replicas=4")
	cluster := &v1alpha1.UIMCluster{}
	p.get("acme", cluster)
	if *cluster.Spec.Chat.Replicas != 4 || *cluster.Spec.Chat.DrainSeconds != 7 {
		t.Errorf("the spec is %+v", cluster.Spec.Chat)
	}
	p.mustFail("--replicas must be 0 or more", "scale", "--replicas=-1")
	p.mustFail("spec.chat.replicas", "scale", "--replicas=501")
	p.mustFail(`required flag(s) "replicas" not set`, "scale")
}

func TestScaleLeavesAutoscalingAlone(t *testing.T) {
	p := administrator(t)
	p.givenCluster("acme", `{chat: {autoscaling: {maxReplicas: 9}}}`)
	p.mustFail("change spec.chat.autoscaling instead", "scale", "--replicas=4")
}

func TestPauseAndResume(t *testing.T) {
	p := administrator(t)
	p.givenCluster("acme", "{}")
	for command, want := range map[string]bool{"pause": true, "resume": false} {
		p.mustSay([]string{"UIMCluster acme is "}, command)
		cluster := &v1alpha1.UIMCluster{}
		p.get("acme", cluster)
		if cluster.Spec.Paused != want {
			t.Errorf("after %s, paused is %v", command, cluster.Spec.Paused)
		}
	}
}

func TestRestart(t *testing.T) {
	p := administrator(t)
	cluster := p.givenCluster("acme", "{}")
	p.mustFail("acme-chat", "restart")
	p.givenDeployment(cluster)
	p.mustSay([]string{"Chat servers are being replaced", "rollout status deployment/acme-chat"}, "restart")
	deployment := &appsv1.Deployment{}
	p.get("acme-chat", deployment)
	if deployment.Spec.Template.Annotations["kubectl.kubernetes.io/restartedAt"] == "" || deployment.Generation != 2 {
		t.Errorf("the template has %v in generation %d", deployment.Spec.Template.Annotations, deployment.Generation)
	}
}

func TestVersion(t *testing.T) {
	p := administrator(t)
	p.mustFail("there is no operator", "version", "--operator-namespace="+p.namespace)
	p.mustFail("still waiting for an operator", "version", "--operator-namespace="+p.namespace, "--wait=1ms")

	labels := map[string]string{"app.kubernetes.io/part-of": "uim", "app.kubernetes.io/name": "uim-operator"}
	operator := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: "uim-operator", Labels: labels}}
	operator.Spec.Selector = &metav1.LabelSelector{MatchLabels: labels}
	operator.Spec.Template.Labels = labels
	operator.Spec.Template.Spec = podSpec()
	operator.Spec.Template.Spec.Containers[0].Name = "operator"
	operator.Spec.Template.Spec.Containers[0].Image = "localhost/uim:1.5.0"
	p.create(operator)
	p.mustFail("still waiting for Deployment uim-operator", "version", "--operator-namespace="+p.namespace, "--wait=1ms")
	operator.Status = appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 1, UpdatedReplicas: 1, ReadyReplicas: 1, AvailableReplicas: 1}
	if err := kubernetes.Client.Status().Update(t.Context(), operator); err != nil {
		t.Fatal(err)
	}
	p.mustSay([]string{"kubectl uim  1.4.0", "uim.dev/v1alpha1", "localhost/uim:1.5.0", "1/1 available"},
		"version", "--operator-namespace="+p.namespace, "--wait=1m")
}

// psql runs inside of the pod, where no password is needed: none is read, and none
// is in the arguments.
func TestPsql(t *testing.T) {
	p := administrator(t)
	folder := t.TempDir()
	recorded := filepath.Join(folder, "arguments")
	script := "#!/bin/sh\nprintf '%s\\n' \"$@\" >" + recorded + "\ncat\n"
	if err := os.WriteFile(filepath.Join(folder, "kubectl"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	p.givenCluster("acme", "{}")

	p.mustSay(nil, "psql", "acme", "--", "-c", "select 1")
	text, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"--namespace=" + p.namespace, "--kubeconfig=" + p.kubeconfig, "exec", "--stdin", "acme-postgres-0", "--container=postgres", "--",
		"psql", "--username=uim_chat", "--dbname=uim", "-c", "select 1",
	}
	if got := strings.TrimSpace(string(text)); got != strings.Join(want, "\n") {
		t.Errorf("kubectl is called with\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	p.mustSay(nil, "psql", "--role=owner")
	if text, _ := os.ReadFile(recorded); !strings.Contains(string(text), "--username=uim\n") {
		t.Errorf("the owner is %s", text)
	}
	p.mustFail(`there is no role "postgres"`, "psql", "--role=postgres")
	p.mustFail("put psql's arguments after --", "psql", "acme", "other")

	t.Setenv("PATH", t.TempDir())
	p.mustFail("this needs kubectl in the PATH", "psql")
}

func TestPsqlOfAnExternalPostgres(t *testing.T) {
	p := administrator(t)
	p.givenCluster("acme", `{postgres: {external: {secretName: team-database}}}`)
	p.mustFail(`Secret "team-database" says where it is`, "psql")
}

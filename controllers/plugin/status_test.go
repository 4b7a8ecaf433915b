package plugin_test

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
)

func TestStatusShowsConditionsAndObjects(t *testing.T) {
	p := administrator(t)
	cluster := p.givenReady("acme", "True", "AllPartsReady")
	deployment := p.givenDeployment(cluster)
	p.givenPod(deployment.Name+"-5f6-x2", "", resources.ComponentChat)

	said, err := p.run("status")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.SplitSeq(said, "\n") {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	for _, want := range []string{
		"UIMCluster acme in namespace " + p.namespace,
		"Phase Running", "Chat servers 2/2 ready", "Version 1.4.0 (localhost/uim:1.4.0)", "URL https://chat.example.com",
		"└─ Deployment acme-chat 0/2 ready 0s", "└─ Pod acme-chat-5f6-x2 Pending 0s",
	} {
		if !containsLine(lines, want) {
			t.Errorf("there is no line %q in\n%s", want, said)
		}
	}
	if !strings.Contains(said, "Ready      True    ") && !strings.Contains(said, "AllPartsReady") {
		t.Errorf("the condition is missing in\n%s", said)
	}
}

// containsLine compares but for the ages.
func containsLine(lines []string, want string) bool {
	want = strings.TrimSuffix(want, " 0s")
	for _, line := range lines {
		if line == want || strings.HasPrefix(line, want+" ") {
			return true
		}
	}
	return false
}

func TestStatusBeforeAnOperatorLooked(t *testing.T) {
	p := administrator(t)
	p.givenCluster("acme", "{}")
	p.mustSay([]string{"No operator has looked at it yet"}, "status")
}

func TestStatusWaitsForReady(t *testing.T) {
	p := administrator(t)
	p.givenReady("acme", "False", "NoServerReady")
	p.mustFail(`UIMCluster "acme" was not Ready within 1ms`, "status", "--wait=1ms")
	p.givenReady("well", "True", "AllPartsReady")
	p.mustSay([]string{"AllPartsReady"}, "status", "well", "--wait=1m")
}

// A condition that speaks of an older spec does not count.
func TestStatusWaitsForTheSpecAsItIs(t *testing.T) {
	p := administrator(t)
	p.givenReady("acme", "True", "AllPartsReady")
	p.mustSay(nil, "scale", "--replicas=5")
	p.mustFail("was not Ready within", "status", "--wait=1ms")
}

func TestStatusNeedsLittle(t *testing.T) {
	p := administrator(t)
	p.givenReady("acme", "True", "AllPartsReady")
	p.grant("reader", rbacv1.PolicyRule{APIGroups: []string{"uim.dev"}, Resources: []string{"uimclusters"}, Verbs: []string{"get"}})
	p.mustSay([]string{"AllPartsReady"}, "status", "acme", "--conditions-only")
	p.mustSay([]string{"Not shown: Deployments:", "Not shown: Pods:"}, "status", "acme")
}

// grant makes the person somebody who has just a right.
func (p *person) grant(name string, rule rbacv1.PolicyRule) {
	p.Helper()
	at := metav1.ObjectMeta{Namespace: p.namespace, Name: name}
	p.create(&rbacv1.Role{ObjectMeta: at, Rules: []rbacv1.PolicyRule{rule}})
	p.create(&rbacv1.RoleBinding{
		ObjectMeta: at,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: name}},
	})
	p.kubeconfig = kubernetes.Kubeconfig(p.T, name)
}

func (p *person) labels(component resources.Component) map[string]string {
	all := resources.SelectorLabels("acme", component)
	all[resources.LabelPartOf] = "uim"
	all[resources.LabelManagedBy] = resources.FieldManager
	return all
}

func (p *person) givenDeployment(cluster *v1alpha1.UIMCluster) *appsv1.Deployment {
	p.Helper()
	labels := p.labels(resources.ComponentChat)
	yes, two := true, int32(2)
	deployment := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: "acme-chat", Labels: labels, OwnerReferences: []metav1.OwnerReference{{
			APIVersion: v1alpha1.GroupVersion().String(), Kind: v1alpha1.Kind, Name: cluster.Name, UID: cluster.UID, Controller: &yes,
		}}},
		Spec: appsv1.DeploymentSpec{
			Replicas: &two,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: podSpec()},
		},
	}
	p.create(deployment)
	return deployment
}

func (p *person) givenPod(name, node string, component resources.Component) *corev1.Pod {
	p.Helper()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: name, Labels: p.labels(component)}, Spec: podSpec()}
	pod.Spec.NodeName = node
	p.create(pod)
	return pod
}

// podSpec is one that the namespaces of these tests admit.
func podSpec() corev1.PodSpec {
	yes, no, user := true, false, int64(1000)
	return corev1.PodSpec{
		AutomountServiceAccountToken: &no,
		SecurityContext: &corev1.PodSecurityContext{
			RunAsNonRoot: &yes, RunAsUser: &user, SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
		Containers: []corev1.Container{{
			Name: "chat", Image: "uim",
			SecurityContext: &corev1.SecurityContext{AllowPrivilegeEscalation: &no, Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}},
		}},
	}
}

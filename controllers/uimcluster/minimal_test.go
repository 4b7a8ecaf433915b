package uimcluster_test

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/api/v1alpha1"
)

// The whole way of a cluster with an empty spec, step by step.
func TestMinimalClusterBecomesReady(t *testing.T) {
	s := newStory(t)
	s.givenCluster(`{}`)

	s.thenCondition("DatabaseReady", "False", "NotAccepting", "kubectl describe pod acme-postgres-0 -n "+s.namespace)
	s.thenCondition("MigrationsCurrent", "False", "WaitingForDatabase", "")
	s.thenPhase(v1alpha1.PhaseInstalling)
	if jobs := s.migrations(); len(jobs) > 0 {
		t.Errorf("the migration began before Postgres took connections: %s", jobs[0].Name)
	}

	s.whenPostgresStarts()
	s.thenCondition("DatabaseReady", "True", "Accepting", "")
	s.thenCondition("MigrationsCurrent", "False", "MigrationRunning", "acme-migrate-")
	s.requireNone("acme-chat", &appsv1.Deployment{})

	s.whenMigrationEnds()
	s.thenCondition("MigrationsCurrent", "True", "Current", "localhost/uim:1.4.0")
	s.thenCondition("ChatAvailable", "False", "NoServerReady", "kubectl logs deployment/acme-chat")
	s.thenCondition("CacheReady", "False", "NotAccepting", "acme-redis-0")

	s.whenRedisStarts()
	s.whenChatIsRolledOut()
	s.thenCondition("Ready", "True", "AllPartsReady", "")
	s.thenCondition("ChatAvailable", "True", "Serving", "")
	s.thenCondition("Progressing", "False", "Settled", "")
	s.thenCondition("Paused", "False", "NotPaused", "")
	s.thenPhase(v1alpha1.PhaseRunning)

	status := s.cluster().Status
	if status.Replicas != "2/2" || status.Version != "1.4.0" || status.URL != "http://acme-chat."+s.namespace+".svc" {
		t.Errorf("the status is %+v", status)
	}
	job := s.migrations()[0].Name
	want := []string{
		"*v1.ConfigMap acme-redis", "*v1.Deployment acme-chat", "*v1.Job " + job,
		"*v1.NetworkPolicy acme-chat", "*v1.NetworkPolicy acme-deny", "*v1.NetworkPolicy acme-logins", "*v1.NetworkPolicy acme-migrate",
		"*v1.NetworkPolicy acme-postgres", "*v1.NetworkPolicy acme-redis", "*v1.PersistentVolumeClaim acme-postgres",
		"*v1.PersistentVolumeClaim acme-redis", "*v1.PodDisruptionBudget acme-chat", "*v1.Secret acme-ca", "*v1.Secret acme-keys", "*v1.Secret acme-postgres", "*v1.Secret acme-postgres-tls",
		"*v1.Secret acme-redis", "*v1.Secret acme-redis-tls", "*v1.Service acme-chat", "*v1.Service acme-postgres", "*v1.Service acme-redis",
		"*v1.ServiceAccount acme-chat", "*v1.StatefulSet acme-postgres", "*v1.StatefulSet acme-redis",
	}
	if got := names(s.everything()); !slices.Equal(got, want) {
		t.Errorf("the objects are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The namespaces of these tests admit restricted pods only: the API server itself
// judges the pods that the templates make.
func TestPodsSatisfyPodSecurityRestricted(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	templates := map[string]corev1.PodTemplateSpec{
		"chat":      s.deployment().Spec.Template,
		"migration": s.migrations()[0].Spec.Template,
	}
	for _, name := range []string{"acme-postgres", "acme-redis"} {
		set := &appsv1.StatefulSet{}
		s.get(name, set)
		templates[name] = set.Spec.Template
	}
	for name, template := range templates {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name, Labels: template.Labels}, Spec: template.Spec}
		if err := kubernetes.Client.Create(t.Context(), pod, client.DryRunAll); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	unrestricted := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "unrestricted"},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "x", Image: "x"}}},
	}
	if err := kubernetes.Client.Create(t.Context(), unrestricted, client.DryRunAll); err == nil {
		t.Error("this API server admits any pod: the test proves nothing")
	}
}

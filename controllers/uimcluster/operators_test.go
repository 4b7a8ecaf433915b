package uimcluster_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers"
)

// newStoryOfAnother is a test about a UIMCluster that the operator of all the other
// tests leaves to one named after the namespace.
func newStoryOfAnother(t *testing.T) (s *story, name string) {
	t.Helper()
	s = newStory(t)
	s.annotations = map[string]string{v1alpha1.AnnotationOperator: "uim-system/" + s.namespace}
	return s, s.namespace
}

// startAnother runs a further operator until the test or what it answers ends it.
func (s *story) startAnother(o controllers.Options) (stop func()) {
	s.Helper()
	config, err := kubernetes.As("system:serviceaccount:uim-system:uim-operator", "system:serviceaccounts")
	if err != nil {
		s.Fatal(err)
	}
	return s.startAnotherAs(config, o)
}

func (s *story) startAnotherAs(config *rest.Config, o controllers.Options) (stop func()) {
	s.Helper()
	config.QPS = -1
	stop, err := run(config, o)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(stop)
	return stop
}

// identities are the UIDs, and the generations where there are any, of all objects
// of the cluster and of the templates of its pods.
func (s *story) identities() string {
	s.Helper()
	var all strings.Builder
	for _, o := range s.everything() {
		fmt.Fprintf(&all, "%T %s %s %d\n", o, o.GetName(), o.GetUID(), o.GetGeneration())
	}
	return all.String()
}

// Another build with the same images takes over: no object is made anew or changed,
// so no pod moves.
func TestOperatorUpgradeMovesNoPod(t *testing.T) {
	for name, spec := range map[string]string{"minimal": "{}", "everything": everythingSpec} {
		t.Run(name, func(t *testing.T) {
			s, operator := newStoryOfAnother(t)
			stop := s.startAnother(controllers.Options{Namespaces: []string{s.namespace}, Name: operator, Version: "1.4.0"})
			s.givenRunning(spec)
			before, settled := s.identities(), s.resourceVersions()
			stop()

			s.startAnother(controllers.Options{Namespaces: []string{s.namespace}, Name: operator, Version: "1.5.0"})
			s.eventually("the new operator's word", func() error {
				if got := s.cluster().Status.OperatorVersion; got != "1.5.0" {
					return fmt.Errorf("is of %s", got)
				}
				return nil
			})
			s.thenCondition("Ready", "True", "AllPartsReady", "")
			if after := s.identities(); after != before {
				t.Errorf("objects changed:\n%s\nwere\n%s", after, before)
			}
			if got := s.resourceVersions(); got != settled {
				t.Errorf("objects were written:\n%s\nwere\n%s", got, settled)
			}
		})
	}
}

// resourceVersions change with every write. Those of Services that the test itself
// writes can be left out.
func (s *story) resourceVersions(butServices ...string) string {
	s.Helper()
	var all strings.Builder
	for _, o := range s.everything() {
		if _, isService := o.(*corev1.Service); isService && slices.Contains(butServices, o.GetName()) {
			continue
		}
		fmt.Fprintf(&all, "%T %s %s\n", o, o.GetName(), o.GetResourceVersion())
	}
	return all.String()
}

// While the operator was away things were changed, deleted and asked for. It finds
// out by looking, not by having seen it.
func TestOperatorThatWasAwayRepairs(t *testing.T) {
	s, operator := newStoryOfAnother(t)
	o := controllers.Options{Namespaces: []string{s.namespace}, Name: operator}
	stop := s.startAnother(o)
	s.givenRunning(`{ingress: {host: chat.example.com}}`)
	password := string(s.secret("acme-postgres")["password"])
	stop()

	s.delete(&corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "acme-chat"}})
	s.delete(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "acme-redis"}})
	s.delete(&networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "acme-deny"}})
	change(s, "acme-chat", &appsv1.Deployment{}, func(o *appsv1.Deployment) {
		o.Spec.Template.Spec.Containers[0].Image = "elsewhere/uim:1"
		o.Spec.Template.Spec.Containers[0].SecurityContext.ReadOnlyRootFilesystem = nil
	})
	change(s, "acme-redis", &networkingv1.NetworkPolicy{}, func(o *networkingv1.NetworkPolicy) { o.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{}} })
	change(s, "acme-postgres-tls", &corev1.Secret{}, func(o *corev1.Secret) { delete(o.Data, "tls.key") })
	change(s, "acme-postgres", &corev1.Service{}, func(o *corev1.Service) { o.Labels = nil }) // no longer in the operator's cache
	s.whenSpecBecomes(`chat: {replicas: 4}`)

	s.startAnother(o)
	s.thenExists("acme-chat", &corev1.Service{})
	s.thenExists("acme-redis", &corev1.ConfigMap{})
	s.thenExists("acme-deny", &networkingv1.NetworkPolicy{})
	s.thenGone("acme-chat", &networkingv1.Ingress{})
	s.thenImage("localhost/uim:1.4.0")
	s.eventually("what was changed", func() error {
		deployment, policy, service := s.deployment(), &networkingv1.NetworkPolicy{}, &corev1.Service{}
		s.get("acme-redis", policy)
		s.get("acme-postgres", service)
		k := deployment.Spec.Template.Spec.Containers[0]
		if *deployment.Spec.Replicas != 4 || k.SecurityContext.ReadOnlyRootFilesystem == nil || len(policy.Spec.Ingress[0].From) == 0 ||
			service.Labels["app.kubernetes.io/managed-by"] == "" || len(s.secret("acme-postgres-tls")["tls.key"]) == 0 {
			return errors.New("is not repaired")
		}
		return nil
	})
	s.whenPostgresStarts()
	s.whenRedisStarts()
	s.thenRunsOnceRolledOut("AllPartsReady")
	if got := string(s.secret("acme-postgres")["password"]); got != password {
		t.Error("the password is another one")
	}
}

// Two operators that both look at a UIMCluster never undo each other's work.
func TestOperatorsNeverFight(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	s.afterPasses(1)
	settled := s.resourceVersions("acme-chat")
	other := controllers.Options{Namespaces: []string{s.namespace}, Name: s.namespace}
	s.startAnother(other)
	s.thenEvent("Warning", "OtherOperator")
	s.afterPasses(3)
	if got := s.resourceVersions("acme-chat"); got != settled {
		t.Errorf("the second operator wrote:\n%s\nwere\n%s", got, settled)
	}

	// Handed over, it is the other one's, and the first leaves it alone.
	s.whenAskedToRotate(v1alpha1.AnnotationOperator, "uim-system/"+s.namespace)
	s.eventually("the other operator", func() error {
		if got := s.cluster().Status.Operator; got != "uim-system/"+s.namespace {
			return fmt.Errorf("is %s", got)
		}
		return nil
	})
	s.whenSpecBecomes(`chat: {replicas: 3}`)
	s.thenRunsOnceRolledOut("AllPartsReady")
	if got := s.cluster().Status.Operator; got != "uim-system/"+s.namespace {
		t.Errorf("it went back to %s", got)
	}
}

func TestOperatorOfALabelLeavesTheRestAlone(t *testing.T) {
	s, operator := newStoryOfAnother(t)
	s.startAnother(controllers.Options{Namespaces: []string{s.namespace}, Name: operator, Selector: "tier=test"})
	s.givenCluster(`{}`)
	second := &v1alpha1.UIMCluster{ObjectMeta: metav1.ObjectMeta{Name: "other", Labels: map[string]string{"tier": "test"}, Annotations: s.annotations}}
	s.create(second)
	s.eventually("the one with the label", func() error {
		if err := s.find("other", second); err != nil {
			return err
		}
		if second.Status.Operator != "uim-system/"+operator {
			return errors.New("is not looked after")
		}
		return nil
	})
	if got := s.cluster().Status.Operator; got != "" {
		t.Errorf("%s looks after the one without", got)
	}
}

// The operator of one namespace does all its work with the rights that
// config/namespaced gives it there.
func TestNamespacedOperatorHasAllTheRightsItNeeds(t *testing.T) {
	s := newStory(t)
	folder := t.TempDir()
	for _, name := range []string{"manager", "namespaced"} {
		if err := os.CopyFS(filepath.Join(folder, name), os.DirFS(filepath.Join(kubernetes.Root, "config", name))); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(folder, "namespaced", "kustomization.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(text), "uim-system", s.namespace)), 0o600); err != nil {
		t.Fatal(err)
	}
	// As the document says: every line but the name of the patched Namespace.
	if _, err := kubernetes.Kubectl("apply", "--server-side", "--force-conflicts", "-k", filepath.Join(folder, "namespaced")); err != nil {
		t.Fatal(err)
	}
	config, err := kubernetes.As("system:serviceaccount:"+s.namespace+":uim-operator", "system:serviceaccounts")
	if err != nil {
		t.Fatal(err)
	}
	s.annotations = map[string]string{v1alpha1.AnnotationOperator: s.namespace + "/uim-operator"}
	s.startAnotherAs(config, controllers.Options{Namespaces: []string{s.namespace}, LeaderElectionNamespace: s.namespace})

	s.givenRunning(everythingSpec)
	const samePostgres = `postgres: {managed: {parameters: {work_mem: 16MB}}}`
	s.whenSpecBecomes(`{chat: {autoscaling: {maxReplicas: 5}, topologySpread: [{topologyKey: zone}]}, redis: {managed: {storage: {size: 2Gi}}}, ` + samePostgres + `}`)
	s.thenGone("acme-chat", &networkingv1.Ingress{})
	s.thenRunsOnceRolledOut("AllPartsReady")
	s.whenAskedToRotate(v1alpha1.AnnotationRotatePasswords, "1")
	s.thenRotation("preparing")
	s.whenServersAreTold("postgres", "redis")
	s.eventually("a rollout to the new logins", func() error { return errors.Join(s.rollOut(0), s.checkRotation("closing")) })
	s.whenServersAreTold("postgres", "redis")
	s.thenRotation("")
	s.givenSecret("cache", map[string]string{"addr": "redis.example:6379"})
	s.whenSpecBecomes(`{chat: {replicas: 0}, redis: {external: {secretName: cache}}, networkPolicy: {enabled: false}, ` + samePostgres + `}`)
	s.thenRunsOnceRolledOut("Hibernated")
	s.thenGone("acme-redis", &appsv1.StatefulSet{})
	s.thenGone("acme-deny", &networkingv1.NetworkPolicy{})

	if got := s.cluster().Status.Operator; got != s.namespace+"/uim-operator" {
		t.Errorf("%s looks after it", got)
	}
}

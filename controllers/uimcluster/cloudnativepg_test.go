package uimcluster_test

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
)

const cloudNativePGSpec = `{postgres: {cloudNativePG: {}}}`

// whenCloudNativePGIsInstalled gives Kubernetes the kind, of which there is none
// before; it stays for the tests that follow.
func (s *story) whenCloudNativePGIsInstalled() {
	s.Helper()
	text, err := os.ReadFile(cmp.Or(os.Getenv("UIM_CLOUDNATIVEPG_CRD"), "testdata/cloudnativepg.yaml"))
	if err != nil {
		s.Fatal(err)
	}
	crd := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.Unmarshal(text, crd); err != nil {
		s.Fatal(err)
	}
	if _, err := envtest.InstallCRDs(kubernetes.Config, envtest.CRDInstallOptions{CRDs: []*apiextensionsv1.CustomResourceDefinition{crd}, MaxTime: time.Minute}); err != nil {
		s.Fatal(err)
	}
}

// cloudNative waits for the Cluster that the operator made.
func (s *story) cloudNative() *unstructured.Unstructured {
	s.Helper()
	cluster := emptyCloudNative()
	s.thenExists("acme-postgres", cluster)
	return cluster
}

func emptyCloudNative() *unstructured.Unstructured {
	cluster := &unstructured.Unstructured{}
	cluster.SetGroupVersionKind(resources.CloudNativePGKind())
	return cluster
}

// whenCloudNativePGMakesSecrets and whenCloudNativePGSays play CloudNativePG's operator.
func (s *story) whenCloudNativePGMakesSecrets() {
	s.Helper()
	s.cloudNative()
	s.givenSecret("acme-postgres-app", map[string]string{
		"username": "uim", "password": "of the owner", "dbname": "uim", "host": "acme-postgres-rw", "uri": "postgresql://uim:of%20the%20owner@acme-postgres-rw:5432/uim",
	})
	s.givenSecret("acme-postgres-ca", map[string]string{"ca.crt": "authority", "ca.key": "its key"})
}

func (s *story) whenCloudNativePGSays(status string) {
	s.Helper()
	said := map[string]any{}
	s.parse(status, &said)
	s.eventually("write the Cluster's status", func() error {
		cluster := emptyCloudNative()
		if err := s.find("acme-postgres", cluster); err != nil {
			return err
		}
		// As numbers of JSON are.
		cluster.Object["status"] = runtime.DeepCopyJSONValue(integers(said))
		return kubernetes.Client.Status().Update(s.Context(), cluster)
	})
}

// integers makes the numbers that YAML has read into those that objects hold.
func integers(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key := range v {
			v[key] = integers(v[key])
		}
	case float64:
		return int64(v)
	}
	return value
}

const allReady = `{phase: Cluster in healthy state, instances: 3, readyInstances: 3, currentPrimary: acme-postgres-1, targetPrimary: acme-postgres-1,
	instancesStatus: {healthy: [acme-postgres-1, acme-postgres-2, acme-postgres-3]}}`

// One test tells the whole, because the kind, once there, is there for all.
func TestCloudNativePG(t *testing.T) {
	s := newStory(t)
	s.givenCluster(cloudNativePGSpec)
	s.thenCondition("DatabaseReady", "False", "CloudNativePGMissing", "install the CloudNativePG operator")
	s.thenPhase(v1alpha1.PhaseBlocked)

	// Installed later, it is found without a restart of the operator.
	s.whenCloudNativePGIsInstalled()
	s.cloudNative()
	s.thenCondition("DatabaseReady", "False", "NotAccepting", "0 of 3 servers are ready")
	s.whenCloudNativePGSays(`{phase: Setting up primary, instances: 1}`)
	s.thenCondition("DatabaseReady", "False", "NotAccepting", "(Setting up primary)")
	if len(s.migrations()) > 0 {
		t.Error("the migration began before there was a database")
	}

	s.whenCloudNativePGMakesSecrets()
	s.whenCloudNativePGSays(allReady)
	s.thenCondition("DatabaseReady", "True", "Accepting", "3 of 3 servers are ready")
	job := s.whenMigrationEnds()
	s.requireEnvironment(job.Spec.Template, "PGUSER", "acme-postgres/owner-user")
	s.whenRedisStarts()
	s.thenRunsOnceRolledOut("AllPartsReady")
	s.requireEnvironment(s.deployment().Spec.Template, "PGUSER", "acme-postgres/user")

	secret := &corev1.Secret{}
	s.get("acme-postgres", secret)
	for key, want := range map[string]string{
		"host": "acme-postgres-rw." + s.namespace + ".svc", "user": "uim_chat", "owner-user": "uim", "owner-password": "of the owner",
		"sslmode": "verify-full", "ca.crt": "authority", "ca.key": "",
	} {
		if got := string(secret.Data[key]); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if status := s.cluster().Status.Postgres; status.Mode != "CloudNativePG" || status.Servers != "3/3" || status.SecretName != "acme-postgres" {
		t.Errorf("the status is %+v", status)
	}

	s.whenCloudNativePGSays(`{phase: Failing over, readyInstances: 2, currentPrimary: acme-postgres-2, targetPrimary: acme-postgres-2}`)
	s.afterPasses(1)
	s.thenCondition("DatabaseReady", "True", "Degraded", "2 of 3 servers are ready")
	s.whenCloudNativePGSays(`{phase: Failing over, readyInstances: 1, currentPrimary: acme-postgres-2, targetPrimary: acme-postgres-2}`)
	s.afterPasses(1)
	s.thenCondition("DatabaseReady", "False", "NoQuorum", "1 of 3 servers are ready")
	s.thenCondition("ChatAvailable", "True", "Serving", "")
	s.whenCloudNativePGSays(`{phase: Cluster in healthy state, readyInstances: 3, currentPrimary: acme-postgres-2, targetPrimary: acme-postgres-2,
		managedRolesStatus: {cannotReconcile: {uim_chat: [no such secret]}}}`)
	s.afterPasses(1)
	s.thenCondition("DatabaseReady", "False", "NotAccepting", "role uim_chat cannot be set up: no such secret")
	s.whenCloudNativePGSays(allReady)

	// What the spec asks for is applied, and what it no longer asks for goes.
	s.whenSpecBecomes(`{postgres: {cloudNativePG: {instances: 5, storage: {size: 20Gi}, parameters: {work_mem: 16MB}}}}`)
	s.thenCloudNative("five servers", func(spec map[string]any) bool {
		parameters, _, _ := unstructured.NestedStringMap(spec, "postgresql", "parameters")
		size, _, _ := unstructured.NestedString(spec, "storage", "size")
		return spec["instances"] == int64(5) && parameters["work_mem"] == "16MB" && size == "20Gi"
	})
	s.whenSpecBecomes(`{postgres: {cloudNativePG: {storage: {size: 20Gi}}}}`)
	s.thenCloudNative("no setting of work_mem", func(spec map[string]any) bool {
		parameters, _, _ := unstructured.NestedStringMap(spec, "postgresql", "parameters")
		return parameters["work_mem"] == "" && parameters["max_connections"] == "500"
	})

	// Another password of the owner makes another migration.
	change(s, "acme-postgres-app", &corev1.Secret{}, func(o *corev1.Secret) { o.Data["password"] = []byte("another") })
	s.whenMigrationEnds(job.Name)

	s.whenCloudNativePGSays(allReady)
	s.thenRunsOnceRolledOut("AllPartsReady")
	s.thenPassesWriteNothing()

	// The database outlives the UIMCluster.
	if owner := metav1.GetControllerOf(s.cloudNative()); owner != nil {
		t.Errorf("the Cluster is owned by %v", owner)
	}
	s.whenSpecBecomes(`{deletionPolicy: Delete, postgres: {cloudNativePG: {storage: {size: 20Gi}}}}`)
	s.eventually("it is owned", func() error {
		if metav1.GetControllerOf(s.cloudNative()) == nil {
			return errors.New("by nobody")
		}
		return nil
	})
	s.thenFieldsAreKnown(severalSpecs()...)
}

func (s *story) thenCloudNative(what string, holds func(spec map[string]any) bool) {
	s.Helper()
	s.eventually(what, func() error {
		spec, _, _ := unstructured.NestedMap(s.cloudNative().Object, "spec")
		if !holds(spec) {
			return fmt.Errorf("the spec is %v", spec)
		}
		return nil
	})
}

// thenFieldsAreKnown asks the API server whether the kind has all that the operator
// writes for some specs.
func (s *story) thenFieldsAreKnown(specs ...string) {
	s.Helper()
	for _, spec := range specs {
		cluster := &v1alpha1.UIMCluster{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "other", UID: "1"}}
		s.parse(spec, &cluster.Spec)
		wanted := resources.CloudNativePGCluster(resources.Resolve(cluster, resources.Images{}))
		if err := kubernetes.Client.Create(s.Context(), wanted, client.DryRunAll, client.FieldValidation("Strict")); err != nil {
			s.Errorf("%s: %v", spec, err)
		}
	}
}

func severalSpecs() []string {
	return []string{cloudNativePGSpec, `{postgres: {cloudNativePG: {instances: 1}}}`,
		`{postgres: {cloudNativePG: {instances: 2, storage: {size: 1Ti, storageClassName: x}, resources: {limits: {cpu: 2}}, parameters: {work_mem: 1MB}, image: pg:17}}}`}
}

// requireEnvironment looks for a variable that is a key of a Secret.
func (s *story) requireEnvironment(pod corev1.PodTemplateSpec, variable, want string) {
	s.Helper()
	at := slices.IndexFunc(pod.Spec.Containers[0].Env, func(e corev1.EnvVar) bool { return e.Name == variable })
	if at < 0 {
		s.Fatalf("there is no %s", variable)
	}
	from := pod.Spec.Containers[0].Env[at].ValueFrom.SecretKeyRef
	if got := strings.Join([]string{from.Name, from.Key}, "/"); got != want {
		s.Errorf("%s is %s, want %s", variable, got, want)
	}
}

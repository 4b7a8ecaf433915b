package resources_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
	"pgregory.net/rapid"

	"uim.dev/uim/controllers/resources"
)

// Properties of every object of every cluster that a spec can ask for.
func TestEveryObject(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		spec := drawSpec(r)
		c := given(t, spec)
		b := dependenciesOf(t, c)
		objects := render(t, c, b)
		if again := render(t, given(t, spec), dependenciesOf(t, c)); toJSON(t, objects) != toJSON(t, again) {
			r.Fatalf("the same spec gives other objects the second time")
		}
		requireOneWayIn(r, c, objects)
		for _, object := range objects {
			what := object.GetKind() + " " + object.GetName()
			requireMetadata(r, what, c, object)
			requireNoPasswords(r, what, b, object, toJSON(t, object))
			if pod, ok := podOf(t, object); ok {
				requireSelected(r, what, object, pod)
				requireRestricted(r, what, pod)
				requireCared(r, what, object, pod)
			}
		}
	})
}

func requireMetadata(r *rapid.T, what string, c resources.Cluster, object *unstructured.Unstructured) {
	if object.GetNamespace() != c.Namespace {
		r.Errorf("%s is in namespace %q", what, object.GetNamespace())
	}
	if problems := validation.IsDNS1035Label(object.GetName()); problems != nil {
		r.Errorf("%s has a bad name: %v", what, problems)
	}
	for _, name := range []string{resources.LabelName, resources.LabelInstance, resources.LabelComponent, resources.LabelPartOf, resources.LabelManagedBy} {
		if object.GetLabels()[name] == "" {
			r.Errorf("%s has no label %s", what, name)
		}
	}
	for name, value := range object.GetLabels() {
		if problems := validation.IsValidLabelValue(value); problems != nil {
			r.Errorf("%s has the bad label %s=%s: %v", what, name, value, problems)
		}
	}
	if !resources.BelongsTo(object.GetLabels(), c.Name) {
		r.Errorf("%s would not be known again", what)
	}
	owned := len(object.GetOwnerReferences()) == 1 && object.GetOwnerReferences()[0].UID == c.UID && *object.GetOwnerReferences()[0].Controller
	isData := slices.Contains([]string{"Secret", "PersistentVolumeClaim", resources.CloudNativePGKind().Kind}, object.GetKind())
	if survives := isData && c.KeepData; owned == survives {
		r.Errorf("%s: owned by the UIMCluster is %v, must outlive it is %v", what, owned, survives)
	}
}

// requireOneWayIn: at most one object lets people in from outside, and it is for the
// host.
func requireOneWayIn(r *rapid.T, c resources.Cluster, objects []*unstructured.Unstructured) {
	var ways []*unstructured.Unstructured
	for _, object := range objects {
		if kind := object.GetKind(); kind == "Ingress" || kind == "HTTPRoute" {
			ways = append(ways, object)
		}
	}
	if c.Host == "" && len(ways) == 0 {
		return
	}
	if len(ways) != 1 || !strings.Contains(fmt.Sprint(ways[0].Object["spec"]), c.Host) {
		r.Errorf("%d objects let people in to %q", len(ways), c.Host)
	}
}

// requireNoPasswords: values of Secrets are in Secrets only.
func requireNoPasswords(r *rapid.T, what string, b built, object *unstructured.Unstructured, text string) {
	if object.GetKind() == "Secret" {
		return
	}
	for _, data := range []map[string][]byte{b.keys, b.postgres, b.redis} {
		for key, value := range data {
			secret := strings.Contains(key, "password") || strings.HasPrefix(key, "s") && key != "sslmode"
			if secret && len(value) > 8 && strings.Contains(text, string(value)) {
				r.Errorf("%s contains the value of %s", what, key)
			}
		}
	}
}

// requireSelected: selectors pick the object's own pods by the three labels that
// never change, whatever the spec.
func requireSelected(r *rapid.T, what string, object *unstructured.Unstructured, pod corev1.PodTemplateSpec) {
	selector, found, _ := unstructured.NestedStringMap(object.Object, "spec", "selector", "matchLabels")
	if !found {
		return
	}
	want := map[string]string{
		resources.LabelName:      "uim",
		resources.LabelInstance:  object.GetLabels()[resources.LabelInstance],
		resources.LabelComponent: object.GetLabels()[resources.LabelComponent],
	}
	if !maps.Equal(selector, want) {
		r.Errorf("%s selects %v", what, selector)
	}
	for name, value := range selector {
		if pod.Labels[name] != value {
			r.Errorf("%s does not select its own pods: %s is %q", what, name, pod.Labels[name])
		}
	}
}

// requireRestricted is the Pod Security Standard "restricted", and more: a root
// file system that cannot be written and no token. The tests of package uimcluster
// ask the API server itself.
func requireRestricted(r *rapid.T, what string, pod corev1.PodTemplateSpec) {
	s := pod.Spec.SecurityContext
	switch {
	case s == nil || s.RunAsNonRoot == nil || !*s.RunAsNonRoot || s.RunAsUser == nil || *s.RunAsUser == 0:
		r.Errorf("%s may run as root", what)
	case s.SeccompProfile == nil || s.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault:
		r.Errorf("%s has no seccomp profile", what)
	}
	if pod.Spec.AutomountServiceAccountToken == nil || *pod.Spec.AutomountServiceAccountToken {
		r.Errorf("%s gets a Kubernetes token", what)
	}
	if pod.Spec.EnableServiceLinks == nil || *pod.Spec.EnableServiceLinks {
		r.Errorf("%s gets environment variables from Services", what)
	}
	if pod.Spec.HostNetwork || pod.Spec.HostPID || pod.Spec.HostIPC {
		r.Errorf("%s shares the node's namespaces", what)
	}
	for _, volume := range pod.Spec.Volumes {
		if volume.HostPath != nil {
			r.Errorf("%s mounts a folder of the node", what)
		}
	}
	for _, k := range pod.Spec.Containers {
		s := k.SecurityContext
		if s == nil || s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation ||
			s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem ||
			s.Capabilities == nil || !slices.Equal(s.Capabilities.Drop, []corev1.Capability{"ALL"}) || len(s.Capabilities.Add) > 0 {
			r.Errorf("%s: container %s is not restricted", what, k.Name)
		}
	}
}

// requireCared: resources, probes, and an environment without doubles.
func requireCared(r *rapid.T, what string, object *unstructured.Unstructured, pod corev1.PodTemplateSpec) {
	runsToItsEnd := object.GetKind() == "Job"
	for _, k := range pod.Spec.Containers {
		q := k.Resources
		if q.Requests.Cpu().IsZero() || q.Requests.Memory().IsZero() || q.Limits.Memory().IsZero() {
			r.Errorf("%s: container %s lacks requests or a memory limit", what, k.Name)
		}
		for name, limit := range q.Limits {
			if request := q.Requests[name]; request.Cmp(limit) > 0 {
				r.Errorf("%s: container %s requests more %s than its limit", what, k.Name, name)
			}
		}
		if !runsToItsEnd && (k.StartupProbe == nil || k.ReadinessProbe == nil || k.LivenessProbe == nil) {
			r.Errorf("%s: container %s lacks a probe", what, k.Name)
		}
		seen := map[string]bool{}
		for _, e := range k.Env {
			if seen[e.Name] {
				r.Errorf("%s: container %s has %s twice", what, k.Name, e.Name)
			}
			seen[e.Name] = true
		}
		mounted := map[string]bool{}
		for _, volume := range pod.Spec.Volumes {
			mounted[volume.Name] = true
		}
		claims, _, _ := unstructured.NestedSlice(object.Object, "spec", "volumeClaimTemplates")
		for _, claim := range claims {
			name, _, _ := unstructured.NestedString(claim.(map[string]any), "metadata", "name")
			mounted[name] = true
		}
		for _, m := range k.VolumeMounts {
			if !mounted[m.Name] {
				r.Errorf("%s: container %s mounts %s, which is no volume", what, k.Name, m.Name)
			}
		}
	}
}

// render is all the objects of a cluster.
func render(t *testing.T, c resources.Cluster, b built) []*unstructured.Unstructured {
	t.Helper()
	key := resources.FingerprintKey(b.keys)
	job := resources.MigrationJob(c, b.owner, key)
	all := []any{
		resources.AuthoritySecret(c, map[string][]byte{"ca.crt": []byte("authority"), "ca.key": []byte("key")}),
		resources.ServerCertificateSecret(c, resources.ComponentPostgres, resources.PostgresName(c), certificate()),
		resources.KeysSecret(c, b.keys), resources.ChatServiceAccount(c), job,
		resources.ChatDeployment(c, b.dependencies), resources.ChatService(c),
	}
	all = append(all, dataObjects(c, b)...)
	if ingress := resources.ChatIngress(c); ingress != nil {
		all = append(all, ingress)
	}
	if route := resources.ChatRoute(c); route != nil {
		all = append(all, route)
	}
	if wanted := resources.ChatCertificate(c); wanted != nil {
		all = append(all, wanted)
	}
	if c.TLS != nil && c.TLS.Secret == resources.ChatCertificateSecretName(c) {
		all = append(all, resources.ChatCertificateSecret(c, nil))
	}
	if autoscaler := resources.ChatAutoscaler(c); autoscaler != nil {
		all = append(all, autoscaler)
	}
	if budget := resources.ChatDisruptionBudget(c); budget != nil {
		all = append(all, budget)
	}
	if monitor := resources.PodMonitor(c); monitor != nil {
		all = append(all, monitor)
	}
	if rule := resources.PrometheusRule(c); rule != nil {
		all = append(all, rule)
	}
	if dashboard := resources.Dashboard(c); dashboard != nil {
		all = append(all, dashboard)
	}
	for _, policy := range resources.NetworkPolicies(c, b.dependencies.Database, b.dependencies.Cache) {
		all = append(all, policy)
	}
	objects := make([]*unstructured.Unstructured, 0, len(all))
	for _, object := range all {
		content := map[string]any{}
		if err := json.Unmarshal([]byte(toJSON(t, object)), &content); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, &unstructured.Unstructured{Object: content})
	}
	return objects
}

// dataObjects are those of Postgres and Redis.
func dataObjects(c resources.Cluster, b built) (all []any) {
	key := resources.FingerprintKey(b.keys)
	switch {
	case c.Postgres.CloudNativePG:
		all = append(all, resources.CloudNativePGSecret(c, b.postgres), resources.CloudNativePGCluster(c))
	case c.Postgres.External == "":
		all = append(all, resources.PostgresSecret(c, b.postgres), resources.PostgresVolume(c, nil),
			resources.PostgresService(c), resources.PostgresStatefulSet(c, resources.LoginsVersion(b.postgres), certificate(), key),
			resources.LoginsJob(c, resources.ComponentPostgres, resources.LoginsVersion(b.postgres)))
	}
	switch {
	case c.Redis.External != "":
	case c.Redis.Instances > 1:
		all = append(all, resources.RedisHASecret(c, b.redis), resources.RedisHAConfigMap(c), resources.RedisHAService(c),
			resources.ServerCertificateSecret(c, resources.ComponentRedisHA, resources.RedisHAName(c), certificate()),
			resources.RedisHAStatefulSet(c, b.redis, certificate(), key), resources.RedisHADisruptionBudget(c))
		for node := range int32(resources.RedisNodes) {
			all = append(all, resources.RedisHAVolume(node)(c, nil))
		}
	default:
		all = append(all, resources.RedisSecret(c, b.redis), resources.RedisVolume(c, nil), resources.RedisConfigMap(c),
			resources.RedisService(c), resources.RedisStatefulSet(c, resources.LoginsVersion(b.redis), certificate(), key),
			resources.LoginsJob(c, resources.ComponentRedis, resources.LoginsVersion(b.redis)))
	}
	return all
}

// podOf is the pod template of an object, if it has one.
func podOf(t *testing.T, object *unstructured.Unstructured) (corev1.PodTemplateSpec, bool) {
	t.Helper()
	content, found, err := unstructured.NestedMap(object.Object, "spec", "template")
	if err != nil {
		t.Fatal(err)
	}
	var pod corev1.PodTemplateSpec
	if found {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, &pod); err != nil {
			t.Fatal(err)
		}
	}
	return pod, found
}

func toJSON(t *testing.T, value any) string {
	t.Helper()
	content, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// drawSpec draws a spec that the API server would take, in YAML.
func drawSpec(r *rapid.T) string {
	choose := func(name string, options ...string) string { return rapid.SampledFrom(options).Draw(r, name) }
	return fmt.Sprintf("{image: %s, chat: {%s}, postgres: %s, redis: %s, networkPolicy: %s, monitoring: %s, %s, deletionPolicy: %s}",
		choose("image", "uim", "localhost/uim:dev", "registry.example:5000/a/uim:1.4@sha256:0123456789abcdef0123"),
		strings.Join([]string{
			choose("replicas", "replicas: 0", "replicas: 1", "replicas: 2", "replicas: 500",
				"autoscaling: {maxReplicas: 9}", "autoscaling: {minReplicas: 1, maxReplicas: 2, targetConnectionsPerPod: 5}"),
			choose("resources", "resources: {}", "resources: {requests: {cpu: 3, memory: 9Gi}}", "resources: {limits: {cpu: 10m, memory: 16Mi}}"),
			choose("placement", "nodeSelector: {}", "nodeSelector: {a: b}", "tolerations: [{operator: Exists}]",
				"topologySpread: [{topologyKey: zone, maxSkew: 2, whenUnsatisfiable: DoNotSchedule}]"),
			choose("limits", "limits: {}", "limits: {messagesPerMinute: 7}", "limits: {messagesPerMinute: 7, messagesPerHour: 70}"),
			choose("extraEnv", "extraEnv: []", "extraEnv: [{name: UIM_LOG_LEVEL, value: debug}, {name: X}]"),
			choose("drain", "drainSeconds: 0", "drainSeconds: 600"),
		}, ", "),
		choose("postgres", "null", "{managed: {}}", "{external: {secretName: db}}", "{cloudNativePG: {}}",
			"{cloudNativePG: {instances: 1, storage: {storageClassName: x}, resources: {limits: {memory: 16Mi}}, image: pg}}",
			"{managed: {storage: {size: 1Ti, storageClassName: x}, parameters: {work_mem: 1MB, a.b: c}, image: pg}}"),
		choose("redis", "null", "{managed: {}}", "{external: {secretName: cache}}", "{managed: {mode: Sentinel}}",
			"{managed: {mode: Sentinel, storage: {size: 1Ti, storageClassName: x}, resources: {limits: {memory: 1Mi}}}}",
			"{managed: {resources: {limits: {memory: 1Mi}}, image: valkey:8}}"),
		choose("network", "{}", "{enabled: false}", "{chatFrom: [{cidr: 10.0.0.0/8}], metricsFrom: [{podLabels: {a: b}}]}"),
		choose("monitoring", "{}", "{podMonitor: {enabled: true}}", "{prometheusRule: {enabled: true, labels: {a: b}}, dashboard: {enabled: true}}"),
		choose("ingress", "ingress: null", "ingress: {host: a.example}", "ingress: {host: a.example, className: x}, tls: {secretName: y}",
			"ingress: {host: a.example}, tls: {selfSigned: {}}", "ingress: {host: a.example}, tls: {external: {}}",
			"gateway: {host: a.example, parentRefs: [{name: x}]}",
			"gateway: {host: a.example, parentRefs: [{name: x, namespace: y, sectionName: z, port: 1}], annotations: {a.b/c: d}}, tls: {issuerRef: {name: x}}"),
		choose("deletionPolicy", "Retain", "Delete", `""`))
}

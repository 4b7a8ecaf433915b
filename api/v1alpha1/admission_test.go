package v1alpha1_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// Specs that the API server refuses, with a part of what it says.
func TestBadSpecIsRefused(t *testing.T) {
	namespace := cluster.Namespace(t)
	for _, bad := range []struct{ name, spec, says string }{
		{"replicas below zero", `chat: {replicas: -1}`, "greater than or equal to 0"},
		{"replicas beyond reason", `chat: {replicas: 501}`, "less than or equal to 500"},
		{"replicas as text", `chat: {replicas: two}`, "must be of type integer"},
		{"unknown field", `chat: {replica: 2}`, `unknown field "spec.chat.replica"`},
		{"unknown field at the top", `mysql: {}`, `unknown field "spec.mysql"`},
		{"image with a space", `image: "uim dev"`, "should match"},
		{"empty image", `image: ""`, "at least 1 chars long"},
		{"image beyond reason", `image: "` + strings.Repeat("a", 513) + `"`, "may not be more than 512"},

		{"postgres managed and external", `postgres: {managed: {}, external: {secretName: db}}`, "set exactly one of managed, cloudNativePG and external; leave postgres out"},
		{"postgres managed twice", `postgres: {managed: {}, cloudNativePG: {}}`, "set exactly one of managed, cloudNativePG and external"},
		{"postgres all ways", `postgres: {managed: {}, cloudNativePG: {}, external: {secretName: db}}`, "set exactly one of managed, cloudNativePG and external"},
		{"postgres neither", `postgres: {}`, "set exactly one of managed, cloudNativePG and external; leave postgres out"},
		{"postgres of no servers", `postgres: {cloudNativePG: {instances: 0}}`, "greater than or equal to 1"},
		{"postgres of many servers", `postgres: {cloudNativePG: {instances: 10}}`, "less than or equal to 9"},
		{"parameter of CloudNativePG that loses messages", `postgres: {cloudNativePG: {parameters: {synchronous_standby_names: ""}}}`, "acknowledged messages could be lost"},
		{"size of zero for CloudNativePG", `postgres: {cloudNativePG: {storage: {size: "0"}}}`, "must be more than zero"},
		{"redis in an unknown mode", `redis: {managed: {mode: Cluster}}`, "Unsupported value"},
		{"postgres external without a Secret", `postgres: {external: {}}`, "spec.postgres.external.secretName: Required value"},
		{"postgres external with an empty Secret", `postgres: {external: {secretName: ""}}`, "at least 1 chars long"},
		{"postgres external with a bad Secret", `postgres: {external: {secretName: My_Secret}}`, "must be the name of a Secret"},
		{"redis managed and external", `redis: {managed: {}, external: {secretName: db}}`, "set exactly one of managed and external; leave redis out"},
		{"redis neither", `redis: {}`, "set exactly one of managed and external; leave redis out"},
		{"redis external with a bad Secret", `redis: {external: {secretName: a/b}}`, "must be the name of a Secret"},

		{"parameter of the operator", `postgres: {managed: {parameters: {listen_addresses: "*"}}}`, "belong to the operator"},
		{"parameter that loses messages", `postgres: {managed: {parameters: {fsync: "off"}}}`, "acknowledged messages could be lost"},
		{"parameter with a bad name", `postgres: {managed: {parameters: {"Work Mem": 4MB}}}`, "names are lower-case letters"},
		{"parameter that smuggles an option", `postgres: {managed: {parameters: {"a=b -c fsync": "off"}}}`, "names are lower-case letters"},

		{"size of zero", `postgres: {managed: {storage: {size: "0"}}}`, "must be more than zero"},
		{"size below zero", `redis: {managed: {storage: {size: -1Gi}}}`, "must be more than zero"},
		{"size that is none", `postgres: {managed: {storage: {size: big}}}`, "should match"},
		{"empty storage class", `postgres: {managed: {storage: {storageClassName: ""}}}`, "at least 1 chars long"},

		{"cpu request above its limit", `chat: {resources: {requests: {cpu: 2}, limits: {cpu: 1500m}}}`, "requests.cpu cannot be more than limits.cpu"},
		{"memory request above its limit", `chat: {resources: {requests: {memory: 1Gi}, limits: {memory: 512Mi}}}`, "requests.memory cannot be more than limits.memory"},
		{"memory of zero", `chat: {resources: {limits: {memory: 0}}}`, "must be more than zero"},
		{"unknown resource", `chat: {resources: {limits: {"nvidia.com/gpu": 1}}}`, "unknown field"},

		{"host with a scheme", `ingress: {host: "https://chat.example.com"}`, "must be a DNS name in lower case"},
		{"host with a port", `ingress: {host: "chat.example.com:8443"}`, "must be a DNS name in lower case"},
		{"host with a path", `ingress: {host: chat.example.com/chat}`, "must be a DNS name in lower case"},
		{"host in upper case", `ingress: {host: Chat.example.com}`, "must be a DNS name in lower case"},
		{"host with an underscore", `ingress: {host: my_chat.example.com}`, "must be a DNS name in lower case"},
		{"host that is an address", `ingress: {host: 10.1.2.3}`, "must be a DNS name in lower case"},
		{"host with an empty label", `ingress: {host: chat..example.com}`, "must be a DNS name in lower case"},
		{"host with a wildcard", `ingress: {host: "*.example.com"}`, "must be a DNS name in lower case"},
		{"host beyond reason", `ingress: {host: "` + strings.Repeat("a.", 127) + `"}`, "may not be more than 253"},
		{"ingress without a host", `ingress: {className: traefik}`, "spec.ingress.host: Required value"},
		{"tls without an ingress", `tls: {secretName: chat-tls}`, "tls is served by the ingress or the gateway"},
		{"tls without a source", `{ingress: {host: a.example}, tls: {}}`, "set exactly one of issuerRef, secretName, selfSigned and external"},
		{"tls with two sources", `{ingress: {host: a.example}, tls: {secretName: x, selfSigned: {}}}`, "set exactly one of issuerRef, secretName, selfSigned and external"},
		{"tls with a bad Secret", `{ingress: {host: a.example}, tls: {secretName: My_Secret}}`, "must be the name of a Secret"},
		{"issuer without a name", `{ingress: {host: a.example}, tls: {issuerRef: {kind: Issuer}}}`, "issuerRef.name: Required value"},
		{"issuer of a bad kind", `{ingress: {host: a.example}, tls: {issuerRef: {name: x, kind: issuer}}}`, "should match"},
		{"issuer of a bad group", `{ingress: {host: a.example}, tls: {issuerRef: {name: x, group: "a b"}}}`, "must be the name of an API group"},

		{"ingress and gateway", `{ingress: {host: a.example}, gateway: {host: a.example, parentRefs: [{name: x}]}}`, "give either ingress or gateway"},
		{"gateway without a host", `gateway: {parentRefs: [{name: x}]}`, "spec.gateway.host: Required value"},
		{"gateway with an address for host", `gateway: {host: 10.1.2.3, parentRefs: [{name: x}]}`, "must be a DNS name in lower case"},
		{"gateway without a Gateway", `gateway: {host: a.example}`, "spec.gateway.parentRefs: Required value"},
		{"gateway with no Gateways", `gateway: {host: a.example, parentRefs: []}`, "at least 1 items"},
		{"Gateway without a name", `gateway: {host: a.example, parentRefs: [{namespace: infra}]}`, "name: Required value"},
		{"Gateway with a bad name", `gateway: {host: a.example, parentRefs: [{name: A_B}]}`, "must be the name of a Gateway"},
		{"listener with a bad name", `gateway: {host: a.example, parentRefs: [{name: x, sectionName: A}]}`, "must be the name of a listener"},
		{"port beyond reason", `gateway: {host: a.example, parentRefs: [{name: x, port: 65536}]}`, "less than or equal to 65535"},

		{"replicas and autoscaling", `chat: {replicas: 3, autoscaling: {maxReplicas: 5}}`, "give either replicas or autoscaling"},
		{"autoscaling without an end", `chat: {autoscaling: {minReplicas: 3}}`, "maxReplicas: Required value"},
		{"autoscaling upside down", `chat: {autoscaling: {minReplicas: 3, maxReplicas: 2}}`, "minReplicas cannot be more than maxReplicas"},
		{"autoscaling to one server", `chat: {autoscaling: {maxReplicas: 1}}`, "which is 2 when left out"},
		{"autoscaling to no server", `chat: {autoscaling: {minReplicas: 0, maxReplicas: 2}}`, "greater than or equal to 1"},
		{"more than all of the CPU", `chat: {autoscaling: {maxReplicas: 5, targetCPUUtilization: 101}}`, "less than or equal to 100"},
		{"priority class that is no name", `chat: {priorityClassName: "High Priority"}`, "must be the name of a PriorityClass"},

		{"spread over nothing", `chat: {topologySpread: [{maxSkew: 1}]}`, "topologyKey: Required value"},
		{"spread over no label", `chat: {topologySpread: [{topologyKey: "my zone"}]}`, "must be the name of a label"},
		{"spread over a label twice", `chat: {topologySpread: [{topologyKey: a}, {topologyKey: a}]}`, "Duplicate value"},
		{"spread without a difference", `chat: {topologySpread: [{topologyKey: a, maxSkew: 0}]}`, "greater than or equal to 1"},
		{"spread of an unknown kind", `chat: {topologySpread: [{topologyKey: a, whenUnsatisfiable: Sometimes}]}`, "Unsupported value"},

		{"rotation in hours", `rotation: {signingKeys: {every: 24h}}`, `unknown field "spec.rotation.signingKeys.every"`},
		{"rotation before the last one", `rotation: {passwords: {everyDays: -1}}`, "greater than or equal to 0"},
		{"rotation beyond reason", `rotation: {passwords: {everyDays: 3651}}`, "less than or equal to 3650"},
		{"rotation of the passwords of others", `{postgres: {external: {secretName: db}}, redis: {external: {secretName: cache}}, rotation: {passwords: {everyDays: 30}}}`, "change the Secrets of the external ones instead"},

		{"limit of zero", `chat: {limits: {messagesPerMinute: 0}}`, "greater than or equal to 1"},
		{"minute above the hour", `chat: {limits: {messagesPerMinute: 10, messagesPerHour: 5}}`, "messagesPerMinute cannot be more than messagesPerHour"},
		{"drain below zero", `chat: {drainSeconds: -1}`, "greater than or equal to 0"},
		{"drain beyond reason", `chat: {drainSeconds: 601}`, "less than or equal to 600"},
		{"variable of the operator", `chat: {extraEnv: [{name: UIM_PUBLIC_URL, value: "http://x"}]}`, "this variable is set by the operator"},
		{"variable of the database", `chat: {extraEnv: [{name: PGPASSWORD, value: x}]}`, "this variable is set by the operator"},
		{"variable twice", `chat: {extraEnv: [{name: A, value: "1"}, {name: A, value: "2"}]}`, "Duplicate value"},
		{"variable with a bad name", `chat: {extraEnv: [{name: 1A, value: x}]}`, "should match"},
		{"variable without a name", `chat: {extraEnv: [{value: x}]}`, "name: Required value"},
		{"toleration without a key", `chat: {tolerations: [{value: x}]}`, "key is needed unless operator is Exists"},
		{"toleration with too much", `chat: {tolerations: [{key: a, operator: Exists, value: x}]}`, "value must be left out"},
		{"toleration with an unknown operator", `chat: {tolerations: [{key: a, operator: Like}]}`, "Unsupported value"},
		{"toleration with seconds for nothing", `chat: {tolerations: [{key: a, operator: Exists, effect: NoSchedule, tolerationSeconds: 5}]}`, "tolerationSeconds needs the effect NoExecute"},

		{"network peer that is nobody", `networkPolicy: {chatFrom: [{}]}`, "give either cidr, or namespaceLabels, podLabels or both"},
		{"network peer that is two things", `networkPolicy: {chatFrom: [{cidr: 10.0.0.0/8, podLabels: {a: b}}]}`, "give either cidr"},
		{"network peer with an address", `networkPolicy: {metricsFrom: [{cidr: 10.0.0.1}]}`, "must be a network such as 10.1.0.0/16"},
		{"network peer with bits of a host", `networkPolicy: {metricsFrom: [{cidr: 10.0.0.1/8}]}`, "without bits of a host"},

		{"monitoring by a word", `monitoring: {podMonitor: {enabled: "yes"}}`, "must be of type boolean"},
		{"monitoring of an unknown kind", `monitoring: {serviceMonitor: {enabled: true}}`, `unknown field "spec.monitoring.serviceMonitor"`},
		{"metrics read often", `monitoring: {podMonitor: {enabled: true, interval: often}}`, "spec.monitoring.podMonitor.interval in body should match"},
		{"metrics read every day", `monitoring: {podMonitor: {interval: 1d}}`, "spec.monitoring.podMonitor.interval in body should match"},
		{"metrics read at long length", `monitoring: {podMonitor: {interval: 1h1h1h1h1h1h1h1h1h}}`, "may not be more than 16"},
		{"PodMonitor with a label of the operator", `monitoring: {podMonitor: {labels: {app.kubernetes.io/name: x}}}`, "are the operator's"},
		{"alerts with a label of the operator", `monitoring: {prometheusRule: {labels: {app.kubernetes.io/managed-by: helm}}}`, "are the operator's"},
		{"dashboard with a label of the operator", `monitoring: {dashboard: {labels: {app.kubernetes.io/instance: x}}}`, "are the operator's"},

		{"unknown deletion policy", `deletionPolicy: Keep`, "Unsupported value"},
		{"paused as text", `paused: "yes"`, "must be of type boolean"},
	} {
		t.Run(bad.name, func(t *testing.T) {
			err := create(t, namespace, "bad", bad.spec)
			requireRefused(t, err, bad.says)
		})
	}
}

func TestBadNameIsRefused(t *testing.T) {
	namespace := cluster.Namespace(t)
	for _, name := range []string{"1chat", "my.chat", strings.Repeat("a", 41)} {
		t.Run(name, func(t *testing.T) {
			requireRefused(t, create(t, namespace, name, `{}`), "the name becomes part of Service and Job names")
		})
	}
	if err := create(t, namespace, strings.Repeat("a", 40), `{}`); err != nil {
		t.Errorf("40 characters: %v", err)
	}
}

// Changes of a spec that was fine, with a part of what the API server says.
func TestBadChangeIsRefused(t *testing.T) {
	namespace := cluster.Namespace(t)
	for _, bad := range []struct{ name, before, after, says string }{
		{"database shrinks", managed("postgres", "20Gi"), managed("postgres", "10Gi"), "postgres.managed.storage.size cannot shrink"},
		{"database shrinks in other units", managed("postgres", "1Ti"), managed("postgres", "1023Gi"), "postgres.managed.storage.size cannot shrink"},
		{"database shrinks from the default", `{}`, managed("postgres", "9Gi"), "postgres.managed.storage.size cannot shrink"},
		{"database shrinks to the default", managed("postgres", "11Gi"), `{}`, "postgres.managed.storage.size cannot shrink"},
		{"cache shrinks", managed("redis", "2Gi"), managed("redis", "1Gi"), "redis.managed.storage.size cannot shrink"},
		{"cache shrinks from the default", `{}`, managed("redis", "512Mi"), "redis.managed.storage.size cannot shrink"},
		{"database moves out", `{}`, `postgres: {external: {secretName: db}}`, "postgres cannot change between managed, cloudNativePG and external"},
		{"database moves in", `postgres: {external: {secretName: db}}`, `{}`, "postgres cannot change between managed, cloudNativePG and external"},
		{"database moves to cloud native postgres", `{}`, `postgres: {cloudNativePG: {}}`, "postgres cannot change between managed, cloudNativePG and external"},
		{"database leaves cloud native postgres", `postgres: {cloudNativePG: {}}`, `postgres: {external: {secretName: db}}`, "postgres cannot change between managed, cloudNativePG and external"},
		{"database of cnpg shrinks", `postgres: {cloudNativePG: {storage: {size: 20Gi}}}`, `postgres: {cloudNativePG: {}}`, "storage.size cannot shrink"},
		{"storage class of cnpg changes", `postgres: {cloudNativePG: {}}`, `postgres: {cloudNativePG: {storage: {storageClassName: fast}}}`, "storageClassName cannot change"},
		{"storage class appears", `{}`, `postgres: {managed: {storage: {storageClassName: fast}}}`, "storageClassName cannot change"},
		{"storage class changes", `redis: {managed: {storage: {storageClassName: fast}}}`, `redis: {managed: {storage: {storageClassName: slow}}}`, "storageClassName cannot change"},
	} {
		t.Run(bad.name, func(t *testing.T) {
			name := resourceName(bad.name)
			if err := create(t, namespace, name, bad.before); err != nil {
				t.Fatal(err)
			}
			requireRefused(t, update(t, namespace, name, bad.after), bad.says)
		})
	}
}

func TestGoodChangeIsTaken(t *testing.T) {
	namespace := cluster.Namespace(t)
	for _, good := range []struct{ name, before, after string }{
		{"database grows", managed("postgres", "20Gi"), managed("postgres", "30Gi")},
		{"database grows from the default", `{}`, managed("postgres", "11Gi")},
		{"the default is written down", `{}`, managed("postgres", "10Gi")},
		{"the same size in other units", managed("postgres", "1Ti"), managed("postgres", "1024Gi")},
		{"a size as a number", managed("redis", "1Gi"), managed("redis", "2147483648")},
		{"cache moves out", managed("redis", "2Gi"), `redis: {external: {secretName: cache}}`},
		{"cache moves in", `redis: {external: {secretName: cache}}`, managed("redis", "1Mi")},
		{"rotation on and off", `rotation: {passwords: {everyDays: 30}}`, `rotation: {passwords: {everyDays: 0}, signingKeys: {everyDays: 0}}`},
		{"rotation where one server is managed", `redis: {external: {secretName: cache}}`, `{redis: {external: {secretName: cache}}, rotation: {passwords: {everyDays: 30}}}`},
		{"cache becomes three servers", `{}`, `redis: {managed: {mode: Sentinel}}`},
		{"database of cnpg grows", `postgres: {cloudNativePG: {}}`, `postgres: {cloudNativePG: {instances: 5, storage: {size: 11Gi}}}`},
		{"hibernate", `{}`, `chat: {replicas: 0}`},
		{"another external secret", `postgres: {external: {secretName: a}}`, `postgres: {external: {secretName: b}}`},
	} {
		t.Run(good.name, func(t *testing.T) {
			name := resourceName(good.name)
			if err := create(t, namespace, name, good.before); err != nil {
				t.Fatal(err)
			}
			if err := update(t, namespace, name, good.after); err != nil {
				t.Error(err)
			}
		})
	}
}

func managed(server, size string) string {
	return server + `: {managed: {storage: {size: ` + size + `}}}`
}

func resourceName(test string) string { return strings.ReplaceAll(test, " ", "-") }

func object(t *testing.T, namespace, name, spec string) *unstructured.Unstructured {
	t.Helper()
	parsed := map[string]any{}
	if err := yaml.Unmarshal([]byte(spec), &parsed); err != nil {
		t.Fatalf("the test's own YAML: %v", err)
	}
	o := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "uim.dev/v1alpha1",
		"kind":       "UIMCluster",
		"spec":       parsed,
	}}
	o.SetNamespace(namespace)
	o.SetName(name)
	return o
}

func create(t *testing.T, namespace, name, spec string) error {
	t.Helper()
	return cluster.Client.Create(t.Context(), object(t, namespace, name, spec), client.FieldValidation("Strict"))
}

func update(t *testing.T, namespace, name, spec string) error {
	t.Helper()
	wanted := object(t, namespace, name, spec)
	live := wanted.DeepCopy()
	if err := cluster.Client.Get(t.Context(), client.ObjectKeyFromObject(live), live); err != nil {
		t.Fatal(err)
	}
	wanted.SetResourceVersion(live.GetResourceVersion())
	return cluster.Client.Update(t.Context(), wanted, client.FieldValidation("Strict"))
}

func requireRefused(t *testing.T, err error, says string) {
	t.Helper()
	if err == nil {
		t.Fatal("the API server took it")
	}
	if !strings.Contains(err.Error(), says) {
		t.Errorf("the API server says\n  %v\nwhich does not contain\n  %s", err, says)
	}
}

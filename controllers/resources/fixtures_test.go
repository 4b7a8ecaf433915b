package resources_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
)

var update = flag.Bool("update", false, "write the golden files anew")

// images are those of the fixtures' operator.
func images() resources.Images {
	return resources.Images{UIM: "localhost/uim:1.4.0", Postgres: "localhost/uim-postgres:15", Redis: "localhost/uim-redis:7"}
}

// given is a UIMCluster named acme with a spec in YAML.
func given(t *testing.T, spec string) resources.Cluster {
	t.Helper()
	in := &v1alpha1.UIMCluster{ObjectMeta: metav1.ObjectMeta{Name: "acme", Namespace: "chat", UID: "6f1c2d7e-0000-4000-8000-000000000001"}}
	if err := yaml.UnmarshalStrict([]byte(spec), &in.Spec); err != nil {
		t.Fatalf("the test's own YAML: %v", err)
	}
	return resources.Resolve(in, images())
}

// fullSpec sets everything that there is to set of a managed cluster.
const fullSpec = `
image: registry.example/uim@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
chat:
  replicas: 5
  resources:
    requests: {cpu: "1", memory: 1Gi}
    limits: {cpu: "2"}
  nodeSelector: {disk: ssd}
  priorityClassName: chat-first
  topologySpread: [{topologyKey: topology.kubernetes.io/zone, maxSkew: 2, whenUnsatisfiable: DoNotSchedule}, {topologyKey: kubernetes.io/hostname}]
  tolerations:
  - {key: dedicated, operator: Equal, value: chat, effect: NoSchedule}
  - {operator: Exists, effect: NoExecute, tolerationSeconds: 30}
  limits: {messagesPerMinute: 100, messagesPerHour: 2000}
  extraEnv:
  - {name: UIM_LOG_LEVEL, value: debug}
  drainSeconds: 30
postgres:
  managed:
    storage: {size: 100Gi, storageClassName: fast}
    resources: {requests: {memory: 4Gi}}
    parameters: {work_mem: 16MB, shared_buffers: 1GB}
    image: registry.example/postgres:16
redis:
  managed:
    storage: {size: 5Gi, storageClassName: fast}
    resources: {limits: {memory: 32Mi}}
    image: registry.example/valkey:8
ingress:
  host: chat.example.com
  className: traefik
  annotations: {cert-manager.io/cluster-issuer: letsencrypt}
tls: {secretName: chat-tls}
networkPolicy:
  chatFrom: [{namespaceLabels: {kubernetes.io/metadata.name: ingress}}, {cidr: 192.0.2.0/24}]
  metricsFrom: [{namespaceLabels: {kubernetes.io/metadata.name: monitoring}, podLabels: {app: prometheus}}]
monitoring:
  podMonitor: {enabled: true, interval: 15s, labels: {release: prometheus}}
  prometheusRule: {enabled: true, labels: {release: prometheus}}
  dashboard: {enabled: true, labels: {grafana_folder: chat}}
deletionPolicy: Delete
`

// externalSpec leaves Postgres and Redis to others.
const externalSpec = `
postgres: {external: {secretName: db}}
redis: {external: {secretName: cache}}
chat: {replicas: 1}
ingress: {host: chat.example.com}
`

// gatewaySpec lets browsers in by two Gateways, with a certificate of cert-manager.
const gatewaySpec = `
gateway:
  host: chat.example.com
  parentRefs:
  - {name: public, namespace: infra, sectionName: https}
  - {name: internal, port: 8443}
  annotations: {external-dns.alpha.kubernetes.io/ttl: "60"}
tls: {issuerRef: {name: letsencrypt, kind: ClusterIssuer}}
`

// severalSpec has servers that take each other's place.
const severalSpec = `
postgres: {cloudNativePG: {}}
redis: {managed: {mode: Sentinel}}
`

// severalFullSpec sets everything that there is to set of those.
const severalFullSpec = `
postgres:
  cloudNativePG:
    instances: 5
    storage: {size: 100Gi, storageClassName: fast}
    resources: {requests: {cpu: "2", memory: 4Gi}, limits: {cpu: "4"}}
    parameters: {work_mem: 16MB, max_connections: "200"}
    image: ghcr.example/postgresql:17
redis:
  managed:
    mode: Sentinel
    storage: {size: 5Gi, storageClassName: fast}
    resources: {limits: {memory: 1Gi}}
    image: registry.example/valkey:8
deletionPolicy: Delete
`

// zeros stands in for the random source.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// golden compares an object with the file testdata/<test name>.yaml.
func golden(t *testing.T, object any) {
	t.Helper()
	got, err := yaml.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", t.Name()+".yaml")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("not as in %s; if that is wanted: go test -update. Difference (- file, + now):\n%s", file, cmp.Diff(string(want), string(got)))
	}
}

package uimcluster_test

import (
	"errors"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/api/v1alpha1"
)

const externalSpec = `{postgres: {external: {secretName: db}}, redis: {external: {secretName: cache}}}`

func (s *story) givenSecret(name string, data map[string]string) {
	s.Helper()
	s.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, StringData: data})
}

func database() map[string]string {
	return map[string]string{"host": "db.example", "user": "uim", "password": "p", "dbname": "uim"}
}

func TestExternalSecretsMayAppearLater(t *testing.T) {
	s := newStory(t)
	s.givenCluster(externalSpec)
	s.thenCondition("DatabaseReady", "False", "SecretMissing", `Secret "db", which spec.postgres.external.secretName names, is not in namespace "`+s.namespace+`": create it`)
	s.thenCondition("CacheReady", "False", "SecretMissing", "kubectl explain uimcluster.spec.redis.external.secretName")
	s.thenPhase(v1alpha1.PhaseBlocked)

	s.givenSecret("db", map[string]string{"host": "db.example", "user": "uim"})
	s.thenCondition("DatabaseReady", "False", "SecretIncomplete", `Secret "db" lacks password, dbname (or database)`)
	change(s, "db", &corev1.Secret{}, func(o *corev1.Secret) { o.StringData = database() })
	s.thenCondition("DatabaseReady", "True", "External", `Secret "db"`)

	s.givenSecret("cache", map[string]string{"addr": "redis.example"})
	s.thenCondition("CacheReady", "False", "SecretIncomplete", "not host:port")
	change(s, "cache", &corev1.Secret{}, func(o *corev1.Secret) { o.StringData = map[string]string{"addr": "redis.example:6379"} })
	s.thenCondition("CacheReady", "True", "External", "")

	s.whenMigrationEnds()
	s.whenChatIsRolledOut()
	s.thenCondition("Ready", "True", "AllPartsReady", "")
	s.requireNone("acme-postgres", &appsv1.StatefulSet{})
	s.requireNone("acme-redis", &appsv1.StatefulSet{})
	if got := s.cluster().Status.Postgres.SecretName; got != "db" {
		t.Errorf("status names Secret %q", got)
	}
}

func TestChangedExternalSecretRollsTheChatServers(t *testing.T) {
	s := newStory(t)
	s.givenSecret("db", database())
	s.givenSecret("cache", map[string]string{"addr": "redis.example:6379"})
	s.givenCluster(externalSpec)
	s.whenMigrationEnds()
	s.whenChatIsRolledOut()
	s.thenCondition("Ready", "True", "AllPartsReady", "")

	before, job := fingerprint(s.deployment().Spec.Template), s.migrations()[0].Name
	change(s, "db", &corev1.Secret{}, func(o *corev1.Secret) { o.Data["password"] = []byte("new") })
	s.whenMigrationEnds(job)
	s.eventually("a rollout", func() error {
		if fingerprint(s.deployment().Spec.Template) == before {
			return errors.New("has not begun")
		}
		return nil
	})
}

// The chat servers that run stay when a Secret goes; the condition says what is
// wrong.
func TestLostExternalSecretLeavesTheChatServersAlone(t *testing.T) {
	s := newStory(t)
	s.givenSecret("cache", map[string]string{"addr": "redis.example:6379"})
	s.givenCluster(`redis: {external: {secretName: cache}}`)
	s.whenPostgresStarts()
	s.whenMigrationEnds()
	s.whenChatIsRolledOut()
	s.thenCondition("Ready", "True", "AllPartsReady", "")

	s.delete(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "cache"}})
	s.thenCondition("Ready", "False", "SecretMissing", `Secret "cache"`)
	s.thenCondition("ChatAvailable", "True", "Serving", "")
	if n := *s.deployment().Spec.Replicas; n != 2 {
		t.Errorf("there are %d chat servers", n)
	}
}

// The managed Redis stays until no chat server uses it.
func TestRedisThatMovedOutRetires(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	s.givenSecret("cache", map[string]string{"addr": "redis.example:6379"})
	s.whenSpecBecomes(`redis: {external: {secretName: cache}}`)
	s.thenCondition("Ready", "False", "RollingOut", "")
	s.afterPasses(1)
	s.get("acme-redis", &appsv1.StatefulSet{})
	s.get("acme-redis", &networkingv1.NetworkPolicy{})

	s.whenChatIsRolledOut()
	s.thenGone("acme-redis", &appsv1.StatefulSet{})
	s.thenGone("acme-redis", &corev1.Service{})
	s.thenGone("acme-redis", &corev1.ConfigMap{})
	s.thenGone("acme-redis", &networkingv1.NetworkPolicy{})
	s.get("acme-redis", &corev1.PersistentVolumeClaim{})
	s.thenCondition("Ready", "True", "AllPartsReady", "")
}

// Pods read no uri: what it says is in a Secret of the cluster, which follows it.
func TestExternalPostgresByURI(t *testing.T) {
	s := newStory(t)
	s.givenSecret("db", map[string]string{"uri": "postgresql://app:p%40ss@db.example:6432/chat?sslmode=verify-full", "host": "elsewhere"})
	s.givenCluster(`postgres: {external: {secretName: db}}`)
	s.thenCondition("DatabaseReady", "False", "SecretIncomplete", `Secret "db" has a uri and a host that contradict each other: remove one of the two`)
	s.thenPhase(v1alpha1.PhaseBlocked)

	change(s, "db", &corev1.Secret{}, func(o *corev1.Secret) { delete(o.Data, "host"); o.Data["ca.crt"] = []byte("x") })
	s.thenCondition("DatabaseReady", "False", "SecretIncomplete", "has a ca.crt without a certificate in PEM")
	change(s, "db", &corev1.Secret{}, func(o *corev1.Secret) { delete(o.Data, "ca.crt") })
	s.thenCondition("DatabaseReady", "True", "External", `Secret "db"`)
	job := s.whenMigrationEnds()
	s.requireEnvironment(job.Spec.Template, "PGPASSWORD", "acme-postgres/password")
	secret := &corev1.Secret{}
	s.get("acme-postgres", secret)
	if string(secret.Data["password"]) != "p@ss" || string(secret.Data["sslmode"]) != "verify-full" || secret.Data["uri"] != nil {
		t.Errorf("the Secret holds %s", secret.Data)
	}

	change(s, "db", &corev1.Secret{}, func(o *corev1.Secret) { o.Data["uri"] = []byte("postgresql://app:new@db.example:6432/chat") })
	s.whenMigrationEnds(job.Name)
	s.get("acme-postgres", secret)
	if string(secret.Data["password"]) != "new" || secret.Data["sslmode"] != nil {
		t.Errorf("the Secret holds %s", secret.Data)
	}
}

func TestExternalRedisOfSeveralServers(t *testing.T) {
	s := newStory(t)
	s.givenSecret("cache", map[string]string{"addr": "a.example:26379,b.example:26379"})
	s.givenCluster(`redis: {external: {secretName: cache}}`)
	s.thenCondition("CacheReady", "False", "SecretIncomplete", "add sentinel-master if they are sentinels, or cluster")
	change(s, "cache", &corev1.Secret{}, func(o *corev1.Secret) { o.Data["sentinel-master"] = []byte("chat") })
	s.thenCondition("CacheReady", "True", "External", "")
	s.whenPostgresStarts()
	s.whenMigrationEnds()
	s.requireEnvironment(s.deployment().Spec.Template, "UIM_REDIS_SENTINEL_MASTER", "cache/sentinel-master")
	policy := &networkingv1.NetworkPolicy{}
	s.get("acme-chat", policy)
	var ports []int32
	for _, port := range policy.Spec.Egress[2].Ports {
		ports = append(ports, port.Port.IntVal)
	}
	if !slices.Equal(ports, []int32{6379, 26379}) {
		t.Errorf("chat servers may reach the ports %v", ports)
	}
}

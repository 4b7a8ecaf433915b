package status_test

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/status"
)

// healthy is a cluster of two chat servers that is as it should be; changes make
// it another.
func healthy(changes ...func(*status.Facts)) status.Facts {
	cluster := &v1alpha1.UIMCluster{ObjectMeta: metav1.ObjectMeta{Name: "acme", Namespace: "team"}}
	f := status.Facts{
		Generation: 3,
		Cluster:    resources.Resolve(cluster, resources.Images{UIM: "localhost/uim:1.4.0", Postgres: "pg:15", Redis: "redis:7"}),
		Problems:   map[status.Part]status.Problem{},
		Database:   status.Server{Secret: "acme-postgres", Ready: true, ReadyServers: 1, StorageSize: "20Gi", StorageCapacity: "10Gi"},
		Cache:      status.Server{Secret: "acme-redis", Ready: true, ReadyServers: 1, StorageSize: "1Gi"},
		Migrations: status.Migration{Job: "acme-migrate-1", State: status.MigrationDone},
		Chat:       status.Servers{Exist: true, Current: true, Replicas: 2, Updated: 2, Ready: 2, Available: 2},
	}
	for _, change := range changes {
		change(&f)
	}
	return f
}

func replicas(n int32) func(*status.Facts) {
	return func(f *status.Facts) { f.Cluster.Chat.Replicas = n }
}

func chat(c status.Servers) func(*status.Facts) {
	return func(f *status.Facts) { f.Chat = c }
}

func migration(state status.MigrationState, detail string) func(*status.Facts) {
	return func(f *status.Facts) { f.Migrations.State, f.Migrations.Detail = state, detail }
}

func problem(part status.Part, reason string, needsHelp bool) func(*status.Facts) {
	return func(f *status.Facts) {
		f.Problems[part] = status.Problem{Reason: reason, Message: "Service \"acme-chat\" is in the way", NeedsHelp: needsHelp}
	}
}

func ingress(tls *resources.TLS) func(*status.Facts) {
	return func(f *status.Facts) {
		f.Cluster.Host, f.Cluster.Ingress, f.Cluster.TLS = "chat.example.com", &resources.Ingress{}, tls
	}
}

func certificate(secret string, late, public bool) func(*status.Facts) {
	return func(f *status.Facts) {
		f.Certificates = append(f.Certificates, status.Certificate{Secret: secret, NotAfter: time.Unix(1_800_000_000, 0), Late: late, Public: public})
	}
}

func pausedWith(pending ...string) func(*status.Facts) {
	return func(f *status.Facts) { f.Paused, f.Pending = true, pending }
}

// cloudNativePG is a Postgres of three servers, of which some are ready.
func cloudNativePG(ready int32) func(*status.Facts) {
	return func(f *status.Facts) {
		f.Cluster.Postgres.CloudNativePG, f.Cluster.Postgres.Instances = true, 3
		f.Database = status.Server{Secret: "acme-postgres", Ready: ready >= 2, ReadyServers: ready, Quorum: 2, Detail: "Failing over"}
	}
}

// sentinels is a Redis of three servers, of which some are ready and one is replaced.
func sentinels(ready int32) func(*status.Facts) {
	return func(f *status.Facts) {
		f.Cluster.Redis.Instances = 3
		f.Cache = status.Server{Secret: "acme-redis-ha", Ready: ready >= 2, ReadyServers: ready, Quorum: 2, Updating: ready == 2}
	}
}

func TestConditions(t *testing.T) {
	starting := func(f *status.Facts) {
		f.Database.Ready, f.Cache.Ready = false, false
		f.Migrations.State = status.MigrationWaiting
		f.Chat = status.Servers{}
	}
	databaseUp := func(f *status.Facts) { f.Database.Ready = true }
	for _, test := range []struct {
		name  string
		facts status.Facts
		phase v1alpha1.Phase
		// want has a line a condition: type, status (+ or -), reason, and after a
		// bar a part of the message.
		want []string
	}{
		{"running", healthy(), v1alpha1.PhaseRunning, []string{
			"+Ready AllPartsReady", "+DatabaseReady Accepting", "+CacheReady Accepting", "+MigrationsCurrent Current | localhost/uim:1.4.0",
			"+ChatAvailable Serving", "-Progressing Settled", "-Paused NotPaused",
		}},
		{"just made", healthy(starting), v1alpha1.PhaseInstalling, []string{
			"-Ready NotAccepting", "-DatabaseReady NotAccepting | kubectl describe pod acme-postgres-0 -n team", "-CacheReady NotAccepting | acme-redis-0",
			"-MigrationsCurrent WaitingForDatabase", "-ChatAvailable WaitingForMigrations", "+Progressing WaitingForParts",
		}},
		{"migrating", healthy(starting, databaseUp, migration(status.MigrationRunning, ""), func(f *status.Facts) { f.Cache.Ready = true }), v1alpha1.PhaseInstalling, []string{
			"-Ready MigrationRunning", "+DatabaseReady Accepting", `-MigrationsCurrent MigrationRunning | Job "acme-migrate-1"`, "+Progressing Migrating",
		}},
		{"first servers start", healthy(chat(status.Servers{Exist: true, Current: true, Replicas: 2, Updated: 2})), v1alpha1.PhaseDegraded, []string{
			"-Ready NoServerReady", "-ChatAvailable NoServerReady | kubectl logs deployment/acme-chat -n team",
		}},
		{"migration failed", healthy(migration(status.MigrationFailed, "BackoffLimitExceeded: it has reached the limit")), v1alpha1.PhaseBlocked, []string{
			"-Ready MigrationFailed", "-MigrationsCurrent MigrationFailed | (BackoffLimitExceeded: it has reached the limit)",
			"-MigrationsCurrent MigrationFailed | kubectl logs job/acme-migrate-1 -n team", "+ChatAvailable Serving", "-Progressing MigrationFailed",
		}},
		{"rolling out", healthy(chat(status.Servers{Exist: true, Current: true, Replicas: 3, Updated: 1, Ready: 2, Available: 2})), v1alpha1.PhaseUpdating, []string{
			"-Ready RollingOut | 1 of 2", "+ChatAvailable Serving", "+Progressing RollingOut | 1 of 2",
		}},
		{"about to roll out", healthy(chat(status.Servers{Exist: true, Current: false, Replicas: 2, Updated: 2, Ready: 2, Available: 2})), v1alpha1.PhaseUpdating, []string{
			"-Ready RollingOut | 0 of 2", "+Progressing RollingOut",
		}},
		{"scaling down", healthy(replicas(1)), v1alpha1.PhaseUpdating, []string{"-Ready RollingOut", "+ChatAvailable Serving"}},
		{"rollout stuck", healthy(chat(status.Servers{Exist: true, Current: true, Replicas: 3, Updated: 1, Ready: 2, Available: 2, Stuck: "ProgressDeadlineExceeded"})), v1alpha1.PhaseBlocked, []string{
			"-Ready RolloutStuck | kubectl describe pod -n team -l app.kubernetes.io/instance=acme,app.kubernetes.io/component=chat", "+ChatAvailable Serving", "-Progressing RolloutStuck",
		}},
		{"one server lost", healthy(chat(status.Servers{Exist: true, Current: true, Replicas: 2, Updated: 2, Ready: 1, Available: 1})), v1alpha1.PhaseDegraded, []string{
			"-Ready ServersMissing | 1 of 2", "+ChatAvailable Serving", "-Progressing Settled",
		}},
		{"all servers lost", healthy(chat(status.Servers{Exist: true, Current: true, Replicas: 2, Updated: 2})), v1alpha1.PhaseDegraded, []string{
			"-Ready NoServerReady", "-ChatAvailable NoServerReady",
		}},
		{"database lost", healthy(func(f *status.Facts) { f.Database.Ready = false }), v1alpha1.PhaseDegraded, []string{
			"-Ready NotAccepting", "-DatabaseReady NotAccepting", "+ChatAvailable Serving",
		}},
		{"database restarts", healthy(func(f *status.Facts) { f.Database.Updating = true }), v1alpha1.PhaseUpdating, []string{
			`-DatabaseReady Updating | StatefulSet "acme-postgres"`, "+Progressing UpdatingParts",
		}},
		{"external", healthy(func(f *status.Facts) { f.Cluster.Postgres = resources.Server{External: "db"} }), v1alpha1.PhaseRunning, []string{
			`+DatabaseReady External | Secret "db"`, "+Ready AllPartsReady",
		}},
		{"CloudNativePG", healthy(cloudNativePG(3)), v1alpha1.PhaseRunning, []string{
			"+DatabaseReady Accepting | 3 of 3 servers are ready", "+Ready AllPartsReady",
		}},
		{"CloudNativePG lost a server", healthy(cloudNativePG(2)), v1alpha1.PhaseRunning, []string{
			"+DatabaseReady Degraded | 2 of 3 servers are ready (Failing over): kubectl describe clusters.postgresql.cnpg.io acme-postgres -n team", "+Ready AllPartsReady",
		}},
		{"CloudNativePG lost two servers", healthy(cloudNativePG(1)), v1alpha1.PhaseDegraded, []string{
			"-DatabaseReady NoQuorum | 1 of 3 servers are ready (Failing over), and 2 are needed", "-Ready NoQuorum", "+ChatAvailable Serving",
		}},
		{"CloudNativePG just began", healthy(cloudNativePG(0)), v1alpha1.PhaseDegraded, []string{
			"-DatabaseReady NotAccepting | 0 of 3 servers are ready (Failing over)",
		}},
		{"sentinels", healthy(sentinels(3)), v1alpha1.PhaseRunning, []string{"+CacheReady Accepting | 3 of 3 servers are ready"}},
		{"a sentinel's server is replaced", healthy(sentinels(2)), v1alpha1.PhaseRunning, []string{
			"+CacheReady Degraded | kubectl describe pod -n team -l app.kubernetes.io/instance=acme,app.kubernetes.io/component=redis-ha", "+Progressing UpdatingParts",
		}},
		{"sentinels cannot agree", healthy(sentinels(1)), v1alpha1.PhaseDegraded, []string{"-CacheReady NoQuorum | 1 of 3 servers are ready, and 2 are needed"}},
		{"hibernated", healthy(replicas(0), chat(status.Servers{Exist: true, Current: true})), v1alpha1.PhaseHibernated, []string{
			"+Ready Hibernated", "-ChatAvailable Hibernated", "-Progressing Settled",
		}},
		{"about to hibernate", healthy(replicas(0)), v1alpha1.PhaseUpdating, []string{"-Ready RollingOut", "+ChatAvailable Serving"}},
		{"blocked", healthy(problem(status.Chat, "NameTaken", true)), v1alpha1.PhaseBlocked, []string{
			`-Ready NameTaken | Service "acme-chat"`, "+ChatAvailable Serving", "-Progressing NameTaken",
		}},
		{"Secret missing", healthy(problem(status.Cache, "SecretMissing", true)), v1alpha1.PhaseBlocked, []string{
			"-Ready SecretMissing", "-CacheReady SecretMissing", "-Progressing SecretMissing",
		}},
		{"retrying", healthy(problem(status.Database, "Retrying", false)), v1alpha1.PhaseDegraded, []string{
			"-DatabaseReady Retrying", "+Progressing WaitingForParts",
		}},
		{"inside only", healthy(), v1alpha1.PhaseRunning, []string{
			"+CertificatesValid NoneKept", "+TrafficRouted InsideOnly | http://acme-chat.team.svc",
		}},
		{"certificates", healthy(ingress(&resources.TLS{Secret: "chat-tls"}), certificate("chat-tls", false, true), certificate("acme-redis-tls", false, false)), v1alpha1.PhaseRunning, []string{
			`+CertificatesValid Valid | 2 certificates are valid; the first to end is in Secret "chat-tls", at 2027-01-15T08:00:00Z`,
			"+TrafficRouted IngressMade | https://chat.example.com", "+Ready AllPartsReady",
		}},
		{"own certificate ends soon", healthy(ingress(&resources.TLS{Secret: "chat-tls"}), certificate("chat-tls", true, true)), v1alpha1.PhaseRunning, []string{
			`+CertificatesValid ExpiringSoon | Secret "chat-tls" ends at 2027-01-15T08:00:00Z and was not replaced: put a new certificate`, "+Ready AllPartsReady",
		}},
		{"issued certificate ends soon", healthy(ingress(&resources.TLS{Secret: "x", Issuer: &v1alpha1.IssuerReference{}}), certificate("x", true, true)), v1alpha1.PhaseRunning, []string{
			"+CertificatesValid ExpiringSoon | kubectl describe certificate -n team",
		}},
		{"certificate of no use", healthy(problem(status.Certificates, "HostMismatch", true)), v1alpha1.PhaseBlocked, []string{
			"-CertificatesValid HostMismatch", "-Ready HostMismatch", "+ChatAvailable Serving", "-Progressing HostMismatch",
		}},
		{"certificate on its way", healthy(problem(status.Certificates, "CertificatePending", false)), v1alpha1.PhaseDegraded, []string{
			"-CertificatesValid CertificatePending", "-Ready CertificatePending", "+Progressing WaitingForParts",
		}},
		{"route refused", healthy(problem(status.Traffic, "RouteRefused", true)), v1alpha1.PhaseBlocked, []string{
			"-TrafficRouted RouteRefused", "-Ready RouteRefused", "+ChatAvailable Serving",
		}},
		{"rollout before the route", healthy(problem(status.Traffic, "RouteRefused", true), chat(status.Servers{Exist: true, Current: true, Replicas: 3, Updated: 1, Ready: 2, Available: 2})), v1alpha1.PhaseBlocked, []string{
			"-Ready RollingOut", "-TrafficRouted RouteRefused",
		}},
		{"paused", healthy(pausedWith()), v1alpha1.PhasePaused, []string{
			"+Ready AllPartsReady", "+Paused Paused | none are pending", "-Progressing Paused",
		}},
		{"paused with changes", healthy(pausedWith(`Deployment "acme-chat"`, `Ingress "acme-chat"`)), v1alpha1.PhasePaused, []string{
			"-Ready ChangesPending", `+Paused Paused | pending: Deployment "acme-chat", Ingress "acme-chat"`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := status.Compute(v1alpha1.UIMClusterStatus{}, test.facts)
			if got.Phase != test.phase {
				t.Errorf("the phase is %s, want %s", got.Phase, test.phase)
			}
			for _, want := range test.want {
				requireCondition(t, got.Conditions, want)
			}
		})
	}
}

func requireCondition(t *testing.T, all []metav1.Condition, want string) {
	t.Helper()
	head, says, _ := strings.Cut(want, " | ")
	name, reason, _ := strings.Cut(head[1:], " ")
	c := meta.FindStatusCondition(all, name)
	if c == nil {
		t.Errorf("there is no condition %s", name)
		return
	}
	isTrue := map[byte]metav1.ConditionStatus{'+': metav1.ConditionTrue, '-': metav1.ConditionFalse}[want[0]]
	if c.Status != isTrue || c.Reason != reason || !strings.Contains(c.Message, says) {
		t.Errorf("%s is %s, %s: %s\nwant %s", name, c.Status, c.Reason, c.Message, want)
	}
}

func TestConditionsAreInOrderAndObserved(t *testing.T) {
	got := status.Compute(v1alpha1.UIMClusterStatus{}, healthy()).Conditions
	var names []string
	for _, c := range got {
		names = append(names, c.Type)
		if c.ObservedGeneration != 3 || c.Message == "" || c.LastTransitionTime.IsZero() {
			t.Errorf("%s lacks its generation, message or time", c.Type)
		}
	}
	if all := strings.Join(names, " "); all != "Ready DatabaseReady CacheReady MigrationsCurrent ChatAvailable CertificatesValid TrafficRouted Progressing Paused" {
		t.Errorf("the conditions are %s", all)
	}
}

func TestEffectiveValuesAreShown(t *testing.T) {
	got := status.Compute(v1alpha1.UIMClusterStatus{}, healthy())
	for what, pair := range map[string][2]string{
		"replicas": {got.Replicas, "2/2"},
		"image":    {got.Image, "localhost/uim:1.4.0"},
		"version":  {got.Version, "1.4.0"},
		"url":      {got.URL, "http://acme-chat.team.svc"},
		"selector": {got.Chat.Selector, "app.kubernetes.io/component=chat,app.kubernetes.io/instance=acme,app.kubernetes.io/name=uim"},
		"secret":   {got.Postgres.SecretName, "acme-postgres"},
		"storage":  {got.Postgres.StorageSize, "20Gi"},
		"capacity": {got.Postgres.StorageCapacity, "10Gi"},
		"mode":     {got.Postgres.Mode, "Managed"},
		"servers":  {got.Postgres.Servers, "1/1"},
		"memory":   {got.Postgres.Resources.Limits.Memory.String(), "1Gi"},
		"settings": {got.Postgres.Parameters["max_connections"], "500"},
		"redis":    {got.Redis.Image, "redis:7"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %q, want %q", what, pair[0], pair[1])
		}
	}
}

func TestCertificateThatPeopleAreShown(t *testing.T) {
	if got := status.Compute(v1alpha1.UIMClusterStatus{}, healthy(certificate("acme-redis-tls", false, false))).TLS; got != (v1alpha1.TLSStatus{}) {
		t.Errorf("without TLS it is %+v", got)
	}
	got := status.Compute(v1alpha1.UIMClusterStatus{}, healthy(ingress(&resources.TLS{Secret: "chat-tls"}), certificate("chat-tls", false, true))).TLS
	if got.SecretName != "chat-tls" || got.NotAfter == nil || got.NotAfter.Unix() != 1_800_000_000 {
		t.Errorf("it is %+v", got)
	}
}

func TestModesAreShown(t *testing.T) {
	got := status.Compute(v1alpha1.UIMClusterStatus{}, healthy(cloudNativePG(2), sentinels(3)))
	if got.Postgres.Mode != "CloudNativePG" || got.Postgres.Servers != "2/3" || got.Redis.Mode != "Sentinel" || got.Redis.Servers != "3/3" {
		t.Errorf("the status is %+v and %+v", got.Postgres, got.Redis)
	}
	external := func(f *status.Facts) { f.Cluster.Redis = resources.Server{External: "cache"} }
	if got := status.Compute(v1alpha1.UIMClusterStatus{}, healthy(external)).Redis; got.Mode != "External" || got.Servers != "" || got.Image != "" {
		t.Errorf("the status is %+v", got)
	}
}

// An unchanged cluster has an unchanged status, or every pass would write one.
func TestStatusIsStable(t *testing.T) {
	before := status.Compute(v1alpha1.UIMClusterStatus{}, healthy())
	for i := range before.Conditions {
		before.Conditions[i].LastTransitionTime = metav1.NewTime(time.Unix(1000, 0))
	}
	after := status.Compute(before, healthy())
	for i, c := range after.Conditions {
		if c != before.Conditions[i] {
			t.Errorf("%s changed", c.Type)
		}
	}
	lost := status.Compute(before, healthy(func(f *status.Facts) { f.Database.Ready = false }))
	if c := meta.FindStatusCondition(lost.Conditions, "DatabaseReady"); c.LastTransitionTime.Unix() == 1000 {
		t.Error("a change has the time of the change before")
	}
	if c := meta.FindStatusCondition(before.Conditions, "DatabaseReady"); c.Status != metav1.ConditionTrue {
		t.Error("the status before was written to")
	}
}

// Installing lasts until everything was there once.
func TestInstallingEndsWithTheFirstSuccess(t *testing.T) {
	installing := v1alpha1.UIMClusterStatus{Phase: v1alpha1.PhaseInstalling}
	partly := healthy(chat(status.Servers{Exist: true, Current: true, Replicas: 2, Updated: 2, Ready: 1, Available: 1}))
	if got := status.Compute(installing, partly).Phase; got != v1alpha1.PhaseInstalling {
		t.Errorf("with the first server: %s", got)
	}
	running := status.Compute(installing, healthy())
	if running.Phase != v1alpha1.PhaseRunning {
		t.Errorf("with all servers: %s", running.Phase)
	}
	if got := status.Compute(running, partly).Phase; got != v1alpha1.PhaseDegraded {
		t.Errorf("with one lost: %s", got)
	}
}

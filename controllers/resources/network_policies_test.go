package resources_test

import (
	"fmt"
	"slices"
	"testing"

	"uim.dev/uim/controllers/resources"
)

func TestNetworkPolicies(t *testing.T) {
	for name, spec := range map[string]string{"minimal": "{}", "full": fullSpec, "external": externalSpec, "several": severalSpec} {
		t.Run(name, func(t *testing.T) {
			c := given(t, spec)
			d := dependenciesOf(t, c).dependencies
			golden(t, resources.NetworkPolicies(c, d.Database, d.Cache))
		})
	}
	if c := given(t, "networkPolicy: {enabled: false}"); resources.NetworkPolicies(c, resources.Connection{}, resources.Connection{}) != nil {
		t.Error("there are policies although they are switched off")
	}
}

// Who may reach whom, allowed and refused, as a network that enforces the rendered
// policies would decide it.
func TestWhoMayReachWhom(t *testing.T) {
	c := given(t, "{}")
	everyone := map[string]endpoint{
		"chat": podOfCluster(c, resources.ComponentChat), "postgres": podOfCluster(c, resources.ComponentPostgres),
		"redis": podOfCluster(c, resources.ComponentRedis), "redis-ha": podOfCluster(c, resources.ComponentRedisHA), "migration": podOfCluster(c, resources.ComponentMigration),
		"logins":        podOfCluster(c, resources.ComponentLogins),
		"cnpg":          {namespace: "chat", podLabels: map[string]string{"cnpg.io/cluster": "acme-postgres", "cnpg.io/podRole": "instance"}, address: "10.1.0.8"},
		"cnpg of other": {namespace: "chat", podLabels: map[string]string{"cnpg.io/cluster": "other", "cnpg.io/podRole": "instance"}, address: "10.1.0.7"},
		"neighbour":     {namespace: "chat", podLabels: map[string]string{"app": "neighbour"}, address: "10.1.0.9"},
		"another":       {namespace: "chat", podLabels: resources.SelectorLabels("another", resources.ComponentChat), address: "10.1.0.10"},
		"ingress":       {namespace: "ingress", podLabels: map[string]string{"app": "traefik"}, address: "10.1.0.11"},
		"prometheus":    {namespace: "monitoring", podLabels: map[string]string{"app": "prometheus"}, address: "10.1.0.12"},
		"dns":           {namespace: "kube-system", podLabels: map[string]string{"k8s-app": "kube-dns"}, address: "10.1.0.13"},
		"internet":      {address: "203.0.113.7"},
		"ours outside":  {address: "192.0.2.7"},
		"cloud address": {address: "169.254.169.254"},
	}
	// "from → to:port"; what is not listed is refused. Between two of our own pods a
	// connection must be let out of the one and into the other.
	for name, situation := range map[string]struct {
		spec    string
		in, out []string
	}{
		"by default": {
			spec: "{}",
			in: []string{"* → chat:8080", "pods → chat:9090",
				"chat → postgres:5432", "migration → postgres:5432", "chat → redis:6379", "logins → postgres:5432", "logins → redis:6379"},
			out: []string{"chat → postgres:5432", "migration → postgres:5432", "chat → redis:6379", "chat → *:53", "migration → *:53",
				"logins → postgres:5432", "logins → redis:6379", "logins → *:53"},
		},
		"only the ingress controller and Prometheus": {
			spec: fullSpec,
			in: []string{"ingress → chat:8080", "ours outside → chat:8080", "prometheus → chat:9090",
				"chat → postgres:5432", "migration → postgres:5432", "chat → redis:6379", "logins → postgres:5432", "logins → redis:6379"},
			out: []string{"chat → postgres:5432", "migration → postgres:5432", "chat → redis:6379", "chat → *:53", "migration → *:53",
				"logins → postgres:5432", "logins → redis:6379", "logins → *:53"},
		},
		"servers of somebody else": {
			spec: externalSpec,
			in:   []string{"* → chat:8080", "pods → chat:9090"},
			out:  []string{"chat → *:5432", "migration → *:5432", "chat → *:6379", "chat → *:53", "migration → *:53"},
		},
		"servers that take each other's place": {
			spec: severalSpec,
			in: []string{"* → chat:8080", "pods → chat:9090", "chat → redis-ha:6379", "chat → redis-ha:26379",
				"redis-ha → redis-ha:6379", "redis-ha → redis-ha:26379",
				"chat → cnpg:5432", "migration → cnpg:5432", "cnpg → cnpg:5432", "* → cnpg:8000", "pods → cnpg:9187"},
			out: []string{"chat → cnpg:5432", "migration → cnpg:5432", "chat → redis-ha:6379", "chat → redis-ha:26379",
				"redis-ha → redis-ha:6379", "redis-ha → redis-ha:26379", "chat → *:53", "migration → *:53", "redis-ha → *:53"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := given(t, situation.spec)
			d := dependenciesOf(t, c).dependencies
			n := networkOf(t, resources.NetworkPolicies(c, d.Database, d.Cache))
			for from, source := range everyone {
				for to, destination := range everyone {
					for _, port := range []int32{22, 53, 80, 443, 5432, 6379, 8000, 8080, 9090, 9187, 26379} {
						guarded := destination.of(c) || to == "cnpg" && c.Postgres.CloudNativePG
						want := (!source.of(c) || listed(situation.out, from, source, to, port)) &&
							(!guarded || listed(situation.in, from, source, to, port))
						if got := n.allows(source, destination, port); got != want {
							t.Errorf("%s → %s:%d: allowed is %v", from, to, port, got)
						}
					}
				}
			}
		})
	}
}

// listed says whether a connection is in a list of arrows, in which * is everybody
// and pods is every pod.
func listed(arrows []string, from string, source endpoint, to string, port int32) bool {
	for _, f := range []string{from, "*", "pods"} {
		if f == "pods" && source.namespace == "" {
			continue
		}
		for _, d := range []string{to, "*"} {
			if slices.Contains(arrows, fmt.Sprintf("%s → %s:%d", f, d, port)) {
				return true
			}
		}
	}
	return false
}

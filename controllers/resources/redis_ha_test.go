package resources_test

import (
	"crypto/rand"
	"testing"

	"uim.dev/uim/controllers/resources"
)

func TestRedisHA(t *testing.T) {
	for name, spec := range map[string]string{"minimal": severalSpec, "full": severalFullSpec} {
		t.Run(name, func(t *testing.T) {
			c := given(t, spec)
			b := dependenciesOf(t, c)
			for kind, object := range map[string]any{
				"statefulset": resources.RedisHAStatefulSet(c, b.redis, certificate(), resources.FingerprintKey(b.keys)),
				"configmap":   resources.RedisHAConfigMap(c),
				"secret":      resources.RedisHASecret(c, b.redis),
				"service":     resources.RedisHAService(c),
				"volume":      resources.RedisHAVolume(1)(c, nil),
				"budget":      resources.RedisHADisruptionBudget(c),
				"chat":        resources.ChatDeployment(c, b.dependencies),
			} {
				t.Run(kind, func(t *testing.T) { golden(t, object) })
			}
		})
	}
	if resources.RedisHADisruptionBudget(given(t, "{}")) != nil {
		t.Error("a single server has a disruption budget")
	}
}

// The certificate holds for the names of the pods, by which clients know them.
func TestRedisHACertificateNamesThePods(t *testing.T) {
	c := given(t, severalSpec)
	authority := newAuthority(t, c)
	certificate, err := resources.ServerCertificateData(c, resources.RedisHAName(c), authority, resources.CertificateSource{Now: noon(), Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"acme-redis-ha-0.acme-redis-ha.chat.svc", "acme-redis-ha-2.acme-redis-ha.chat.svc", "localhost"} {
		if err := verify(t, authority, certificate, host, noon()); err != nil {
			t.Error(err)
		}
	}
}

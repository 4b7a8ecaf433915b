package resources_test

import (
	"testing"

	"uim.dev/uim/controllers/resources"
)

func TestRedisStatefulSet(t *testing.T) {
	for name, spec := range map[string]string{"minimal": "{}", "full": fullSpec} {
		t.Run(name, func(t *testing.T) {
			c := given(t, spec)
			b := dependenciesOf(t, c)
			golden(t, resources.RedisStatefulSet(c, resources.LoginsVersion(b.redis), certificate(), resources.FingerprintKey(b.keys)))
		})
	}
}

func TestRedisPodFollowsItsConfiguration(t *testing.T) {
	fingerprint := func(spec string, password string) string {
		c := given(t, spec)
		data, err := resources.RedisData(c, map[string][]byte{"password": []byte(password)}, authority(), zeros{})
		if err != nil {
			t.Fatal(err)
		}
		set := resources.RedisStatefulSet(c, resources.LoginsVersion(data), certificate(), []byte("key"))
		return set.Spec.Template.Annotations[resources.AnnotationFingerprint]
	}
	before := fingerprint("{}", "a")
	if fingerprint("{}", "b") != before {
		t.Error("the fingerprint follows the password, of which Redis is told while it runs")
	}
	if fingerprint("redis: {managed: {resources: {limits: {memory: 1Gi}}}}", "a") == before {
		t.Error("the fingerprint does not follow redis.conf")
	}
	if fingerprint("chat: {replicas: 9}", "a") != before {
		t.Error("the fingerprint follows the chat servers")
	}
}

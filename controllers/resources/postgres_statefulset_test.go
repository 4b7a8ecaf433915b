package resources_test

import (
	"testing"

	"uim.dev/uim/controllers/resources"
)

func TestPostgresStatefulSet(t *testing.T) {
	for name, spec := range map[string]string{"minimal": "{}", "full": fullSpec} {
		t.Run(name, func(t *testing.T) {
			c := given(t, spec)
			b := dependenciesOf(t, c)
			golden(t, resources.PostgresStatefulSet(c, b.postgres, certificate(), resources.FingerprintKey(b.keys)))
		})
	}
}

// The image sets passwords and takes up its certificate at the start of a pod, so a new one must replace it. A
// new address is nothing to Postgres itself.
func TestPostgresPodFollowsItsPasswords(t *testing.T) {
	c := given(t, "{}")
	fingerprint := func(key, value string) string {
		b := dependenciesOf(t, c)
		b.postgres[key] = []byte(value)
		files := certificate()
		if key == "tls.crt" {
			files[key] = []byte(value)
		}
		set := resources.PostgresStatefulSet(c, b.postgres, files, resources.FingerprintKey(b.keys))
		return set.Spec.Template.Annotations[resources.AnnotationFingerprint]
	}
	before := fingerprint("comment", "")
	for _, key := range []string{"password", "owner-password", "superuser-password", "tls.crt"} {
		if fingerprint(key, "new") == before {
			t.Errorf("the fingerprint does not follow %s", key)
		}
	}
	if fingerprint("sslmode", "require") != before {
		t.Error("the fingerprint follows sslmode")
	}
}

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
			golden(t, resources.PostgresStatefulSet(c, resources.LoginsVersion(b.postgres), certificate(), resources.FingerprintKey(b.keys)))
		})
	}
}

// The server takes up its certificate at the start of a pod, so a new one must replace
// it. Of passwords it is told while it runs.
func TestPostgresPodFollowsItsCertificate(t *testing.T) {
	c := given(t, "{}")
	fingerprint := func(key, value string) string {
		b := dependenciesOf(t, c)
		b.postgres[key] = []byte(value)
		files := certificate()
		if key == "tls.crt" {
			files[key] = []byte(value)
		}
		set := resources.PostgresStatefulSet(c, value, files, resources.FingerprintKey(b.keys))
		return set.Spec.Template.Annotations[resources.AnnotationFingerprint]
	}
	before := fingerprint("comment", "")
	if fingerprint("tls.crt", "new") == before {
		t.Error("the fingerprint does not follow the certificate")
	}
	if fingerprint("password", "new") != before {
		t.Error("the fingerprint follows a password, or the version of the logins")
	}
}

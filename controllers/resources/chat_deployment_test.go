package resources_test

import (
	"testing"

	"uim.dev/uim/controllers/resources"
)

func TestChatDeployment(t *testing.T) {
	for name, spec := range map[string]string{"minimal": "{}", "full": fullSpec, "external": externalSpec} {
		t.Run(name, func(t *testing.T) {
			c := given(t, spec)
			golden(t, resources.ChatDeployment(c, dependenciesOf(t, c).dependencies))
		})
	}
}

// Pods must roll when what they read at their start changes, and only then.
func TestChatPodsFollowTheirSecrets(t *testing.T) {
	c := given(t, "{}")
	fingerprint := func(change func(b built)) string {
		b := dependenciesOf(t, c)
		change(b)
		var err error
		if b.dependencies.Database, err = resources.DatabaseConnection("acme-postgres", b.postgres); err != nil {
			t.Fatal(err)
		}
		if b.dependencies.Cache, err = resources.CacheConnection("acme-redis", b.redis); err != nil {
			t.Fatal(err)
		}
		return resources.ChatDeployment(c, b.dependencies).Spec.Template.Annotations[resources.AnnotationFingerprint]
	}
	before := fingerprint(func(built) {})

	for name, change := range map[string]func(b built){
		"database password": func(b built) { b.postgres["password"] = []byte("new") },
		"database host":     func(b built) { b.postgres["host"] = []byte("new") },
		"redis password":    func(b built) { b.redis["password"] = []byte("new") },
		"shared secret":     func(b built) { b.keys["secret"] = []byte("new") },
	} {
		if fingerprint(change) == before {
			t.Errorf("the fingerprint does not follow the %s", name)
		}
	}
	for name, change := range map[string]func(b built){
		"superuser's password": func(b built) { b.postgres["superuser-password"] = []byte("new") },
		"ACL file":             func(b built) { b.redis["users.acl"] = []byte("new") },
		"unknown key":          func(b built) { b.postgres["comment"] = []byte("new") },
		"signing key, which they read again and again": func(b built) { b.keys["signing-20270101t000000z.pem"] = []byte("new") },
	} {
		if fingerprint(change) != before {
			t.Errorf("the fingerprint follows the %s, which chat pods do not read at their start", name)
		}
	}
}

package resources_test

import (
	"strings"
	"testing"

	batchv1ac "k8s.io/client-go/applyconfigurations/batch/v1"

	"uim.dev/uim/controllers/resources"
)

func migrationOf(t *testing.T, spec string, change func(b built)) *batchv1ac.JobApplyConfiguration {
	t.Helper()
	c := given(t, spec)
	b := dependenciesOf(t, c)
	change(b)
	database, err := resources.OwnerConnection("db", b.postgres)
	if err != nil {
		t.Fatal(err)
	}
	return resources.MigrationJob(c, database, resources.FingerprintKey(b.keys))
}

func TestMigrationJob(t *testing.T) {
	for name, spec := range map[string]string{"minimal": "{}", "full": fullSpec, "external": externalSpec} {
		t.Run(name, func(t *testing.T) { golden(t, migrationOf(t, spec, func(built) {})) })
	}
}

func TestMigrationRunsOnceForAnImageAndADatabase(t *testing.T) {
	none := func(built) {}
	before := *migrationOf(t, "{}", none).Name
	if !strings.HasPrefix(before, "acme-migrate-") || len(before) > 63 {
		t.Errorf("the name is %q", before)
	}
	for name, other := range map[string]string{
		"image":    *migrationOf(t, "image: localhost/uim:1.5.0", none).Name,
		"database": *migrationOf(t, "{}", func(b built) { b.postgres["host"] = []byte("elsewhere") }).Name,
		// The chat servers wait for the Job, and so for Postgres to have the password.
		"password of the chat servers": *migrationOf(t, "{}", func(b built) { b.postgres["password"] = []byte("new") }).Name,
	} {
		if other == before {
			t.Errorf("another %s makes no other Job", name)
		}
	}
	for name, same := range map[string]string{
		"nothing":  *migrationOf(t, "{}", none).Name,
		"replicas": *migrationOf(t, "chat: {replicas: 7}", none).Name,
		"place":    *migrationOf(t, "chat: {nodeSelector: {a: b}, tolerations: [{operator: Exists}]}", none).Name,
		"ingress":  *migrationOf(t, "ingress: {host: a.example}", none).Name,
		"redis":    *migrationOf(t, "redis: {managed: {storage: {size: 9Gi}}}", none).Name,
	} {
		if same != before {
			t.Errorf("a change of %s makes another Job", name)
		}
	}
}

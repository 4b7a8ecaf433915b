package resources_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"

	"uim.dev/uim/controllers/resources"
)

func TestVolumes(t *testing.T) {
	t.Run("postgres", func(t *testing.T) { golden(t, resources.PostgresVolume(given(t, "{}"), nil)) })
	t.Run("postgres-full", func(t *testing.T) { golden(t, resources.PostgresVolume(given(t, fullSpec), nil)) })
	t.Run("redis", func(t *testing.T) { golden(t, resources.RedisVolume(given(t, "{}"), nil)) })
}

func TestVolumeNeverShrinks(t *testing.T) {
	c := given(t, "postgres: {managed: {storage: {size: 20Gi}}}")
	for existing, want := range map[string]string{"10Gi": "20Gi", "20Gi": "20Gi", "30Gi": "30Gi"} {
		size := resource.MustParse(existing)
		got := resources.PostgresVolume(c, &size).Spec.Resources.Requests.Storage()
		if got.String() != want {
			t.Errorf("a volume of %s with 20Gi wanted: asks for %s, want %s", existing, got, want)
		}
	}
}

package resources_test

import (
	"testing"

	"uim.dev/uim/controllers/resources"
)

func TestServerServices(t *testing.T) {
	t.Run("postgres", func(t *testing.T) { golden(t, resources.PostgresService(given(t, "{}"))) })
	t.Run("redis", func(t *testing.T) { golden(t, resources.RedisService(given(t, "{}"))) })
}

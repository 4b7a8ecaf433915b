package resources_test

import (
	"testing"

	"uim.dev/uim/controllers/resources"
)

func TestRedisConfigMap(t *testing.T) {
	t.Run("minimal", func(t *testing.T) { golden(t, resources.RedisConfigMap(given(t, "{}"))) })
	t.Run("full", func(t *testing.T) { golden(t, resources.RedisConfigMap(given(t, fullSpec))) })
}

package resources_test

import (
	"testing"

	"uim.dev/uim/controllers/resources"
)

func TestChatDisruptionBudget(t *testing.T) {
	t.Run("minimal", func(t *testing.T) { golden(t, resources.ChatDisruptionBudget(given(t, "{}"))) })
	for _, spec := range []string{"chat: {replicas: 0}", "chat: {replicas: 1}"} {
		if resources.ChatDisruptionBudget(given(t, spec)) != nil {
			t.Errorf("%s: there is a budget, which would keep a node from being drained", spec)
		}
	}
}

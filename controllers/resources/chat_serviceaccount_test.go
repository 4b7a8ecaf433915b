package resources_test

import (
	"testing"

	"uim.dev/uim/controllers/resources"
)

func TestChatServiceAccount(t *testing.T) {
	t.Run("minimal", func(t *testing.T) { golden(t, resources.ChatServiceAccount(given(t, "{}"))) })
	t.Run("full", func(t *testing.T) { golden(t, resources.ChatServiceAccount(given(t, fullSpec))) })
}

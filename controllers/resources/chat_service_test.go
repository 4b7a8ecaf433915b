package resources_test

import (
	"testing"

	"uim.dev/uim/controllers/resources"
)

func TestChatService(t *testing.T) {
	t.Run("minimal", func(t *testing.T) { golden(t, resources.ChatService(given(t, "{}"))) })
	t.Run("full", func(t *testing.T) { golden(t, resources.ChatService(given(t, fullSpec))) })
}

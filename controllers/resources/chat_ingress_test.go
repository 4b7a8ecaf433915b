package resources_test

import (
	"testing"

	"uim.dev/uim/controllers/resources"
)

func TestChatIngress(t *testing.T) {
	t.Run("full", func(t *testing.T) { golden(t, resources.ChatIngress(given(t, fullSpec))) })
	t.Run("plain", func(t *testing.T) { golden(t, resources.ChatIngress(given(t, externalSpec))) })
	if resources.ChatIngress(given(t, "{}")) != nil {
		t.Error("there is an Ingress without a host")
	}
}

func TestURL(t *testing.T) {
	for spec, want := range map[string]string{
		"{}":                         "http://acme-chat.chat.svc",
		"ingress: {host: a.example}": "http://a.example",
		"{ingress: {host: a.example}, tls: {secretName: x}}": "https://a.example",
	} {
		if got := given(t, spec).URL(); got != want {
			t.Errorf("%s: %s, want %s", spec, got, want)
		}
	}
}

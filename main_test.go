package main

import "testing"

// The name under which the binary is called decides whether it is kubectl's plugin.
func TestNameDecides(t *testing.T) {
	for name, want := range map[string]string{
		"/usr/local/bin/kubectl-uim": "kubectl-uim",
		"kubectl-uim.exe":            "kubectl-uim",
		"/uim":                       "uim",
		"bin/uim":                    "uim",
	} {
		if got := newCommand(name).Name(); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if command, _, err := newCommand("uim").Find([]string{"kubectl", "status"}); err != nil || command.Name() != "status" {
		t.Errorf("uim kubectl status is %v (%v)", command, err)
	}
}

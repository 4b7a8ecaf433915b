package testenv

import (
	"os"
	"path/filepath"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// Kubeconfig is a file with which other programs are a user, with no rights but those
// of the groups and those granted; system:masters may do all.
func (e *Environment) Kubeconfig(t *testing.T, name string, groups ...string) string {
	t.Helper()
	user, err := e.control.AddUser(envtest.User{Name: name, Groups: groups}, nil)
	if err != nil {
		t.Fatalf("add user %s: %v", name, err)
	}
	text, err := user.KubeConfig()
	if err != nil {
		t.Fatalf("write the kubeconfig of %s: %v", name, err)
	}
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

package testenv

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Tool is the path of a program that is pinned in hack/tools/<module>/go.mod. Go
// builds it once and keeps it in its cache.
func Tool(t *testing.T, module, name string) string {
	t.Helper()
	root, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "go", "tool", "-modfile="+filepath.Join(root, "hack", "tools", module, "go.mod"), "-n", name) //nolint:gosec // a program of this repository's choice
	command.Dir = root
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	var problems bytes.Buffer
	command.Stderr = &problems
	path, err := command.Output()
	if err != nil {
		t.Fatalf("build %s: %v: %s", name, err, problems.String())
	}
	return strings.TrimSpace(string(path))
}

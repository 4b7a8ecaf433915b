package testenv

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Tool is the path of a program that hack/kubernetes/tools.sh builds: helm3, helm4,
// promtool or operator-verify. The first test that asks on a machine waits for that.
func Tool(t *testing.T, name string) string {
	t.Helper()
	folder, err := tools()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(folder, name)
}

// tools is the folder of these programs. It outlives the test that asks first.
var tools = sync.OnceValues(func() (string, error) {
	root, err := repository()
	if err != nil {
		return "", err
	}
	command := exec.CommandContext(context.Background(), filepath.Join(root, "hack", "kubernetes", "tools.sh")) //nolint:gosec // a script of this repository
	var problems bytes.Buffer
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("build the tools of the tests: %w: %s", err, problems.String())
	}
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	return lines[len(lines)-1], nil
})

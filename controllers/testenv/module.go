package testenv

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
)

// Module is the folder of a Go module that hack/tools/definitions requires: the
// CustomResourceDefinitions of other projects are in theirs. Go downloads it the first
// time.
func (e *Environment) Module(ctx context.Context, path string) (string, error) {
	download := exec.CommandContext(ctx, "go", "mod", "download", "-json", path)
	download.Dir = filepath.Join(e.Root, "hack", "tools", "definitions")
	output, err := download.Output()
	if err != nil {
		return "", fmt.Errorf("download module %s: %w: %s", path, err, output)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(output, &module); err != nil {
		return "", fmt.Errorf("read what go mod download said: %w", err)
	}
	return module.Dir, nil
}

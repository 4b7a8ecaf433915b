package testenv

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"
)

// PrometheusOperator is the folder of the Prometheus operator's Go module, with its
// CustomResourceDefinitions; hack/tools/crds/go.mod pins it. Go downloads it the first
// time.
func (e *Environment) PrometheusOperator(t *testing.T) string {
	t.Helper()
	download := exec.CommandContext(t.Context(), "go", "mod", "download", "-json",
		"-modfile="+filepath.Join(e.Root, "hack", "tools", "crds", "go.mod"), "github.com/prometheus-operator/prometheus-operator")
	download.Dir = e.Root
	output, err := download.Output()
	if err != nil {
		t.Fatalf("download the Prometheus operator: %v: %s", err, output)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(output, &module); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(module.Dir, "example", "prometheus-operator-crd")
}

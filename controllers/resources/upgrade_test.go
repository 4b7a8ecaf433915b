package resources_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
)

// Upgrading the operator alone must move no pod: for the same spec, images and
// Secrets it has to make the same pod templates as before. This file is the
// templates of the last release, as hashes. Who has to change one restarts that
// server in every cluster: say so in CHANGELOG.md, and go test -update.
const templatesFile = "testdata/pod-templates.txt"

func TestOperatorUpgradeKeepsPodTemplates(t *testing.T) {
	specs := map[string]string{
		"minimal": "{}", "full": fullSpec, "external": externalSpec, "autoscaled": "chat: {autoscaling: {maxReplicas: 5}}",
		"open": "networkPolicy: {enabled: false}", "tuned": "{chat: {drainSeconds: 0, resources: {limits: {cpu: 1}}}, postgres: {managed: {parameters: {work_mem: 8MB}}}}",
	}
	var got bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(specs)) {
		c := given(t, specs[name])
		for _, object := range render(t, c, dependenciesOf(t, c)) {
			pod, ok := podOf(t, object)
			if !ok || object.GetKind() == "Job" {
				continue
			}
			sum := sha256.Sum256([]byte(toJSON(t, pod)))
			fmt.Fprintf(&got, "%s %s %s\n", name, object.GetName(), hex.EncodeToString(sum[:8]))
		}
	}
	if *update {
		if err := os.WriteFile(templatesFile, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(templatesFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got.Bytes()) {
		t.Errorf("an upgrade of the operator would restart pods. The templates are\n%swere\n%s", got.String(), want)
	}
}

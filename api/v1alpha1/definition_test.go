package v1alpha1_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// maxDefinition keeps the CustomResourceDefinition well below what fits into the
// annotation that kubectl apply keeps (256 KiB) and into a release of Helm.
const maxDefinition = 150_000 // bytes

func definition(t *testing.T) *apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(cluster.Root, "config", "crd", "bases", "uim.dev_uimclusters.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > maxDefinition {
		t.Errorf("the definition has %d bytes, more than %d", len(text), maxDefinition)
	}
	crd := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.UnmarshalStrict(text, crd); err != nil {
		t.Fatal(err)
	}
	return crd
}

// kubectl explain has something to say about every field.
func TestEveryFieldIsExplained(t *testing.T) {
	schema := definition(t).Spec.Versions[0].Schema.OpenAPIV3Schema
	fields := 0
	var look func(path string, s apiextensionsv1.JSONSchemaProps)
	look = func(path string, s apiextensionsv1.JSONSchemaProps) {
		if strings.TrimSpace(s.Description) == "" {
			t.Errorf("nothing explains %s", path)
		}
		fields++
		if s.Items != nil {
			s = *s.Items.Schema
		}
		for name, property := range s.Properties {
			look(path+"."+name, property)
		}
	}
	for _, name := range []string{"spec", "status"} {
		look("uimcluster."+name, schema.Properties[name])
	}
	t.Logf("%d fields", fields)

	text, err := cluster.Kubectl("explain", "uimcluster.spec.postgres.managed.storage.size")
	if err != nil || !strings.Contains(text, "10Gi") {
		t.Errorf("kubectl explain says (%v)\n%s", err, text)
	}
}

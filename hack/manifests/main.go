// Command manifests makes what people install from the one source in config/: the
// single file, the generated parts of the Helm charts and the OLM bundle. It is run
// by `make generate` in the repository's root.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// generated heads each file that is made here.
const generated = "# Made by hack/manifests from config/; do not edit.\n"

func main() {
	for _, step := range []struct {
		what string
		make func() error
	}{
		{"the single file", writeInstallFile},
		{"the operator's chart", writeOperatorChart},
		{"the cluster's chart", writeClusterChart},
		{"the OLM bundle", writeBundle},
	} {
		if err := step.make(); err != nil {
			fmt.Fprintf(os.Stderr, "make %s: %v\n", step.what, err)
			os.Exit(1)
		}
	}
}

// writeInstallFile writes everything that kubectl apply -k config/default applies.
func writeInstallFile() error {
	text, err := kustomize("config/default")
	if err != nil {
		return err
	}
	head := generated + "# All of the UIM operator: kubectl apply --server-side -f install.yaml\n"
	return write("config/dist/install.yaml", append([]byte(head), text...))
}

// kustomize builds a folder.
func kustomize(folder string) ([]byte, error) {
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionLegacy // as kubectl does: namespaces before what is in them
	resources, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, fmt.Errorf("kustomize build %s: %w", folder, err)
	}
	return resources.AsYaml()
}

func write(file string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}

// documents reads all the objects of a YAML file.
func documents(file string) ([]map[string]any, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return parse(text)
}

func parse(text []byte) ([]map[string]any, error) {
	var all []map[string]any
	for part := range bytes.SplitSeq(append([]byte("\n"), text...), []byte("\n---\n")) {
		var object map[string]any
		if err := yaml.Unmarshal(part, &object); err != nil {
			return nil, err
		}
		if object != nil {
			all = append(all, object)
		}
	}
	return all, nil
}

// field is the value at a path of an object, or nil.
func field(object map[string]any, path ...string) any {
	var value any = object
	for _, name := range path {
		within, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = within[name]
	}
	return value
}

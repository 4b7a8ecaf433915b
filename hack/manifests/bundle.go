package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// What the Operator Lifecycle Manager shows and asks for. A release sets the version.
const (
	bundleFolder  = "config/olm/bundle/"
	bundleVersion = "0.1.0"
	bundleText    = `UIM is chat that a team runs itself. One ` + "`UIMCluster`" + ` gives a complete system: chat servers, Postgres, Redis, encrypted connections
between them and a way in for browsers. The operator keeps it running, migrates its schema and rolls out changes without losing a message.

Make one with an empty spec: every field has a safe default, and ` + "`kubectl explain uimcluster.spec`" + ` tells what can be set.`
)

// writeBundle writes the bundle for the Operator Lifecycle Manager: its manifests and
// its metadata.
func writeBundle() error {
	text, err := kustomize("config/default")
	if err != nil {
		return err
	}
	objects, err := parse(text)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(bundleFolder); err != nil {
		return err
	}
	version, err := serviceVersion(objects)
	if err != nil {
		return err
	}
	if err := writeObject(bundleFolder+"manifests/uim-operator.clusterserviceversion.yaml", version); err != nil {
		return err
	}
	for _, object := range objects {
		if file := bundledFile(object); file != "" {
			if metadata, ok := object["metadata"].(map[string]any); ok {
				delete(metadata, "namespace") // where the operator goes is not ours to say
			}
			if err := writeObject(bundleFolder+"manifests/"+file, object); err != nil {
				return err
			}
		}
	}
	return writeBundleMetadata()
}

// bundledFile names the file of an object that goes into the bundle as it is; the
// others are part of the ClusterServiceVersion or made by OLM.
func bundledFile(object map[string]any) string {
	kind, _ := object["kind"].(string)
	name, _ := field(object, "metadata", "name").(string)
	switch {
	case kind == "CustomResourceDefinition":
		group, _ := field(object, "spec", "group").(string)
		plural, _, _ := strings.Cut(name, ".")
		return group + "_" + plural + ".yaml"
	case kind == "Service", kind == "ClusterRole" && slices.Contains([]string{"uim-edit", "uim-view", "uim-operator-metrics-reader"}, name):
		return name + "." + strings.ToLower(kind) + ".yaml"
	default:
		return ""
	}
}

// serviceVersion is what OLM installs the operator from. Rights on the objects of
// UIMClusters are "permissions", which OLM gives in the namespaces that its
// OperatorGroup names, or everywhere.
func serviceVersion(objects []map[string]any) (map[string]any, error) {
	find := func(kind, name string) map[string]any {
		for _, object := range objects {
			if object["kind"] == kind && field(object, "metadata", "name") == name {
				return object
			}
		}
		return nil
	}
	operator := find("Deployment", "uim-operator")
	if operator == nil {
		return nil, errors.New("config/default has no Deployment uim-operator")
	}
	watchTargets(operator)
	everywhere, _ := field(find("ClusterRole", "uim-operator"), "rules").([]any)
	own, _ := field(find("Role", "uim-operator"), "rules").([]any)
	auth := field(find("ClusterRole", "uim-operator-metrics-auth"), "rules")
	examples, err := bundleExamples()
	if err != nil {
		return nil, err
	}
	mode := func(name string) map[string]any { return map[string]any{"type": name, "supported": true} }
	return map[string]any{
		"apiVersion": "operators.coreos.com/v1alpha1",
		"kind":       "ClusterServiceVersion",
		"metadata": map[string]any{
			"name":      "uim-operator.v" + bundleVersion,
			"namespace": "placeholder",
			"annotations": map[string]any{
				"alm-examples":   examples,
				"capabilities":   "Seamless Upgrades",
				"categories":     "Application Runtime",
				"containerImage": field(containerOf(operator), "image"),
				"description":    "Self-run chat for teams, and the UIMCluster resource that makes it",
				"repository":     "https://uim.dev",
				"support":        "UIM",
			},
		},
		"spec": map[string]any{
			"displayName":    "UIM",
			"description":    bundleText,
			"version":        bundleVersion,
			"maturity":       "alpha",
			"minKubeVersion": "1.31.0",
			"keywords":       []any{"chat", "messaging", "postgres", "redis"},
			"provider":       map[string]any{"name": "UIM", "url": "https://uim.dev"},
			"maintainers":    []any{map[string]any{"name": "The UIM authors", "email": "maintainers@uim.dev"}},
			"links":          []any{map[string]any{"name": "Documentation", "url": "https://uim.dev/docs"}},
			"installModes":   []any{mode("OwnNamespace"), mode("SingleNamespace"), mode("MultiNamespace"), mode("AllNamespaces")},
			"customresourcedefinitions": map[string]any{
				"owned": ownedDefinitions(objects),
			},
			"install": map[string]any{
				"strategy": "deployment",
				"spec": map[string]any{
					"permissions": []any{map[string]any{
						"serviceAccountName": "uim-operator", "rules": append(slices.Clone(everywhere), own...),
					}},
					"clusterPermissions": []any{map[string]any{"serviceAccountName": "uim-operator", "rules": auth}},
					"deployments": []any{map[string]any{
						"name": "uim-operator", "label": field(operator, "metadata", "labels"), "spec": operator["spec"],
					}},
				},
			},
		},
	}, nil
}

// containerOf is the one container of the operator.
func containerOf(operator map[string]any) map[string]any {
	all, _ := field(operator, "spec", "template", "spec", "containers").([]any)
	container, _ := all[0].(map[string]any)
	return container
}

// watchTargets makes the operator look after the namespaces that OLM notes on its pod;
// none of them means all.
func watchTargets(operator map[string]any) {
	container := containerOf(operator)
	arguments, _ := container["args"].([]any)
	container["args"] = append(slices.Clone(arguments), "--namespace=$(UIM_NAMESPACES)")
	environment, _ := container["env"].([]any)
	container["env"] = append(slices.Clone(environment), map[string]any{
		"name":      "UIM_NAMESPACES",
		"valueFrom": map[string]any{"fieldRef": map[string]any{"fieldPath": "metadata.annotations['olm.targetNamespaces']"}},
	})
}

func ownedDefinitions(objects []map[string]any) []any {
	var all []any
	for _, object := range objects {
		if object["kind"] != "CustomResourceDefinition" {
			continue
		}
		versions, _ := field(object, "spec", "versions").([]any)
		for _, v := range versions {
			version, _ := v.(map[string]any)
			kind := field(object, "spec", "names", "kind")
			description, _ := field(version, "schema", "openAPIV3Schema", "description").(string)
			first, _, _ := strings.Cut(description, "\n\n")
			all = append(all, map[string]any{
				"name": field(object, "metadata", "name"), "version": version["name"], "kind": kind,
				"displayName": kind, "description": strings.ReplaceAll(first, "\n", " "),
			})
		}
	}
	return all
}

// bundleExamples are the samples that hold a single object, as OLM takes them.
func bundleExamples() (string, error) {
	files, err := filepath.Glob("config/samples/*.yaml")
	if err != nil {
		return "", err
	}
	var all []any
	for _, file := range files {
		objects, err := documents(file)
		if err != nil {
			return "", fmt.Errorf("%s: %w", file, err)
		}
		if len(objects) == 1 {
			all = append(all, objects[0])
		}
	}
	text, err := json.MarshalIndent(all, "", "  ")
	return string(text), err
}

func writeBundleMetadata() error {
	annotations := map[string]any{
		"operators.operatorframework.io.bundle.mediatype.v1":       "registry+v1",
		"operators.operatorframework.io.bundle.manifests.v1":       "manifests/",
		"operators.operatorframework.io.bundle.metadata.v1":        "metadata/",
		"operators.operatorframework.io.bundle.package.v1":         "uim-operator",
		"operators.operatorframework.io.bundle.channels.v1":        "alpha",
		"operators.operatorframework.io.bundle.channel.default.v1": "alpha",
		"operators.operatorframework.io.metrics.project_layout":    "go.kubebuilder.io/v4",
		"operators.operatorframework.io.metrics.mediatype.v1":      "metrics+v1",
	}
	if err := writeObject(bundleFolder+"metadata/annotations.yaml", map[string]any{"annotations": annotations}); err != nil {
		return err
	}
	var labels strings.Builder
	for _, name := range slices.Sorted(maps.Keys(annotations)) {
		fmt.Fprintf(&labels, "LABEL %s=%s\n", name, annotations[name])
	}
	dockerfile := generated + "# docker build -f config/olm/bundle.Dockerfile config/olm\nFROM scratch\n" + labels.String() +
		"COPY bundle/manifests /manifests/\nCOPY bundle/metadata /metadata/\n"
	return write("config/olm/bundle.Dockerfile", []byte(dockerfile))
}

func writeObject(file string, object map[string]any) error {
	text, err := yaml.Marshal(object)
	if err != nil {
		return err
	}
	return write(file, append([]byte(generated), text...))
}

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The parts of the cluster's chart that come from the CRD.
const (
	clusterDefinition = "config/crd/bases/uim.dev_uimclusters.yaml"
	clusterChart      = "charts/uim-cluster/"
)

// clusterValuesHead begins values.yaml: what is not of the spec.
const clusterValuesHead = generated + `
# Name of the UIMCluster, at most 40 characters; the release's when empty.
name: ""

# Labels and annotations of the UIMCluster.
labels: {}
annotations: {}

# The pod of "helm test" waits so long for the UIMCluster to be Ready. Its image is
# the chat servers' if it is given here, and has to be named otherwise.
test:
  timeout: 5m
  image: ""

# All further values are the fields of spec, and all of them may be left out.
# "kubectl explain uimcluster.spec.FIELD" tells what each holds.
`

// writeClusterChart writes values.yaml and values.schema.json.
func writeClusterChart() error {
	objects, err := documents(clusterDefinition)
	if err != nil {
		return err
	}
	versions, _ := field(objects[0], "spec", "versions").([]any)
	if len(versions) == 0 {
		return fmt.Errorf("%s has no versions", clusterDefinition)
	}
	version, _ := versions[0].(map[string]any)
	spec, _ := field(version, "schema", "openAPIV3Schema", "properties", "spec", "properties").(map[string]any)

	text := strings.Builder{}
	text.WriteString(clusterValuesHead)
	for _, name := range slices.Sorted(maps.Keys(spec)) {
		text.WriteString("#\n")
		description, _ := field(spec, name, "description").(string)
		for line := range strings.SplitSeq(description, "\n") {
			text.WriteString(strings.TrimRight("# "+line, " ") + "\n")
		}
		fmt.Fprintf(&text, "# %s: %s\n", name, example(spec[name]))
	}
	if err := write(clusterChart+"values.yaml", []byte(text.String())); err != nil {
		return err
	}

	properties := map[string]any{
		"global": map[string]any{"type": "object"},
		"name":   map[string]any{"type": "string", "pattern": "^([a-z]([-a-z0-9]*[a-z0-9])?)?$", "maxLength": 40},
		"test": map[string]any{
			"type": "object", "additionalProperties": false,
			"properties": map[string]any{
				"timeout": map[string]any{"type": "string", "pattern": "^([0-9]+(ms|s|m|h))+$"},
				"image":   map[string]any{"type": "string"},
			},
		},
	}
	for _, name := range []string{"labels", "annotations"} {
		properties[name] = map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "string"}}
	}
	for name, schema := range spec {
		properties[name] = toDraft7(schema)
	}
	schema, err := json.MarshalIndent(map[string]any{
		"$schema":              "http://json-schema.org/draft-07/schema#",
		"title":                "Values of uim-cluster",
		"type":                 "object",
		"additionalProperties": false,
		"properties":           properties,
	}, "", "  ")
	if err != nil {
		return err
	}
	return write(clusterChart+"values.schema.json", append(schema, '\n'))
}

// example is an empty value of a field's type.
func example(schema any) string {
	within, _ := schema.(map[string]any)
	switch within["type"] {
	case "object":
		return "{}"
	case "boolean":
		return "false"
	case "array":
		return "[]"
	default:
		return `""`
	}
}

// toDraft7 is what JSON Schema understands of a CRD's schema: without Kubernetes'
// extensions (the API server checks those), and refusing unknown fields, as the API
// server does when it is asked to be strict.
func toDraft7(in any) any {
	switch in := in.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, value := range in {
			switch {
			case strings.HasPrefix(key, "x-kubernetes-"), key == "format":
			case key == "properties":
				fields := map[string]any{}
				if all, ok := value.(map[string]any); ok {
					for name, schema := range all {
						fields[name] = toDraft7(schema)
					}
				}
				out["properties"], out["additionalProperties"] = fields, false
			default:
				out[key] = toDraft7(value)
			}
		}
		return out
	case []any:
		out := make([]any, len(in))
		for i, value := range in {
			out[i] = toDraft7(value)
		}
		return out
	default:
		return in
	}
}

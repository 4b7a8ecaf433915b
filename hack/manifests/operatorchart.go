package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

const operatorChart = "charts/uim-operator/templates/"

// writeOperatorChart writes those templates of the operator's chart whose content is
// config/'s: definitions of resources, rights and alerts.
func writeOperatorChart() error {
	if err := writeDefinitions(); err != nil {
		return err
	}
	if err := writeRules(); err != nil {
		return err
	}
	return writeUserRoles()
}

// writeDefinitions writes a template for each CRD. They are templates and not in the
// chart's crds/, because Helm never upgrades what is there.
func writeDefinitions() error {
	files, err := filepath.Glob("config/crd/bases/*.yaml")
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		annotations := []byte("  annotations:\n" +
			"    {{- if .Values.crds.keep }}\n    helm.sh/resource-policy: keep\n    {{- end }}\n")
		body := bytes.Replace(escape(text), []byte("  annotations:\n"), annotations, 1)
		if bytes.Equal(body, text) {
			return fmt.Errorf("%s has no annotations to add to", file)
		}
		body = bytes.TrimPrefix(body, []byte("---\n"))
		_, name, _ := strings.Cut(filepath.Base(file), "_")
		if err := write(operatorChart+"crds/"+name, wrap("{{- if .Values.crds.install }}", body)); err != nil {
			return err
		}
	}
	return nil
}

// writeRules writes the rights of config/rbac and the alerts of config/prometheus as
// templates to be included.
func writeRules() error {
	text := bytes.NewBufferString("{{- /* Made by hack/manifests from config/; do not edit. */}}\n")
	for _, source := range []struct{ template, file, kind, name, field string }{
		{"clusterRules", "config/rbac/role.yaml", "ClusterRole", "uim-operator", "rules"},
		{"ownRules", "config/rbac/role.yaml", "Role", "uim-operator", "rules"},
		{"metricsAuthRules", "config/rbac/metrics_roles.yaml", "ClusterRole", "uim-operator-metrics-auth", "rules"},
		{"metricsReaderRules", "config/rbac/metrics_roles.yaml", "ClusterRole", "uim-operator-metrics-reader", "rules"},
		{"alerts", "config/prometheus/rule.yaml", "PrometheusRule", "uim-operator", "spec"},
	} {
		objects, err := documents(source.file)
		if err != nil {
			return err
		}
		var found any
		for _, object := range objects {
			if object["kind"] == source.kind && field(object, "metadata", "name") == source.name {
				found = object[source.field]
			}
		}
		if found == nil {
			return fmt.Errorf("%s has no %s %s", source.file, source.kind, source.name)
		}
		body, err := yaml.Marshal(found)
		if err != nil {
			return err
		}
		fmt.Fprintf(text, "\n{{- define \"uim-operator.%s\" }}\n%s{{- end }}\n", source.template, escape(body))
	}
	return write(operatorChart+"_config.tpl", text.Bytes())
}

// writeUserRoles writes the roles of people.
func writeUserRoles() error {
	objects, err := documents("config/rbac/user_roles.yaml")
	if err != nil {
		return err
	}
	var all []byte
	for _, object := range objects {
		body, err := yaml.Marshal(object)
		if err != nil {
			return err
		}
		all = append(all, "---\n"...)
		all = append(all, bytes.Replace(escape(body), []byte("  labels:\n"),
			[]byte("  labels:\n    {{- include \"uim-operator.labels\" . | nindent 4 }}\n"), 1)...)
	}
	return write(operatorChart+"user-roles.yaml", wrap("{{- if and .Values.rbac.create .Values.rbac.userRoles }}", all))
}

// wrap puts a template's body under a condition.
func wrap(condition string, body []byte) []byte {
	return fmt.Appendf(nil, "%s%s\n%s{{- end }}\n", generated, condition, body)
}

// escape keeps Helm from taking braces of the text for its own.
func escape(text []byte) []byte {
	return bytes.ReplaceAll(text, []byte("{{"), []byte("{{ `{{` }}"))
}

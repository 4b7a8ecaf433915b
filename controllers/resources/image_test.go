package resources_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"

	"uim.dev/uim/controllers/resources"
)

func TestVersion(t *testing.T) {
	const digest = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for image, want := range map[string]string{
		"uim":                                "latest",
		"localhost/uim:dev":                  "dev",
		"registry.example:5000/team/uim":     "latest",
		"registry.example:5000/team/uim:1.4": "1.4",
		"uim:1.4" + digest:                   "1.4",
		"uim" + digest:                       "0123456789ab",
		"uim:" + strings.Repeat("x", 62) + "-" + "y": strings.Repeat("x", 62),
	} {
		got := resources.Version(image)
		if got != want {
			t.Errorf("%s: %q, want %q", image, got, want)
		}
		if problems := validation.IsValidLabelValue(got); problems != nil {
			t.Errorf("%s: %q is no label value: %v", image, got, problems)
		}
	}
}

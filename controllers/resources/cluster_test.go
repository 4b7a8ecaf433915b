package resources_test

import (
	"os"
	"strings"
	"testing"

	"uim.dev/uim/controllers/resources"
)

// The rules that keep volumes from shrinking have to know the default sizes.
func TestRulesOfTheCRDKnowTheDefaultSizes(t *testing.T) {
	crd, err := os.ReadFile("../../config/crd/bases/uim.dev_uimclusters.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for server, size := range map[string]string{"postgres": resources.DefaultPostgresStorageSize, "redis": resources.DefaultRedisStorageSize} {
		rule := "self." + server + ".managed.storage.size)) : quantity('" + size + "')"
		// YAML breaks the rules over lines and doubles their quotes.
		text := strings.ReplaceAll(strings.Join(strings.Fields(string(crd)), " "), "''", "'")
		if !strings.Contains(text, rule) {
			t.Errorf("the CRD has no rule with %s", rule)
		}
	}
}

func TestAmountsFitEachOther(t *testing.T) {
	for _, test := range []struct{ name, given, want string }{
		{"defaults", "", "cpu 100m, memory 128Mi to 512Mi"},
		{"a big request raises the limit", "requests: {memory: 2Gi}", "cpu 100m, memory 2Gi to 2Gi"},
		{"a small limit lowers the request", "limits: {memory: 64Mi}", "cpu 100m, memory 64Mi to 64Mi"},
		{"a small limit of CPU, too", "limits: {cpu: 50m}", "cpu 50m, memory 128Mi to 512Mi"},
		{"as given", "requests: {cpu: 1, memory: 1Gi}, limits: {memory: 2Gi}", "cpu 1, memory 1Gi to 2Gi"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := given(t, "chat: {resources: {"+test.given+"}}").Chat.Resources
			got := "cpu " + a.RequestCPU.String() + ", memory " + a.RequestMemory.String() + " to " + a.LimitMemory.String()
			if got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

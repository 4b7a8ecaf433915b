package plugin_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheOnlyClusterNeedsNoName(t *testing.T) {
	p := administrator(t)
	p.mustFail(`there is no UIMCluster in namespace "`+p.namespace+`"`, "status")
	p.givenReady("acme", "True", "AllPartsReady")
	p.mustSay([]string{"UIMCluster acme in namespace " + p.namespace}, "status")
	p.givenCluster("other", "{}")
	p.mustFail("name one of acme, other", "status")
	p.mustSay([]string{"UIMCluster other"}, "status", "other")
	p.mustFail(`UIMCluster "nobody" is not in namespace`, "status", "nobody")
}

func TestRightsAreMissing(t *testing.T) {
	p := administrator(t)
	p.givenCluster("acme", "{}")
	p.kubeconfig = kubernetes.Kubeconfig(t, "stranger")
	p.mustFail("you may not do that", "status")
	p.mustFail("you may not do that", "pause", "acme")
}

func TestKubernetesIsNotFound(t *testing.T) {
	p := administrator(t)
	p.kubeconfig = filepath.Join(t.TempDir(), "none")
	p.mustFail("find Kubernetes (--kubeconfig and --context say which)", "status")
	broken := filepath.Join(t.TempDir(), "kubeconfig")
	text, err := os.ReadFile(kubernetes.Kubeconfig(t, "administrator", "system:masters"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(broken, text, 0o600); err != nil {
		t.Fatal(err)
	}
	p.kubeconfig = broken
	p.mustFail(`context "elsewhere" does not exist`, "--context=elsewhere", "status")
}

// No flag takes a secret: arguments are seen by everybody on the machine.
func TestNoFlagTakesASecret(t *testing.T) {
	p := administrator(t)
	for _, flag := range []string{"--token=x", "--password=x", "--username=x"} {
		p.mustFail("unknown flag", flag, "status")
	}
}

func TestShellCompletesNames(t *testing.T) {
	p := administrator(t)
	p.givenCluster("acme", "{}")
	p.givenCluster("other", "{}")
	said, err := p.run("__complete", "status", "")
	if err != nil || !strings.Contains(said, "acme\nother\n") {
		t.Errorf("it completes to %s (%v)", said, err)
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	p := administrator(t)
	p.mustSay([]string{"kubectl uim [command]", "status", "logs", "psql", "scale", "pause", "resume", "restart", "version", "--context", "--namespace"}, "--help")
}

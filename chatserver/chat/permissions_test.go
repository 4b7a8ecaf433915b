package chat

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what is compared")

// The table in docs/groups.md is made of the matrix.
func TestThePageHasTheMatrix(t *testing.T) {
	const page, begin, end = "../../docs/groups.md", "<!-- The table below is generated: go generate ./chatserver/chat -->\n", "<!-- end of the table -->"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, found := strings.Cut(string(text), begin)
	_, tail, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatal("the page has no place for the table")
	}
	var table strings.Builder
	table.WriteString("| to | permission | owner | admin | member |\n|---|---|---|---|---|\n")
	for _, row := range Permissions() {
		table.WriteString("| " + row.Means + " | `" + string(row.Permission) + "` |")
		for _, role := range []Role{RoleOwner, RoleAdmin, RoleMember} {
			if slices.Contains(row.Roles, role) {
				table.WriteString(" yes |")
			} else {
				table.WriteString(" – |")
			}
		}
		table.WriteString("\n")
	}
	want := head + begin + table.String() + end + tail
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(text) {
		t.Error("docs/groups.md is stale; run go generate ./chatserver/chat")
	}
}

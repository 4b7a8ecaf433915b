package faults

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestThePageNamesEveryFault(t *testing.T) {
	page, err := os.ReadFile("../../../docs/history.md")
	require.NoError(t, err)
	for _, f := range All() {
		require.Contains(t, string(page), "`"+f.Name+"`")
	}
}

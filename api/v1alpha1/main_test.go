package v1alpha1_test

import (
	"os"
	"testing"

	"uim.dev/uim/controllers/testenv"
)

// cluster is the API server of this package's tests.
var cluster *testenv.Environment

func TestMain(m *testing.M) {
	os.Exit(testenv.Run(m, func(e *testenv.Environment) (func(), error) {
		cluster = e
		return func() {}, nil
	}))
}

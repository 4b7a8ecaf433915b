//go:build tools

// Package tools keeps among the requirements of this module what is used of it as
// it is: Pebble, and the CustomResourceDefinitions of the Gateway API.
package tools

import (
	_ "github.com/letsencrypt/pebble/v2/cmd/pebble"
	_ "sigs.k8s.io/gateway-api/apis/v1"
)

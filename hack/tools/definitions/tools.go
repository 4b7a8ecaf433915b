//go:build tools

// Package definitions pins the modules whose CustomResourceDefinitions the operator's
// tests apply.
package definitions

import (
	_ "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	_ "sigs.k8s.io/gateway-api/apis/v1"
)

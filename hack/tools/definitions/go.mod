// Modules whose CustomResourceDefinitions the operator's tests apply. They are only
// downloaded: nothing of them is built, so this file is not for go mod tidy.
module uim.dev/uim/hack/tools/definitions

go 1.26.8

require (
	github.com/cert-manager/cert-manager v1.21.2
	github.com/prometheus-operator/prometheus-operator v0.85.0
	sigs.k8s.io/gateway-api v1.6.3
)

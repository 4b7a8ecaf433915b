// Package v1alpha1 is the Kubernetes API of UIM, group uim.dev.
//
// It holds types, their documentation and the rules the API server checks
// (CEL), and no behaviour. Defaults are not in the schema: the operator computes
// them, never writes them into spec, and shows what it uses in status.
//
// +kubebuilder:object:generate=true
// +groupName=uim.dev
package v1alpha1

//go:generate go tool -modfile=../../hack/tools/go.mod controller-gen object paths=. crd output:crd:dir=../../config/crd/bases
//go:generate go tool -modfile=../../hack/tools/go.mod crd-ref-docs --source-path=. --config=crd-ref-docs.yaml --renderer=markdown --log-level=ERROR --output-path=../../docs/reference/uimcluster.md

// Package resources says what a UIMCluster is made of. Its functions are pure:
// the same cluster in gives the same Kubernetes objects out, as apply
// configurations that hold just the fields the operator cares about. A function
// that answers nil says that the object must not exist.
//
// Work begins with Resolve, which fills in every default; all builders take its
// answer and never look at the spec.
package resources

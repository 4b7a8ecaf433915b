// Package status turns what the operator saw in one pass over a UIMCluster into
// the status that people read. It is pure: facts in, conditions out, one file a
// condition. Nothing here remembers an earlier pass but the times at which
// conditions changed.
package status

// Package uimcluster is the loop that makes a UIMCluster real.
//
// A pass runs all phases, each in a file of its own; a phase that has to wait for
// an earlier one looks and touches nothing. Errors are collected, and what was seen
// is written to status at the end of every pass. A pass that finds everything as it
// should be writes nothing at all.
package uimcluster

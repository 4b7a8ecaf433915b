// Package history proves the main promise: a message, once acknowledged, is
// never lost, doubled or reordered. It has a client that follows the rules of
// the contract and writes down all it does and sees, and a checker that
// compares what many such clients wrote down with what is stored.
package history

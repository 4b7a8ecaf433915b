// Package realtime is the WebSocket side of the server: connections and their
// sessions, the hub that knows who on this node sees which conversation, and the
// fan-out of events to them, from this node and from the others over the bus.
//
// A frame's way: socket → Session (one reading goroutine) → chat services →
// store; and back: Fanout (one encoding) → bus and Hub → room → outbox of each
// session → socket (a writing goroutine only while there is something to write).
package realtime

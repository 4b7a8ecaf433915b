package conformance

import "net/http"

// Witness is a T that wants to see what server and suite tell each other, to
// judge it by more than the checks do.
type Witness interface {
	// SawExchange tells of a request and its answer, with their bodies.
	SawExchange(request *http.Request, sent []byte, response *http.Response, got []byte)
	// SawFrame tells of a text frame from the server.
	SawFrame(text []byte)
}

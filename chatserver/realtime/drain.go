package realtime

import (
	"math/rand/v2"
	"time"
)

// goodbyeTimeout bounds how long Drain waits, after the last goodbye, for
// answers to sends under way and for sockets to end.
const goodbyeTimeout = 8 * time.Second

// Drain sends everyone away, spread evenly over a time so that the other nodes
// are not run over, and returns when all sessions have ended. Each client is
// told to come back at a moment of its own.
func (g *Gateway) Drain(over time.Duration) {
	g.mu.Lock()
	g.draining = true
	g.mu.Unlock()
	sessions := g.all()
	rand.Shuffle(len(sessions), func(i, j int) { sessions[i], sessions[j] = sessions[j], sessions[i] })
	step := over / time.Duration(max(1, len(sessions)))
	pause := time.NewTimer(0)
	defer pause.Stop()
	for _, s := range sessions {
		<-pause.C
		pause.Reset(step)
		go s.sendAway()
	}
	cut := time.AfterFunc(goodbyeTimeout, func() {
		for _, s := range g.all() {
			s.out.abort()
		}
	})
	defer cut.Stop()
	g.running.Wait()
	g.cancel()
}

// sendAway says goodbye, once the sends under way are answered.
func (s *Session) sendAway() {
	s.out.push(closingFrame("shutdown", rand.N(time.Second)))
	for range cap(s.inFlight) { // with all slots taken no send is under way, and none begins
		s.inFlight <- struct{}{}
	}
	s.close(closeGoingAway, "server is shutting down")
	for range cap(s.inFlight) { // a send that waits for one finds the session closed
		<-s.inFlight
	}
}

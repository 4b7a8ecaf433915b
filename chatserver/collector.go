package chatserver

import (
	"log/slog"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// heapFloor is the size up to which the heap may grow before it is collected.
// A chat node lives on a few megabytes and makes much garbage; collecting when
// that has doubled, as Go does by itself, took a tenth of its processor time.
const heapFloor = 32 << 20

// quietTime between two collections tells a node on which little happens. It
// gives its free memory back, such as what a storm of handshakes has left
// behind, instead of keeping it for garbage to come. (Go collects at least
// every two minutes.)
const quietTime = time.Minute

// TuneCollector keeps the garbage collector from running before the heap has
// reached heapFloor. A larger heap is collected as Go does by itself, when it
// has doubled, so many idle connections cost no more memory than without. It
// holds for the whole process and is for the server's command to call, once,
// unless the operator has set GOGC.
func TuneCollector() { retune(&tick{percent: 100, at: time.Now()}) }

// LimitMemory makes the collector work harder when the process comes near to the
// memory that its container may have, at nine tenths of it, unless GOMEMLIMIT is
// set: garbage must not be what a node is killed for. It is for the server's
// command to call, once.
func LimitMemory(log *slog.Logger) {
	switch limit, err := memlimit.Set(); {
	case err != nil:
		log.Debug("How much memory there may be is not known", "error", err)
	case limit < math.MaxInt64:
		log.Info("Memory is limited", "bytes", limit)
	}
}

// tick is an object that nothing refers to: its cleanup runs after each collection.
type tick struct {
	percent int
	at      time.Time // of the collection before
}

func retune(t *tick) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	// Setting the percentage stops the world, so small changes are let be.
	if percent := collectorPercent(live[0].Value.Uint64()); percent*10 < t.percent*9 || percent*9 > t.percent*10 {
		debug.SetGCPercent(percent)
		t.percent = percent
	}
	next := &tick{t.percent, time.Now()}
	runtime.SetFinalizer(next, retune)
	if next.at.Sub(t.at) > quietTime {
		debug.FreeOSMemory() // collects, too, but that follows at once
	}
}

// collectorPercent returns by how much a heap may grow before it is collected.
func collectorPercent(live uint64) int {
	const least, most = 100, 2000
	if live >= heapFloor/2 {
		return least
	}
	return int(min(most, (heapFloor-live)*100/max(live, 1)))
}

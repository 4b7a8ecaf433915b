package realtime

import (
	"encoding/binary"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"uim.dev/uim/chatserver/wire"
)

// Metrics are this package's figures.
type Metrics struct {
	connections     prometheus.Gauge
	delivered       prometheus.Counter
	reconciled      prometheus.Counter
	publishFailures prometheus.Counter
	closed          *prometheus.CounterVec
	connects        prometheus.Counter
	syncs           *prometheus.CounterVec
	deliveryTime    prometheus.Histogram
	queued          prometheus.Histogram
}

// NewMetrics registers the figures.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		connections: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "uim_websocket_connections", Help: "Signed-in WebSocket connections of this node."}),
		delivered: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "uim_messages_delivered_total", Help: "Messages handed to connections of this node."}),
		reconciled: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "uim_reconciled_messages_total", Help: "Messages that the bus did not bring and the store did; 0 in health."}),
		publishFailures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "uim_bus_publish_failures_total", Help: "Events that could not be given to the bus."}),
		closed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "uim_websocket_closed_total", Help: "WebSocket connections that this node closed, by close code."}, []string{"code"}),
		connects: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "uim_websocket_connects_total", Help: "WebSocket connections that signed in."}),
		syncs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "uim_syncs_total", Help: "Requests to catch up: first (the client knew nothing), resume (it came back) or page (a further page)."}, []string{"kind"}),
		deliveryTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "uim_message_delivery_seconds", Help: "Time from this node learning of a committed message until it was written to a socket; one observation a socket.",
			Buckets: []float64{.00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}),
		queued: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "uim_websocket_queue_frames", Help: "Frames that waited for a socket when it was written to.",
			Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, outboxFrames}}),
	}
	for _, kind := range []string{syncFirst, syncResume, syncPage} {
		m.syncs.WithLabelValues(kind)
	}
	for _, code := range closeCodes {
		m.closed.WithLabelValues(strconv.Itoa(code))
	}
	r.MustRegister(m.connections, m.delivered, m.reconciled, m.publishFailures, m.closed, m.connects, m.syncs, m.deliveryTime, m.queued)
	return m
}

// countClose counts a close frame by the code in its payload.
func (m *Metrics) countClose(payload []byte) {
	if len(payload) >= 2 {
		m.closed.WithLabelValues(strconv.Itoa(int(binary.BigEndian.Uint16(payload)))).Inc()
	}
}

// The kinds of a request to catch up.
const (
	syncFirst  = "first"
	syncResume = "resume"
	syncPage   = "page"
)

// countSync counts a request to catch up by what the client says it has.
func (m *Metrics) countSync(r wire.SyncRequest) {
	kind := syncFirst
	switch {
	case r.Cursor != "":
		kind = syncPage
	case len(r.Known) > 0:
		kind = syncResume
	}
	m.syncs.WithLabelValues(kind).Inc()
}

// countWritten counts frames that a socket has taken.
func (m *Metrics) countWritten(frames []*outgoing) {
	m.queued.Observe(float64(len(frames)))
	now := time.Now()
	for _, f := range frames {
		if f.message.seq > 0 && !f.learned.IsZero() {
			m.deliveryTime.Observe(now.Sub(f.learned).Seconds())
		}
	}
}

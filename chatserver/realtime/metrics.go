package realtime

import (
	"encoding/binary"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are this package's figures.
type Metrics struct {
	connections     prometheus.Gauge
	delivered       prometheus.Counter
	reconciled      prometheus.Counter
	publishFailures prometheus.Counter
	closed          *prometheus.CounterVec
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
	}
	r.MustRegister(m.connections, m.delivered, m.reconciled, m.publishFailures, m.closed)
	return m
}

// countClose counts a close frame by the code in its payload.
func (m *Metrics) countClose(payload []byte) {
	if len(payload) >= 2 {
		m.closed.WithLabelValues(strconv.Itoa(int(binary.BigEndian.Uint16(payload)))).Inc()
	}
}

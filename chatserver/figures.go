package chatserver

import (
	"github.com/prometheus/client_golang/prometheus"

	"uim.dev/uim/chatserver/chat"
)

// registerFigures adds figures of the domain, which knows nothing of metrics.
func registerFigures(r prometheus.Registerer, limited *chat.LimitedSender) {
	r.MustRegister(
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "uim_messages_rate_limited_total", Help: "Messages refused since their sender had sent too many.",
		}, func() float64 { return float64(limited.Refused()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "uim_messages_undecided", Help: "Messages that wait for the rate limit.",
		}, func() float64 { return float64(limited.QueueLength()) }),
	)
}

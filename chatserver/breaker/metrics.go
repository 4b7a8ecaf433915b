package breaker

import "github.com/prometheus/client_golang/prometheus"

// Register adds the figures of breakers to a registry.
func Register(r prometheus.Registerer, breakers ...*Breaker) {
	for _, b := range breakers {
		labels := prometheus.Labels{"dependency": b.config.Name}
		r.MustRegister(
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "uim_breaker_state", Help: "Whether a dependency is well (0), being probed (1) or away (2).", ConstLabels: labels,
			}, func() float64 { return float64(b.State()) }),
			prometheus.NewCounterFunc(prometheus.CounterOpts{
				Name: "uim_breaker_opened_total", Help: "How often a dependency was found to be away.", ConstLabels: labels,
			}, func() float64 { return float64(b.opened.Load()) }),
		)
	}
}

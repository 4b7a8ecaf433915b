package postgres

import "github.com/prometheus/client_golang/prometheus"

// poolFigures are what Describe promises and Collect reads from the pool.
var (
	poolConnections = prometheus.NewDesc("uim_postgres_connections", "Connections to Postgres, by what they do.", []string{"state"}, nil)
	poolLimit       = prometheus.NewDesc("uim_postgres_connections_limit", "Connections to Postgres that this node may open.", nil, nil)
	poolAcquires    = prometheus.NewDesc("uim_postgres_acquires_total", "Times a connection to Postgres was taken from the pool.", nil, nil)
	poolWaits       = prometheus.NewDesc("uim_postgres_acquire_waits_total", "Times taking a connection had to wait because none was idle.", nil, nil)
	poolWaitTime    = prometheus.NewDesc("uim_postgres_acquire_seconds_total", "Time spent taking connections from the pool.", nil, nil)
	poolCancelled   = prometheus.NewDesc("uim_postgres_acquires_cancelled_total", "Times nobody waited any longer for a connection.", nil, nil)
	poolOpened      = prometheus.NewDesc("uim_postgres_connections_opened_total", "Connections to Postgres that were opened.", nil, nil)
)

// Describe implements prometheus.Collector.
func (s *Store) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(s, out) }

// Collect implements prometheus.Collector with the figures of the pool.
func (s *Store) Collect(out chan<- prometheus.Metric) {
	stat := s.pool.Stat()
	gauge := func(d *prometheus.Desc, v int32, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
	}
	counter := func(d *prometheus.Desc, v float64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v)
	}
	gauge(poolConnections, stat.IdleConns(), "idle")
	gauge(poolConnections, stat.AcquiredConns(), "in_use")
	gauge(poolConnections, stat.ConstructingConns(), "opening")
	gauge(poolLimit, stat.MaxConns())
	counter(poolAcquires, float64(stat.AcquireCount()))
	counter(poolWaits, float64(stat.EmptyAcquireCount()))
	counter(poolWaitTime, stat.AcquireDuration().Seconds())
	counter(poolCancelled, float64(stat.CanceledAcquireCount()))
	counter(poolOpened, float64(stat.NewConnsCount()))
}

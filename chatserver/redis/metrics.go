package redis

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
)

var (
	poolConnections = prometheus.NewDesc("uim_redis_connections", "Connections to Redis for commands, by what they do.", []string{"state"}, nil)
	poolTimeouts    = prometheus.NewDesc("uim_redis_pool_timeouts_total", "Times no connection to Redis became free in time.", nil, nil)
	poolOpened      = prometheus.NewDesc("uim_redis_pool_misses_total", "Times a connection to Redis had to be opened because none was idle.", nil, nil)
	busUp           = prometheus.NewDesc("uim_bus_up", "1 while this node hears the others over the bus and can be heard.", nil, nil)
)

// figures are those of a client's pool and of the bus.
type figures struct {
	client redis.UniversalClient
	bus    *Bus
}

// NewCollector returns the figures of a client's pool and of the bus.
func NewCollector(client redis.UniversalClient, bus *Bus) prometheus.Collector {
	return figures{client, bus}
}

// Describe implements prometheus.Collector.
func (f figures) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(f, out) }

// Collect implements prometheus.Collector.
func (f figures) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v uint32) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v))
	}
	stat := f.client.PoolStats()
	gauge(poolConnections, float64(stat.IdleConns), "idle")
	gauge(poolConnections, float64(stat.TotalConns-stat.IdleConns), "in_use")
	counter(poolTimeouts, stat.Timeouts)
	counter(poolOpened, stat.Misses)
	up := 0.0
	if f.bus.Up() {
		up = 1
	}
	gauge(busUp, up)
}

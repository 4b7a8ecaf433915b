package chatserver

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/redis"
)

// offline is the queue of what people without a connection miss, and its store.
type offline struct {
	store *redis.Offline
	queue *chat.OfflineQueue
}

// newOffline joins the offline queue; nil when it is switched off.
func (s *Server) newOffline(board chat.PresenceReader, registry prometheus.Registerer) *offline {
	if !s.config.OfflineQueue {
		return nil
	}
	config := redis.DefaultOfflineConfig
	config.TTL = s.config.OfflineQueueTTL
	store := redis.NewOffline(s.redis, s.guard, config)
	queue := chat.NewOfflineQueue(chat.OfflineServices{
		Store: store, Board: board, Members: s.store,
		Here: func(user uuid.UUID) bool { return s.attendance.Here(user) },
	}, chat.DefaultOfflineConfig, func(err error) { s.log.Warn("Putting messages by failed; sync will bring them", "error", err) })
	o := &offline{store, queue}
	o.register(registry)
	return o
}

// register makes the queue's figures known. The sizes are of all nodes together,
// so take the greatest, not the sum.
func (o *offline) register(registry prometheus.Registerer) {
	gauge := func(name, help string, value func(redis.OfflineSizes) int64) {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "uim_offline_queue_" + name, Help: help},
			func() float64 { return float64(value(o.store.Sizes())) }))
	}
	counter := func(name, help string, value func(chat.OfflineCounts) uint64) {
		registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "uim_offline_queue_" + name + "_total", Help: help},
			func() float64 { return float64(value(o.queue.Counts())) }))
	}
	gauge("users", "People for whom something is put by, on all nodes.", func(s redis.OfflineSizes) int64 { return s.People })
	gauge("messages", "Messages put by, on all nodes, once for each receiver.", func(s redis.OfflineSizes) int64 { return s.Messages })
	gauge("bytes", "Bytes of the messages put by, on all nodes.", func(s redis.OfflineSizes) int64 { return s.Bytes })
	counter("queued", "Messages that this node put by, once for each receiver.", func(c chat.OfflineCounts) uint64 { return c.Queued })
	counter("delivered", "Messages that this node delivered from the queue.", func(c chat.OfflineCounts) uint64 { return c.Delivered })
	counter("dropped", "Messages that this node could not look after; sync brings them.", func(c chat.OfflineCounts) uint64 { return c.Dropped })
}

// offlineMeasure is how often the sizes are brought up to date when nothing changes.
const offlineMeasure = 30 * time.Second

// measure keeps the sizes up to date until ctx ends.
func (o *offline) measure(ctx context.Context) {
	ticker := time.NewTicker(offlineMeasure)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			_ = o.store.Measure(ctx) // while Redis is away the last sizes stay
		}
	}
}

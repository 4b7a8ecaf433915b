package chatserver

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres"
)

// sending is what package chat does, as figures: the domain itself knows
// nothing of Prometheus. It implements chat.SenderMetrics.
type sending struct {
	sent    *prometheus.CounterVec
	commit  prometheus.Histogram
	batch   prometheus.Histogram
	receipt prometheus.Histogram
}

func newSending(r prometheus.Registerer) *sending {
	groups := []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}
	m := &sending{
		sent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "uim_messages_sent_total", Help: "Messages that clients sent to this node, by what became of them: stored, duplicate, refused or failed."}, []string{"result"}),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "uim_message_commit_seconds", Help: "Time from taking a message until its transaction was over.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "uim_sender_batch_size", Help: "Messages stored by one transaction.", Buckets: groups}),
		receipt: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "uim_receipts_batch_size", Help: "Movements of delivered and read cursors written by one statement.", Buckets: groups}),
	}
	for _, result := range []chat.SendResult{chat.SendStored, chat.SendDuplicate, chat.SendRefused, chat.SendFailed} {
		m.sent.WithLabelValues(string(result))
	}
	r.MustRegister(m.sent, m.commit, m.batch, m.receipt)
	return m
}

// Committing implements chat.SenderMetrics.
func (m *sending) Committing(drafts int) { m.batch.Observe(float64(drafts)) }

// Sent implements chat.SenderMetrics.
func (m *sending) Sent(result chat.SendResult, took time.Duration) {
	m.sent.WithLabelValues(string(result)).Inc()
	m.commit.Observe(took.Seconds())
}

// Rejected implements chat.SenderMetrics.
func (m *sending) Rejected(result chat.SendResult) { m.sent.WithLabelValues(string(result)).Inc() }

// watchQueue makes the sender's queue a figure.
func watchQueue(r prometheus.Registerer, sender *chat.Sender) {
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "uim_sender_queue_length", Help: "Messages that wait for a transaction.",
	}, func() float64 { return float64(sender.QueueLength()) }))
}

// countedCursors is a chat.CursorStore that counts what one statement writes.
type countedCursors struct {
	chat.CursorStore
	sizes prometheus.Histogram
}

// AdvanceCursors implements chat.CursorStore.
func (c countedCursors) AdvanceCursors(ctx context.Context, moves []chat.CursorsMoved) ([]chat.CursorsMoved, error) {
	c.sizes.Observe(float64(len(moves)))
	return c.CursorStore.AdvanceCursors(ctx, moves)
}

// searching is chat.SearchMetrics as figures.
type searching struct{ took *prometheus.HistogramVec }

func newSearching(r prometheus.Registerer, indexer *postgres.SearchIndexer) searching {
	m := searching{prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "uim_search_seconds", Help: "Searches for messages, by what became of them: found, refused, timed_out or failed.",
		Buckets: []float64{.0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
	}, []string{"result"})}
	for _, result := range []string{"found", "refused", "timed_out", "failed"} {
		m.took.WithLabelValues(result)
	}
	r.MustRegister(m.took, prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "uim_search_indexed_total", Help: "Messages that this node has indexed.",
	}, func() float64 { return float64(indexer.Indexed()) }))
	return m
}

// Searched implements chat.SearchMetrics.
func (m searching) Searched(failure chat.Code, took time.Duration) {
	result := "found"
	switch {
	case failure == chat.CodeSearchTimeout:
		result = "timed_out"
	case failure.Info().Status >= 500 && failure != "":
		result = "failed"
	case failure != "":
		result = "refused"
	}
	m.took.WithLabelValues(result).Observe(took.Seconds())
}

package worker

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"popeye/store"
)

// metrics is what operators see of a worker. The gauges are the queue's own
// figures: every worker shows the same.
type metrics struct {
	votes       *prometheus.CounterVec
	redelivered prometheus.Counter
	size        prometheus.Histogram
	took        prometheus.Histogram
	waiting     prometheus.Gauge
	held        prometheus.Gauge
	deadKept    prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		votes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "popeye_worker_votes_total", Help: "Votes by what the store did with them, and dead messages.",
		}, []string{"outcome"}),
		redelivered: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "popeye_worker_redelivered_batches_total", Help: "Batches that had been applied before.",
		}),
		size: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "popeye_worker_batch_votes", Help: "Votes in a batch.",
			Buckets: []float64{1, 3, 10, 30, 100, 300, 1000},
		}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "popeye_worker_apply_seconds", Help: "Time to store a batch.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5},
		}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "popeye_queue_waiting_votes", Help: "Votes in the inbox that no worker has taken.",
		}),
		held: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "popeye_queue_held_votes", Help: "Votes that workers hold and have not acknowledged.",
		}),
		deadKept: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "popeye_queue_dead_letters", Help: "Dead letters that are kept.",
		}),
	}
	r.MustRegister(m.votes, m.redelivered, m.size, m.took, m.waiting, m.held, m.deadKept)
	return m
}

var outcomes = map[store.Outcome]string{
	store.Recorded: "recorded", store.Changed: "changed", store.Superseded: "superseded", store.Refused: "refused",
}

// applied counts one batch.
func (m *metrics) applied(b store.Batch, r store.Report, took time.Duration) {
	if r.Redelivered {
		m.redelivered.Inc()
		return
	}
	for _, o := range r.Outcomes {
		m.votes.WithLabelValues(outcomes[o]).Inc()
	}
	m.votes.WithLabelValues("dead").Add(float64(len(b.Dead)))
	m.size.Observe(float64(len(b.Votes) + len(b.Dead)))
	m.took.Observe(took.Seconds())
}

package worker

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"popeye/queue"
	"popeye/store"
)

// metrics is what operators see of a worker. The gauges tell of queue and store
// as a whole: every worker shows the same.
type metrics struct {
	votes       *prometheus.CounterVec
	redelivered prometheus.Counter
	size        prometheus.Histogram
	took        prometheus.Histogram

	waiting, held, claims prometheus.Gauge

	messages                                 *prometheus.GaugeVec
	difference, lagVotes, lagSeconds, moment prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) *metrics {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
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
		waiting: gauge("popeye_queue_waiting_votes", "Votes in the inbox that no worker has taken."),
		held:    gauge("popeye_queue_held_votes", "Votes that workers hold and have not acknowledged."),
		claims:  gauge("popeye_queue_claimed_batches", "Batches ever taken over from a worker that did not keep them alive."),
		messages: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "popeye_account_messages",
			Help: "Messages by where they are: accepted = stored + waiting + dead.",
		}, []string{"state"}),
		difference: gauge("popeye_account_difference", "Accepted messages that are nowhere; below zero: stored ones that were never accepted. 0 is the promise."),
		lagVotes:   gauge("popeye_lag_votes", "Votes that were accepted and are not stored yet."),
		lagSeconds: gauge("popeye_lag_seconds", "Age of the oldest vote that was accepted and is not stored yet."),
		moment:     gauge("popeye_account_timestamp_seconds", "When the account was taken, by the queue's clock."),
	}
	r.MustRegister(m.votes, m.redelivered, m.size, m.took, m.waiting, m.held, m.claims,
		m.messages, m.difference, m.lagVotes, m.lagSeconds, m.moment)
	return m
}

// holds shows what the queue holds.
func (m *metrics) holds(f queue.Figures) {
	var held int64
	for _, h := range f.Held {
		held += h.Messages
	}
	m.waiting.Set(float64(f.Waiting))
	m.held.Set(float64(held))
	m.claims.Set(float64(f.Claims))
}

// accounts shows an account.
func (m *metrics) accounts(a store.Account) {
	for state, n := range map[string]int64{"accepted": a.Accepted, "stored": a.Stored, "waiting": a.Waiting, "dead": a.Dead} {
		m.messages.WithLabelValues(state).Set(float64(n))
	}
	m.difference.Set(float64(a.Difference()))
	m.lagVotes.Set(float64(a.Waiting))
	m.lagSeconds.Set(a.Lag.Seconds())
	m.moment.Set(float64(a.AsOf.UnixMicro()) / 1e6)
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

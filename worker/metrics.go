package worker

import (
	"time"

	"popeye/internal/metrics"
	"popeye/queue"
	"popeye/store"
)

// instruments are what operators see of a worker. The gauges tell of queue and store
// as a whole: every worker shows the same.
type instruments struct {
	votes       map[string]*metrics.Counter // by outcome
	redelivered *metrics.Counter
	misplaced   *metrics.Counter
	size, took  *metrics.Histogram

	waiting, leased, claims *metrics.Gauge

	messages                                 map[string]*metrics.Gauge // by state
	difference, lagVotes, lagSeconds, moment *metrics.Gauge

	storeBytes              *metrics.Gauge
	queueMemory, queueLimit *metrics.Gauge // nil if the queue has no server
}

func newInstruments(r *metrics.Registry, memory queue.MemoryMeter) *instruments {
	f := &instruments{
		votes: r.Counters("popeye_worker_votes_total", "Votes by what the store did with them, and dead messages.",
			"outcome", "recorded", "changed", "superseded", "refused", "dead"),
		redelivered: r.Counter("popeye_worker_redelivered_batches_total", "Batches that had been applied before."),
		misplaced:   r.Counter("popeye_worker_misplaced_batches_total", "Batches that the queue was asked to place anew: it had come back with an older memory."),
		size:        r.Histogram("popeye_worker_batch_votes", "Votes in a batch.", []float64{1, 3, 10, 30, 100, 300, 1000}),
		took: r.Histogram("popeye_worker_apply_seconds", "Time to store a batch.",
			[]float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5}),
		waiting: r.Gauge("popeye_queue_waiting_votes", "Votes in the inbox that no worker has taken."),
		leased:  r.Gauge("popeye_queue_leased_votes", "Votes that workers hold and have not acknowledged."),
		claims:  r.Gauge("popeye_queue_claimed_batches", "Batches ever taken over from a worker that did not keep them alive."),
		messages: r.Gauges("popeye_account_messages", "Messages by where they are: accepted = stored + waiting + dead.",
			"state", "accepted", "stored", "waiting", "dead"),
		difference: r.Gauge("popeye_account_difference", "Accepted messages that are nowhere; below zero: stored ones that were never accepted. 0 is the promise."),
		lagVotes:   r.Gauge("popeye_lag_votes", "Votes that were accepted and are not stored yet."),
		lagSeconds: r.Gauge("popeye_lag_seconds", "Age of the oldest vote that was accepted and is not stored yet."),
		moment:     r.Gauge("popeye_account_timestamp_seconds", "When the account was taken, by the queue's clock."),
		storeBytes: r.Gauge("popeye_store_bytes", "Size of the database on the disk, without its log."),
	}
	if memory != nil {
		f.queueMemory = r.Gauge("popeye_queue_memory_bytes", "Memory that Redis has in use.")
		f.queueLimit = r.Gauge("popeye_queue_memory_limit_bytes", "Memory that Redis may use; 0 if it has no limit.")
	}
	return f
}

// holds shows what the queue holds.
func (f *instruments) holds(q queue.Stats) {
	var leased int64
	for _, h := range q.Leased {
		leased += h.Messages
	}
	f.waiting.Set(float64(q.Waiting))
	f.leased.Set(float64(leased))
	f.claims.Set(float64(q.Claims))
}

// accounts shows an account.
func (f *instruments) accounts(a store.Account) {
	f.messages["accepted"].Set(float64(a.Accepted))
	f.messages["stored"].Set(float64(a.Stored))
	f.messages["waiting"].Set(float64(a.Waiting))
	f.messages["dead"].Set(float64(a.Dead))
	f.difference.Set(float64(a.Difference()))
	f.lagVotes.Set(float64(a.Waiting))
	f.lagSeconds.Set(a.Lag.Seconds())
	f.moment.Set(float64(a.AsOf.UnixMicro()) / 1e6)
}

var outcomes = map[store.Outcome]string{
	store.Recorded: "recorded", store.Changed: "changed", store.Superseded: "superseded", store.Refused: "refused",
}

// applied counts one batch.
func (f *instruments) applied(b store.Batch, r store.Report, took time.Duration) {
	if r.Redelivered {
		f.redelivered.Inc()
		return
	}
	for _, o := range r.Outcomes {
		f.votes[outcomes[o]].Inc()
	}
	f.votes["dead"].Add(len(b.Dead))
	f.size.Update(float64(len(b.Votes) + len(b.Dead)))
	f.took.Update(took.Seconds())
}

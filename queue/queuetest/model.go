package queuetest

import (
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"popeye/queue"
	"popeye/vote"
)

// model is what a queue should hold, kept by the simplest means.
type model struct {
	*fixture
	accepted int64
	inbox    []item
	workers  []Worker
	lent     []loan // not acknowledged, oldest first
	past     []queue.Batch
	position int64 // the last one seen

	status   map[string]vote.Status
	barriers map[string]int64 // poll -> accepted when its gate shut
}

// item is a vote; ordinal counts what was accepted before it.
type item struct {
	ordinal int64
	*pending
}

// loan is a batch; worker is -1 when its worker died.
type loan struct {
	queue.Batch
	items  []item
	worker int
}

// testModel lets one queue run through many random histories. Each begins where
// the last one ended, with what was left there drained.
func testModel(f *fixture) {
	w := f.NewWorker()
	var workers []Worker
	rapid.Check(f.t, func(t *rapid.T) {
		for _, old := range workers {
			old.Die() // of the history before
		}
		inner := *f
		inner.failer = t
		inner.drain(w)
		m := &model{
			fixture: &inner, accepted: inner.figures().Accepted,
			workers: []Worker{inner.NewWorker(), inner.NewWorker()},
			status:  map[string]vote.Status{"tea": vote.Open, "lunch": vote.Open},
		}
		m.publishAll()
		t.Repeat(map[string]func(*rapid.T){
			"":         m.check,
			"cast":     m.castOne,
			"take":     m.takeOne,
			"ack":      m.ackOne,
			"ackAgain": m.ackAgain,
			"die":      m.dieOne,
			"publish":  m.publishOne,
		})
		workers = m.workers
		f.revision, f.voters = inner.revision, inner.voters
	})
}

var slugs = []string{"tea", "lunch"}

func (m *model) publishAll() {
	barriers := make(map[string]int64)
	for slug, status := range m.status {
		if status == vote.Open {
			continue
		}
		barrier, shut := m.barriers[slug]
		if !shut {
			barrier = m.accepted
		}
		barriers[slug] = barrier
	}
	m.barriers = barriers
	m.publish(poll("tea", m.status["tea"]), poll("lunch", m.status["lunch"]))
}

func (m *model) publishOne(t *rapid.T) {
	m.status[rapid.SampledFrom(slugs).Draw(t, "poll")] = rapid.SampledFrom([]vote.Status{vote.Open, vote.Open, vote.Closing, vote.Closed}).Draw(t, "status")
	m.publishAll()
}

func (m *model) castOne(t *rapid.T) {
	slug := rapid.SampledFrom(slugs).Draw(t, "poll")
	if m.status[slug] != vote.Open {
		m.refused(m.vote(slug), queue.ErrNotOpen)
		return
	}
	m.inbox = append(m.inbox, item{m.accepted, m.cast(m.vote(slug))})
	m.accepted++
}

func (m *model) takeOne(t *rapid.T) {
	i := slices.IndexFunc(m.lent, func(l loan) bool { return l.worker < 0 })
	if i < 0 && len(m.inbox) == 0 {
		t.Skip("Take would wait")
	}
	worker := rapid.IntRange(0, len(m.workers)-1).Draw(t, "worker")
	got := m.take(m.workers[worker])
	if i >= 0 {
		m.equal("a batch that is lent again", got, m.lent[i].Batch)
		m.lent[i].worker = worker
		return
	}
	if got.ID <= m.position {
		m.Fatalf("batch %d comes after position %d", got.ID, m.position)
	}
	m.position = got.Messages[len(got.Messages)-1].Position
	n := min(BatchSize, len(m.inbox))
	items := m.inbox[:n]
	m.inbox = m.inbox[n:]
	var voters []string
	for _, it := range items {
		voters = append(voters, it.Vote.Voter)
	}
	m.equal("the head of the inbox", m.votersOf(got.Messages), voters)
	m.lent = append(m.lent, loan{got, items, worker})
}

func (m *model) ackOne(t *rapid.T) {
	if len(m.lent) == 0 {
		t.Skip("nothing is lent")
	}
	i := rapid.IntRange(0, len(m.lent)-1).Draw(t, "batch")
	by := rapid.IntRange(0, len(m.workers)-1).Draw(t, "worker")
	l := m.lent[i]
	m.ack(m.workers[by], l.Batch)
	for _, it := range l.items {
		m.recorded(it.pending)
	}
	m.past = append(m.past, l.Batch)
	m.lent = slices.Delete(m.lent, i, i+1)
}

func (m *model) ackAgain(t *rapid.T) {
	if len(m.past) == 0 {
		t.Skip("nothing was acknowledged")
	}
	m.ack(m.workers[0], rapid.SampledFrom(m.past).Draw(t, "batch"))
}

func (m *model) dieOne(t *rapid.T) {
	worker := rapid.IntRange(0, len(m.workers)-1).Draw(t, "worker")
	m.workers[worker].Die()
	m.workers[worker] = m.NewWorker()
	for i := range m.lent {
		if m.lent[i].worker == worker {
			m.lent[i].worker = -1
		}
	}
}

// check compares all figures, after every step.
func (m *model) check(*rapid.T) {
	want := queue.Figures{Accepted: m.accepted, Waiting: int64(len(m.inbox))}
	for _, l := range m.lent {
		want.Held = append(want.Held, queue.Held{ID: l.ID, Messages: int64(len(l.Messages))})
	}
	if diff := cmp.Diff(want, m.figures(), cmpopts.IgnoreFields(queue.Figures{}, "Dead")); diff != "" {
		m.Fatalf("figures (-want +got):\n%s", diff)
	}
	for _, slug := range slugs {
		barrier, shut := m.barriers[slug]
		before := func(it item) bool { return it.ordinal < barrier }
		open := slices.ContainsFunc(m.inbox, before)
		for _, l := range m.lent {
			open = open || slices.ContainsFunc(l.items, before)
		}
		m.settled(slug, shut && !open, "against the model")
	}
}

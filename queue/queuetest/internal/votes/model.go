package votes

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"popeye/queue"
	"popeye/queue/queuetest/internal/fixture"
	"popeye/vote"
)

// model is what a queue should hold, kept by the simplest means.
type model struct {
	*fixture.Case
	accepted     int64
	acknowledged int64 // messages
	claims       int64
	inbox        []item
	workers      []fixture.Worker
	leased       []lease // not acknowledged, oldest first
	past         []queue.Batch
	position     int64 // the last one seen

	polls    map[string]vote.Poll
	barriers map[string]int64 // poll -> accepted when its gate shut
}

// item is a vote; ordinal counts what was accepted before it.
type item struct {
	ordinal int64
	*fixture.Pending
}

// lease is a batch; worker is -1 when its worker died.
type lease struct {
	queue.Batch
	items  []item
	worker int
}

func testModel(f *fixture.Case) {
	f.Histories(func(f *fixture.Case, t *rapid.T) {
		start := f.Stats()
		m := &model{
			Case: f, accepted: start.Accepted, acknowledged: start.Accepted, claims: start.Claims, position: start.Position,
			workers: []fixture.Worker{f.NewWorker(), f.NewWorker()},
			polls:   map[string]vote.Poll{"tea": fixture.Poll("tea", vote.Open), "lunch": fixture.Poll("lunch", vote.Open)},
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
	})
}

var slugs = []string{"tea", "lunch"}

func (m *model) publishAll() {
	barriers := make(map[string]int64)
	for slug, p := range m.polls {
		if p.Status == vote.Open {
			continue
		}
		barrier, shut := m.barriers[slug]
		if !shut {
			barrier = m.accepted
		}
		barriers[slug] = barrier
	}
	m.barriers = barriers
	m.Publish(m.polls["tea"], m.polls["lunch"])
}

func (m *model) publishOne(t *rapid.T) {
	slug := rapid.SampledFrom(slugs).Draw(t, "poll")
	p := fixture.Poll(slug, rapid.SampledFrom([]vote.Status{vote.Open, vote.Open, vote.Open, vote.Closing, vote.Closed}).Draw(t, "status"))
	p.ClosesAt = rapid.SampledFrom([]time.Time{{}, time.Now().Add(time.Hour), time.Now().Add(-time.Hour)}).Draw(t, "closes at")
	m.polls[slug] = p
	m.publishAll()
}

// takes reports whether a poll's gate is open. No time comes while this runs.
func (m *model) takes(slug string) bool {
	p := m.polls[slug]
	return p.Status == vote.Open && (p.ClosesAt.IsZero() || p.ClosesAt.After(time.Now()))
}

func (m *model) castOne(t *rapid.T) {
	slug := rapid.SampledFrom(slugs).Draw(t, "poll")
	if !m.takes(slug) {
		m.Refused(m.Vote(slug), queue.ErrNotOpen)
		return
	}
	m.inbox = append(m.inbox, item{m.accepted, m.Cast(m.Vote(slug))})
	m.accepted++
}

func (m *model) takeOne(t *rapid.T) {
	i := slices.IndexFunc(m.leased, func(l lease) bool { return l.worker < 0 })
	if i < 0 && len(m.inbox) == 0 {
		t.Skip("Take would wait")
	}
	worker := rapid.IntRange(0, len(m.workers)-1).Draw(t, "worker")
	got := m.Take(m.workers[worker])
	if i >= 0 {
		m.Equal("a batch that is leased again", got, m.leased[i].Batch)
		m.leased[i].worker = worker
		m.claims++
		return
	}
	if got.ID <= m.position {
		m.Fatalf("batch %d comes after position %d", got.ID, m.position)
	}
	m.position = got.Messages[len(got.Messages)-1].Position
	n := min(fixture.BatchSize, len(m.inbox))
	items := m.inbox[:n]
	m.inbox = m.inbox[n:]
	var voters []string
	for _, it := range items {
		voters = append(voters, it.Vote.Voter)
	}
	m.Equal("the head of the inbox", m.VotersOf(got.Messages), voters)
	m.leased = append(m.leased, lease{got, items, worker})
}

func (m *model) ackOne(t *rapid.T) {
	if len(m.leased) == 0 {
		t.Skip("nothing is leased")
	}
	i := rapid.IntRange(0, len(m.leased)-1).Draw(t, "batch")
	by := rapid.IntRange(0, len(m.workers)-1).Draw(t, "worker")
	l := m.leased[i]
	m.Ack(m.workers[by], l.Batch)
	for _, it := range l.items {
		m.Recorded(it.Pending)
	}
	m.past = append(m.past, l.Batch)
	m.acknowledged += int64(len(l.Messages))
	m.leased = slices.Delete(m.leased, i, i+1)
}

func (m *model) ackAgain(t *rapid.T) {
	if len(m.past) == 0 {
		t.Skip("nothing was acknowledged")
	}
	m.Ack(m.workers[0], rapid.SampledFrom(m.past).Draw(t, "batch"))
}

func (m *model) dieOne(t *rapid.T) {
	worker := rapid.IntRange(0, len(m.workers)-1).Draw(t, "worker")
	m.workers[worker].Die()
	m.workers[worker] = m.NewWorker()
	for i := range m.leased {
		if m.leased[i].worker == worker {
			m.leased[i].worker = -1
		}
	}
}

// check compares all stats, after every step.
func (m *model) check(*rapid.T) {
	got := m.Stats()
	sum := m.acknowledged + got.Waiting
	for _, h := range got.Leased {
		sum += h.Messages
	}
	if got.Accepted != sum {
		m.Fatalf("%d messages are accepted, but %d acknowledged, waiting or held", got.Accepted, sum)
	}
	want := queue.Stats{Accepted: m.accepted, Waiting: int64(len(m.inbox)), Position: m.position, Claims: m.claims}
	for _, l := range m.leased {
		want.Leased = append(want.Leased, queue.Lease{ID: l.ID, Messages: int64(len(l.Messages))})
	}
	got.AsOf, got.Since = time.Time{}, time.Time{} // stats has checked them
	m.Equal("stats", got, want)
	for _, slug := range slugs {
		barrier, shut := m.barriers[slug]
		before := func(it item) bool { return it.ordinal < barrier }
		open := slices.ContainsFunc(m.inbox, before)
		for _, l := range m.leased {
			open = open || slices.ContainsFunc(l.items, before)
		}
		m.Settled(slug, shut && !open, "against the model")
	}
}

package memqueue

import (
	"testing"

	"go.uber.org/goleak"

	"popeye/queue/queuetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestContract(t *testing.T) {
	queuetest.Run(t, func(t *testing.T) queuetest.Fixture {
		const before = 1000
		q := New(Config{BatchSize: queuetest.BatchSize, Before: before})
		t.Cleanup(q.Close)
		return queuetest.Fixture{
			Inbox: q, Catalog: q, Meter: q, Crowd: q, Before: before, WaitsForStore: true,
			NewWorker: func() queuetest.Worker {
				c := q.NewConsumer()
				t.Cleanup(c.Close)
				return queuetest.Worker{Consumer: c, Die: c.Close, Leave: c.Close}
			},
		}
	})
}

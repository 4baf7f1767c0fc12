package live

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"popeye/internal/traces"
	"popeye/result/audience"
)

// maxTraced bounds the traced votes that wait for one update.
const maxTraced = 64

// tracedVote is a stored vote whose trace ends on the screens.
type tracedVote struct {
	batch trace.SpanContext // what the worker did with it
	heard time.Time
}

// follow notes a stored vote that the next look will see, if it is traced. It
// never waits.
func (f *feed) follow(traceParent string) {
	if traceParent == "" {
		return
	}
	if batch := traces.Parse(traceParent); batch.IsSampled() {
		f.keepTraced(&tracedVote{batch: batch, heard: time.Now()})
	}
}

// keepTraced keeps votes for the look that succeeds, as many as there is room for.
func (f *feed) keepTraced(votes ...*tracedVote) {
	for _, v := range votes {
		select {
		case f.traced <- v:
		default:
			return
		}
	}
}

// takeTraced returns the traced votes that a look which begins now will see.
func (f *feed) takeTraced() (votes []*tracedVote) {
	for range maxTraced {
		select {
		case v := <-f.traced:
			votes = append(votes, v)
		default:
			return votes
		}
	}
	return votes
}

// traceBroadcast ends the traces of votes that are on the screens now: the span
// begins when the station heard of the commit. The caller holds mu.
func (f *feed) traceBroadcast(votes []*tracedVote) {
	for _, v := range votes {
		ctx := trace.ContextWithRemoteSpanContext(context.Background(), v.batch)
		_, span := f.hub.tracer.Start(ctx, "broadcast", trace.WithTimestamp(v.heard), trace.WithSpanKind(trace.SpanKindProducer),
			trace.WithAttributes(attribute.String("popeye.poll", f.slug), attribute.Int64("popeye.seq", f.newest[audience.Anyone].seen.Seq)))
		span.End()
	}
}

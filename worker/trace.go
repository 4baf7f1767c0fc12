package worker

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"popeye/internal/traces"
	"popeye/store"
	"popeye/vote"
)

const (
	// maxTraced bounds the votes of one batch whose traces go on: a crowd that is
	// traced to the last voter must not hold its own votes up.
	maxTraced = 16
	// maxWait bounds what is believed of a wait: anyone may push any time.
	maxWait = 24 * time.Hour
)

// traced are the spans of one try to store a batch: in the trace of each of its
// traced votes a span "batch" with a span "commit" in it.
type traced struct {
	tracer  trace.Tracer
	batches []context.Context
	commits []trace.Span
}

// trace begins the spans of a try, and has the store tell of these votes and no
// others. Nobody else's trace context is even read.
func (w *Worker) trace(b store.Batch, taken time.Time, first bool) traced {
	t := traced{tracer: w.Tracer}
	for i := range b.Votes {
		v := &b.Votes[i].Vote
		text := v.TraceParent
		v.TraceParent = ""
		if text == "" || t.tracer == nil || len(t.batches) == maxTraced {
			continue
		}
		parent := traces.Parse(text)
		if !parent.IsSampled() {
			continue
		}
		ctx := trace.ContextWithRemoteSpanContext(context.Background(), parent)
		if first {
			t.waited(ctx, v, taken)
		}
		ctx, span := t.tracer.Start(ctx, "batch", trace.WithTimestamp(taken), trace.WithAttributes(ofPoll(v),
			attribute.Int64("popeye.batch.id", b.ID), attribute.Int("popeye.batch.messages", len(b.Votes)+len(b.Dead))))
		if !span.IsRecording() {
			continue
		}
		v.TraceParent = traces.Text(ctx)
		t.batches = append(t.batches, ctx)
	}
	return t
}

// waited makes a vote's span "queue", which says how long it waited before a
// worker took it, by the clocks of poll and worker. It belongs to the first try.
func (t *traced) waited(ctx context.Context, v *vote.Vote, taken time.Time) {
	if wait := taken.Sub(v.At); v.At.IsZero() || wait <= 0 || wait >= maxWait {
		return
	}
	_, span := t.tracer.Start(ctx, "queue", trace.WithTimestamp(v.At),
		trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(ofPoll(v)))
	span.End(trace.WithTimestamp(taken))
}

func ofPoll(v *vote.Vote) attribute.KeyValue { return attribute.String("popeye.poll", v.Poll) }

// commitBegins is called when the store is given the batch.
func (t *traced) commitBegins() {
	for _, batch := range t.batches {
		_, span := t.tracer.Start(batch, "commit", trace.WithSpanKind(trace.SpanKindClient))
		t.commits = append(t.commits, span)
	}
}

// commitEnds is called when the store has answered.
func (t *traced) commitEnds(r store.Report, err error) {
	for _, span := range t.commits {
		span.SetAttributes(attribute.Bool("popeye.redelivered", r.Redelivered))
		end(span, err)
	}
}

// end is called when the try has failed, or the queue has forgotten the batch.
func (t *traced) end(err error) {
	for _, batch := range t.batches {
		end(trace.SpanFromContext(batch), err)
	}
}

// end says nothing of the error but that there was one: it may quote a voter, and
// is in the log.
func end(span trace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, "failed, see the worker's log")
	}
	span.End()
}

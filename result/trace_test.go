package result

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"popeye/internal/fixture"
	"popeye/internal/traces"
	"popeye/store"
	"popeye/vote"
)

const (
	ofBatch   = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	unsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
)

// atTracedStation is atStation with a station that records spans.
func atTracedStation(t *testing.T, s *fakeStore, test func(t *testing.T, h *shown, spans func() []string)) {
	r := tracetest.NewSpanRecorder()
	record := func(c *Config) { c.Tracer = sdk.NewTracerProvider(sdk.WithSpanProcessor(r)).Tracer("test") }
	atClosedStation(t, s, func(t *testing.T, h *shown) {
		h.open()
		test(t, h, func() (all []string) {
			for _, span := range r.Ended() {
				if span.Parent().SpanID() != traces.Parse(ofBatch).SpanID() {
					t.Errorf("%s belongs to %s", span.Name(), span.Parent().SpanID())
				}
				all = append(all, fmt.Sprint(span.Name(), " ", span.EndTime().Sub(span.StartTime())))
			}
			r.Reset()
			return all
		})
	}, record)
}

// hears is the store's news of a traced vote, with a commit of its own.
func (h *shown) hears(slug, traceParent string) {
	h.store.hear(store.Traced(slug, traceParent))
	h.store.hear(slug)
}

func TestATracedVoteIsFollowedToTheScreens(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atTracedStation(t, s, func(t *testing.T, h *shown, spans func() []string) {
		h.hears("default", ofBatch) // nobody watches: nothing is shown
		h.enter()
		pass(time.Second)
		h.hears("default", ofBatch)
		h.hears("default", ofBatch)
		h.hears("default", unsampled)
		h.hears("lunch", ofBatch)
		h.hears("default", "rubbish")
		pass(time.Second)
		// The second is in the update of the first, or, if that was under way, in the next.
		got := spans()
		if len(got) != 2 || got[0] != "broadcast 0s" || got[1] != "broadcast 0s" && got[1] != "broadcast "+minPause.String() {
			t.Errorf("recorded were %q", got)
		}
		pass(time.Minute)
		if again := spans(); again != nil {
			t.Errorf("later came %q", again)
		}
	})
}

// A vote that comes right after an update is on the screens with the next, and
// the span says how long that took; a look that fails is not the end of it.
func TestATraceShowsHowLongTheScreensWaited(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atTracedStation(t, s, func(t *testing.T, h *shown, spans func() []string) {
		h.enter()
		pass(time.Second)
		h.hears("default", ofBatch)
		pass(0)
		spans()
		h.hears("default", ofBatch)
		pass(minPause)
		if diff := cmp.Diff([]string{"broadcast " + minPause.String()}, spans()); diff != "" {
			t.Error(diff)
		}
		pass(time.Second)
		s.fail(fixture.ErrAway)
		h.hears("default", ofBatch)
		pass(10 * time.Second)
		if early := spans(); early != nil {
			t.Errorf("without the store %q was recorded", early)
		}
		s.fail(nil)
		pass(10 * time.Second)
		if got := spans(); len(got) != 1 {
			t.Errorf("with the store back %q was recorded, want one span", got)
		}
	})
}

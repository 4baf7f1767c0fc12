package traces

import (
	"errors"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"

	"popeye/internal/traces/tracestest"
)

// A typing error must not mean "trace everything", and must say where it is.
func TestTheEnvironmentIsRead(t *testing.T) {
	const sampler, ratio = "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"
	for _, tt := range []struct {
		set   map[string]string
		names string // what the error names; "" for none
	}{
		{nil, ""},
		{map[string]string{sampler: "parentbased_traceidratio", ratio: "0.01"}, ""},
		{map[string]string{sampler: " TraceIDRatio ", ratio: " 1 "}, ""},
		{map[string]string{sampler: "traceidratio"}, ""},
		{map[string]string{sampler: "always_off", ratio: "unused"}, ""},
		{map[string]string{"OTEL_BSP_SCHEDULE_DELAY": "100"}, ""},
		{map[string]string{sampler: "parentbased_ratio", ratio: "0.01"}, sampler + " "},
		{map[string]string{sampler: "parentbased_traceidratio", ratio: "1%"}, ratio},
		{map[string]string{sampler: "parentbased_traceidratio", ratio: "1,5"}, ratio},
		{map[string]string{sampler: "traceidratio", ratio: "-0.1"}, ratio},
		{map[string]string{sampler: "traceidratio", ratio: "1.1"}, ratio},
		{map[string]string{sampler: "traceidratio", ratio: "NaN"}, ratio},
		{map[string]string{ratio: "0.01"}, sampler + " too"},
		{map[string]string{"OTEL_BSP_SCHEDULE_DELAY": "5s"}, "OTEL_BSP_SCHEDULE_DELAY"},
		{map[string]string{"OTEL_BSP_MAX_QUEUE_SIZE": "-1"}, "OTEL_BSP_MAX_QUEUE_SIZE"},
	} {
		err := checkEnvironment(func(name string) string { return tt.set[name] })
		if (err != nil) != (tt.names != "") || err != nil && !strings.Contains(err.Error(), tt.names) {
			t.Errorf("%v: %v", tt.set, err)
		}
	}
}

func TestASamplerWithATypingErrorIsTold(t *testing.T) {
	t.Setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
	t.Setenv("OTEL_TRACES_SAMPLER_ARG", "1%")
	if _, err := Open(Config{Endpoint: "http://collector:4318"}); err == nil || !strings.Contains(err.Error(), "OTEL_TRACES_SAMPLER_ARG") {
		t.Errorf("got %v", err)
	}
}

// What can't be read of a name tag is told, in one line that says where it is;
// the rest is sent, and nobody is kept from voting.
func TestAMalformedNameTagIsTold(t *testing.T) {
	for name, tag := range map[string]string{"no value": "team=a,stray", "a bad escape": "team=a,b=%zz"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OTEL_RESOURCE_ATTRIBUTES", tag)
			r := tracestest.Start(t)
			p, log := open(t, Config{Endpoint: r.URL})
			_, s := p.Tracer("x").Start(t.Context(), "y")
			s.End()
			p.Close()
			if got := strings.Count(log.String(), "\n"); got != 1 || !strings.Contains(log.String(), "OTEL_RESOURCE_ATTRIBUTES") {
				t.Errorf("log %q", log)
			}
			if spans := r.Spans(); len(spans) != 1 || spans[0].Attributes["team"] != "a" || spans[0].Service != "poll" {
				t.Errorf("the collector got %+v", spans)
			}
		})
	}
}

// What the SDK has to say later goes where everything goes.
func TestTheSDKWritesToTheLog(t *testing.T) {
	p, log := open(t, Config{Endpoint: tracestest.Start(t).URL})
	defer p.Close()
	otel.Handle(errors.New("a fault of the SDK"))
	if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "a fault of the SDK") {
		t.Errorf("log %q", log)
	}
}
